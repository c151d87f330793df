"""Patience: exits in a row that agree (PABEE, arXiv 2006.04152), as a share of all exits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge_exit.inference.belief import Belief

# Answer of a belief that no exit has given any mass to yet.
_NONE = -1


@dataclass(frozen=True, slots=True)
class Patience:
    """Sure where the belief has named the same class after several exits in a row.

    PABEE asks the exits' own answers. Those do not travel: once little mass is left, what an exit
    adds to a belief drowns in its rounding. A tail counts the belief that it was sent as one exit.
    """

    exits: int
    name: ClassVar[str] = 'patience'

    def sureness(self, beliefs: Sequence[Belief]) -> float:
        """Give the number of exits in a row, the newest last, that agree / exits of the network."""
        newest = _answer(beliefs[-1])
        if newest == _NONE:
            return 0.0
        agreeing = 1
        for earlier in reversed(beliefs[:-1]):
            if _answer(earlier) != newest:
                break
            agreeing += 1
        return min(agreeing / self.exits, 1.0)


def _answer(belief: Belief) -> int:
    mass = belief.class_mass
    return int(mass.argmax()) if mass.any() else _NONE
