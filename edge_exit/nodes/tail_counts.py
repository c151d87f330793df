"""What a tail counts, and saying the first of each kind of refusal in the log."""

from collections import Counter
from typing import Any

from rclpy.impl.rcutils_logger import RcutilsLogger

# Anyone can invent names of heads: what was logged is forgotten when it gets too much.
MOST_REMEMBERED = 512


class TailCounts:
    """Counters of one life of a tail; each is written by one thread only.

    :ivar served: frames answered.
    :ivar expired: frames whose deadline passed while they waited.
    :ivar repeated: frames that came twice.
    :ivar incomplete: frames that went on without all of their chunks.
    :ivar unheard: answers that could not be published because their robot was forgotten meanwhile.
    """

    def __init__(self, logger: RcutilsLogger) -> None:
        self.served = 0
        self.expired = 0
        self.repeated = 0
        self.incomplete = 0
        self.unheard = 0
        self._refused: Counter[str] = Counter()
        self._logged: set[tuple[str, str]] = set()
        self._logger = logger

    @property
    def refused(self) -> int:
        """Frames refused for whatever reason."""
        return sum(self._refused.copy().values())

    def refuse(self, head: str, kind: str, reason: str) -> None:
        """Count a refusal, and log the first of its kind of a head.

        :param head: a name that has been checked, or '' if it is not valid.
        """
        self._refused[kind] += 1
        if len(self._logged) >= MOST_REMEMBERED:
            self._logged.clear()
        if (head, kind) not in self._logged:
            self._logged.add((head, kind))
            who = head or 'a head without a valid name'
            self._logger.warning(f'refused a frame of {who}: {reason} (more are only counted)')

    def values(self) -> dict[str, Any]:
        """Give the counters by name for diagnostics."""
        refused = {
            f'refused: {kind}': count for kind, count in sorted(self._refused.copy().items())
        }
        return {
            'served': self.served,
            'refused': self.refused,
            **refused,
            'expired': self.expired,
            'repeated': self.repeated,
            'incomplete': self.incomplete,
            'unheard': self.unheard,
        }
