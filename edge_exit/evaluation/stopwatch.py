"""How long work takes."""

import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Do it once and give the time that it took, s."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
