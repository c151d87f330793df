"""Whether what a frame gains at an exit is worth going on for (after arXiv 2412.19587)."""

from collections.abc import Sequence


def grows_slowly(sureness: Sequence[float], growth_threshold: float) -> bool:
    """Say whether a frame is better offloaded.

    :param sureness: after each exit so far, the newest last.
    :param growth_threshold: delta, by which it must have grown since the exit before.
    """
    return len(sureness) >= 2 and sureness[-1] - sureness[-2] < growth_threshold
