"""One core that is slower: a process takes the rest of it. Needs root and cgroup v1.

with SlowCore(8) as slow:
    slow.add(process.pid)

The kernel's own quota is no help: it takes no less than 1 ms, and looks only at its tick, every 4
ms on many machines, whether a process has had that. "1 ms of every 8" was gulps of 4 ms and rests
of 21. A process of real-time priority that works 0.7 ms and rests 0.1 leaves what is as even as a
slower processor. Slowed processes come before all others on their core: what the kernel has to do
there would take eight times as long, and they would wait for it.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# What is left to others in one go, s; of much less, most is lost to changing between processes.
REST = 100e-6
LONGEST_REST = 2 * REST
PRIORITY = 50
CPU = Path('/sys/fs/cgroup/cpu')
SHARES, PROCESSES = 'cpu.shares', 'cgroup.procs'
# Of what is left of the core; the usual one is 1024.
SHARE = 100_000
# How long the speed of a core is measured, s, and how often to find what changing takes.
TRIAL = 1.0
TRIALS = 4
PATIENCE = 5.0
# It says once in so many seconds how fast it works itself, and counts a pause that is longer than
# this as time that the host took, s.
SAYING, PAUSE = 0.5, 1e-3
# Counts rounds of a loop.
COUNTING = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
until, rounds = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < until:
    rounds += 1
print(rounds)
"""


def missing() -> str | None:
    """Say why no core can be slowed here, None if one can."""
    if os.geteuid() != 0:
        return 'slowing a core needs root'
    if len(os.sched_getaffinity(0)) < 2:
        return 'slowing a core needs a second one, for all that is not to be slowed'
    if not (CPU / SHARES).exists():
        return f'slowing a core needs the cpu controller of cgroup v1 at {CPU}'
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        _at_once()
    except OSError as error:
        return f'slowing a core needs real-time priority: {error.strerror}'
    os.sched_setscheduler(0, policy, parameters)
    return None


@dataclass(frozen=True, slots=True)
class Told:
    """What the process that takes the core says of it: how the machine's host treats this one.

    :ivar at: when, s on the monotonic clock.
    :ivar speed: rounds of its loop in a second of work.
    :ivar stolen: share of its working time in which it did not run, though nothing comes before it.
    """

    at: float
    speed: float
    stolen: float


class SlowCore:
    """Slows the first core; this process, and what it starts, keeps to the others meanwhile.

    :param slowdown: 8 lets all processes on that core together get on an eighth as fast.
    :ivar told: what was said of the core, once it is no longer slowed.
    """

    def __init__(self, slowdown: float) -> None:
        self._slowdown = slowdown
        self._cores = os.sched_getaffinity(0)
        self._core = min(self._cores)
        self._group = CPU / f'edge_exit_{os.getpid()}'
        self._end = contextlib.ExitStack()
        self.told: list[Told] = []

    def __enter__(self) -> 'SlowCore':
        with contextlib.ExitStack() as stack:
            stack.callback(os.sched_setaffinity, 0, self._cores)
            os.sched_setaffinity(0, self._cores - {self._core})
            lost = lost_by_changing(self._core, self._slowdown)
            self._group.mkdir()
            stack.callback(_remove, self._group)
            (self._group / SHARES).write_text(str(SHARE))
            self.told = stack.enter_context(_taken(self._core, self._slowdown, lost))
            self._end = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._end.close()

    def add(self, pid: int) -> None:
        """Slow a process and all its threads from now on."""
        for thread in Path(f'/proc/{pid}/task').iterdir():
            os.sched_setaffinity(int(thread.name), {self._core})
        (self._group / PROCESSES).write_text(str(pid))


def _remove(group: Path) -> None:
    """Remove a group once its killed processes are gone; living ones go back to the others."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.05)
        else:
            return
    for pid in (group / PROCESSES).read_text().split():
        (CPU / PROCESSES).write_text(pid)
    group.rmdir()


@cache
def lost_by_changing(core: int, slowdown: float) -> float:
    """Measure what others do not get of each rest, s."""
    whole, lost = speed(core), 0.0
    for _ in range(TRIALS):
        with _taken(core, slowdown, lost):
            got = speed(core) / whole * slowdown
        lost = REST - got * (REST - lost)
    return lost


def speed(core: int) -> float:
    """Measure how fast a core gets on with what has no real-time priority, rounds a second."""
    command = [sys.executable, '-c', COUNTING, str(core), str(TRIAL)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(found.stdout) / TRIAL


@contextlib.contextmanager
def _taken(core: int, slowdown: float, lost: float) -> Iterator[list[Told]]:
    """Let a process take most of a core; give the list that what it says is added to."""
    command = [sys.executable, __file__, str(core), str(slowdown), str(lost)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    told: list[Told] = []
    # One that nobody listens to would stop in the end, its pipe being full, and take nothing.
    listening = threading.Thread(target=_listen, args=(process.stdout, told), daemon=True)
    try:
        process.stdout.readline()
        listening.start()
        yield told
    finally:
        process.kill()
        process.wait(PATIENCE)
        if listening.ident is not None:
            listening.join()
        process.stdout.close()


def _listen(lines: Iterable[str], told: list[Told]) -> None:
    told += [Told(*map(float, line.split())) for line in lines if line.endswith('\n')]


def take(core: int, slowdown: float, lost: float) -> None:
    """Take most of a core until killed, or until the process that started this one is gone."""
    parent, now = os.getppid(), time.perf_counter
    os.sched_setaffinity(0, {core})
    _at_once()
    print('takes', flush=True)
    rounds, worked, stolen, said = 0, 0.0, 0.0, time.monotonic()
    while os.getppid() == parent:
        start = now()
        time.sleep(REST)
        # A much longer rest was none for others either: the host had taken the core from all.
        begun = last = now()
        until = start + slowdown * (min(begun - start, LONGEST_REST) - lost)
        while (at := now()) < until:
            rounds += 1
            if at - last > PAUSE:
                stolen += at - last
            last = at
        worked += max(at - begun, 0.0)
        if (monotonic := time.monotonic()) > said + SAYING:
            print(monotonic, rounds / (worked - stolen), stolen / worked, flush=True)
            rounds, worked, stolen, said = 0, 0.0, 0.0, monotonic


def _at_once() -> None:
    """Run before all that has no real-time priority."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))


if __name__ == '__main__':
    take(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
