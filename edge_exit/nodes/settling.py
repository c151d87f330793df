"""Letting nothing of Python's own interrupt the frames of a node."""

import gc
import sys

# By default a thread may wait 5 ms until a busy one lends it the interpreter, s.
SWITCH_INTERVAL = 0.0002


def settle() -> None:
    """Call it when a node holds what it will hold for long."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    # What lives as long as the node need not be looked through for garbage.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
