"""One row of a node's table of parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of a node's parameter table; README's tables are tested against it.

    :ivar low, high: range of a number, both ends included.
    :ivar choices: allowed values of a string.
    :ivar read_only: fixed when the node starts.
    """

    name: str
    default: Any
    description: str
    low: float | None = None
    high: float | None = None
    choices: Sequence[str] = ()
    read_only: bool = False

    def check(self, value: Any) -> None:
        """Raise ValueError with the cure if the value is not one of the choices."""
        if self.choices and value not in self.choices:
            raise ValueError(f'{self.name} is "{value}", choose one of: {", ".join(self.choices)}')
