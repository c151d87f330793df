"""What a robot's own code warns of while it is replayed: on a robot it goes into the node's log."""

import logging

_LOGGER = logging.getLogger('edge_exit')


class Said(logging.Handler):
    """Listens in its `with` block, and keeps from being printed what it hears.

    :ivar notes: each warning once, in order.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.notes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note a warning."""
        text = record.getMessage()
        if text not in self.notes:
            self.notes.append(text)

    def __enter__(self) -> 'Said':
        _LOGGER.addHandler(self)
        self._propagated, _LOGGER.propagate = _LOGGER.propagate, False
        return self

    def __exit__(self, *_: object) -> None:
        _LOGGER.propagate = self._propagated
        _LOGGER.removeHandler(self)
