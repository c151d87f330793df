"""Processes that get a share of one core, as if the computer was slower. Needs root and cgroup v1.

with Slowed(8) as slowed:
    slowed.add(process.pid)
"""

import os
import time
from pathlib import Path

CPU = Path('/sys/fs/cgroup/cpu')
QUOTA, PERIOD, SHARES = 'cpu.cfs_quota_us', 'cpu.cfs_period_us', 'cpu.shares'
# The shortest quota that the kernel takes: the slowed processes then rest often, but shortly.
LEAST_QUOTA_US = 1000
# Before all others that are not in such a group: what else runs here must not slow them more.
SHARE = 100_000
PATIENCE = 5.0


def missing() -> str | None:
    """Say why processes cannot be slowed here, None if they can."""
    if os.geteuid() != 0:
        return 'slowing a process needs root'
    if not (CPU / QUOTA).exists():
        return f'slowing a process needs the cpu controller of cgroup v1 at {CPU}'
    return None


class Slowed:
    """Slows processes, each for itself; the context removes the limits with the processes.

    :param slowdown: 8 gives each process an eighth of one core.
    """

    def __init__(self, slowdown: float) -> None:
        self._quota = LEAST_QUOTA_US
        self._period = round(LEAST_QUOTA_US * slowdown)
        self._groups: list[Path] = []

    def __enter__(self) -> 'Slowed':
        return self

    def __exit__(self, *_) -> None:
        for group in self._groups:
            _remove(group)

    def add(self, pid: int) -> None:
        """Slow a process and all its threads from now on.

        They share one core: on two, the kernel gives the quota to the core that asks first, and a
        thread that wakes on the other waits until the first one has nothing left to do.
        """
        cores = sorted(os.sched_getaffinity(0))
        core = cores[len(self._groups) % len(cores)]
        for thread in Path(f'/proc/{pid}/task').iterdir():
            os.sched_setaffinity(int(thread.name), {core})
        group = CPU / f'edge_exit_{os.getpid()}_{pid}'
        group.mkdir()
        self._groups.append(group)
        (group / PERIOD).write_text(str(self._period))
        (group / QUOTA).write_text(str(self._quota))
        (group / SHARES).write_text(str(SHARE))
        (group / 'cgroup.procs').write_text(str(pid))


def _remove(group: Path) -> None:
    """Remove a group once its killed process is gone; a living one goes back to the others."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.05)
        else:
            return
    for pid in (group / 'cgroup.procs').read_text().split():
        (CPU / 'cgroup.procs').write_text(pid)
    group.rmdir()
