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
from statistics import median

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
TRIALS = 9
# Those that only come near what is sought.
COMING_NEAR = 2
PATIENCE = 5.0
# The fastest of so many moments, each so long, s, is what a core does if nothing disturbs it.
MOMENT = 0.1
MOMENTS = 20
# How much of what it felt in its last work counts as how fast the core is, and its bounds as ratio
# to the usual: by more than that nothing is made up for.
SMOOTHING = 0.05
LEAST_PACE, MOST_PACE = 0.25, 1.5
# It says once in so many seconds how fast it works itself, and counts a pause that is longer than
# this as time that the host took, s.
SAYING, PAUSE = 0.5, 1e-3
# Counts rounds of a loop.
COUNTING = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
for _ in range(int(sys.argv[3])):
    start, rounds = time.monotonic(), 0
    while (now := time.monotonic()) < start + float(sys.argv[2]):
        rounds += 1
    print(rounds / (now - start))
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
    :ivar pace: how fast it got on itself, as a ratio to the usual.
    :ivar left: how fast all others could get on, as a ratio to what a slow core should let them.
    :ivar stolen: share of its working time in which it did not run, though nothing comes before it.
    """

    at: float
    pace: float
    left: float
    stolen: float


class SlowCore:
    """Slows the first core; this process, and what it starts, keeps to the others meanwhile.

    :param slowdown: 8 lets all processes on that core together get on an eighth as fast as they do
        on a whole one that nothing disturbs.
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
    whole, found = max(speeds(core, MOMENT, MOMENTS)), [0.0]
    for trial in range(TRIALS):
        lost = median(found[COMING_NEAR + 1 :]) if trial > COMING_NEAR else found[-1]
        with _taken(core, slowdown, lost):
            (slow,) = speeds(core, TRIAL, 1)
        found.append(REST - slow / whole * slowdown * (REST - lost))
    return median(found[COMING_NEAR + 1 :])


def speeds(core: int, seconds: float, times: int) -> list[float]:
    """Measure again and again how fast a core gets on with what has no real-time priority, 1/s."""
    command = [sys.executable, '-c', COUNTING, str(core), str(seconds), str(times)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(line) for line in found.stdout.split()]


@cache
def usual_pace(core: int) -> float:
    """Measure how fast the process that takes a core gets on if nothing disturbs it, rounds/s."""
    command = [sys.executable, __file__, str(core)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(found.stdout)


@contextlib.contextmanager
def _taken(core: int, slowdown: float, lost: float) -> Iterator[list[Told]]:
    """Let a process take most of a core; give the list that what it says is added to."""
    numbers = (core, slowdown, lost, usual_pace(core))
    command = [sys.executable, __file__, *map(str, numbers)]
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


@dataclass(slots=True)
class _Work:
    """What was felt of a core.

    :ivar rounds: of the loop; in `worked` seconds, of which `stolen` were not its own.
    """

    rounds: int = 0
    worked: float = 0.0
    stolen: float = 0.0

    @property
    def speed(self) -> float:
        """Rounds in a second of its own; 0 if there was none."""
        own = self.worked - self.stolen
        return self.rounds / own if own > 0 else 0.0


def _work(until: float) -> _Work:
    """Work until a moment of time.perf_counter()."""
    now = time.perf_counter
    begun = last = now()
    rounds, stolen = 0, 0.0
    while (at := now()) < until:
        rounds += 1
        if at - last > PAUSE:
            stolen += at - last
        last = at
    return _Work(rounds, max(at - begun, 0.0), stolen)


def take(core: int, slowdown: float, lost: float, usual: float) -> None:
    """Take most of a core until killed, or until the process that started this one is gone.

    :param usual: rounds a second of its loop if nothing disturbs the core.
    """
    parent, now = os.getppid(), time.perf_counter
    os.sched_setaffinity(0, {core})
    _at_once()
    print('takes', flush=True)
    pace, said = 1.0, time.monotonic()
    felt, rested, since = _Work(), 0.0, now()
    while os.getppid() == parent:
        start = now()
        time.sleep(REST)
        # A much longer rest was none for others either: the host had taken the core from all.
        rest = min(now() - start, LONGEST_REST) - lost
        work = _work(start + slowdown * pace * rest)
        if work.rounds:
            pace += SMOOTHING * (work.speed / usual - pace)
            pace = min(max(pace, LEAST_PACE), MOST_PACE)
        felt = _Work(
            felt.rounds + work.rounds, felt.worked + work.worked, felt.stolen + work.stolen
        )
        rested += rest
        if (monotonic := time.monotonic()) > said + SAYING and felt.worked > 0:
            of_late = felt.speed / usual
            left = slowdown * of_late * rested / (now() - since)
            print(monotonic, of_late, left, felt.stolen / felt.worked, flush=True)
            felt, rested, since, said = _Work(), 0.0, now(), monotonic


def measure(core: int) -> None:
    """Print the fastest that this process gets on, rounds a second."""
    os.sched_setaffinity(0, {core})
    _at_once()
    found = []
    for _ in range(MOMENTS):
        found.append(_work(time.perf_counter() + MOMENT).speed)
        # The kernel keeps the last twentieth of each second from real-time processes.
        time.sleep(MOMENT)
    print(max(found))


def _at_once() -> None:
    """Run before all that has no real-time priority."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))


if __name__ == '__main__':
    if len(sys.argv) == 2:
        measure(int(sys.argv[1]))
    else:
        take(int(sys.argv[1]), *map(float, sys.argv[2:]))
