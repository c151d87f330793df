"""How a frame ended."""

from enum import IntEnum


class Outcome(IntEnum):
    """Outcome of a taken frame, with the numbers of the Inference message."""

    EXITED = 1
    OFFLOADED = 2
    FALLBACK = 3
    REFUSED = 4
