"""Who comes first where frames and what goes on beside them want one core. For Linux."""

import os
import sys
import threading

# Of threads that measure the link, listen and watch: a third of a frame's weight.
BESIDE_FRAMES = 5
# Of the policy node: a tenth of it.
POLICY = 10


def give_way(nice: int) -> None:
    """Let this thread, and those that it starts, weigh no more than at a nice value."""
    if sys.platform == 'linux':  # elsewhere it would be the whole process
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, max(nice, os.getpriority(os.PRIO_PROCESS, me)))
