"""What every exit rule is told, and what it answers."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from edge_exit.inference.belief import Belief


class ExitRule(Protocol):
    """Says how sure a frame is; it leaves where that reaches the exit threshold.

    A tail that goes on with a frame starts the history at the one belief that it was sent.

    :ivar name: what users and messages call it.
    :ivar exits: exits of the network.
    """

    name: ClassVar[str]
    exits: int

    def sureness(self, beliefs: Sequence[Belief]) -> float:
        """Give how sure the frame is, in 0..1.

        :param beliefs: after each exit so far, the newest last; at least one.
        """
        ...
