"""What shares the slow core of a robot on a live link: processor time by process and thread.

    python benchmarks/live_load.py --pictures FOLDER [--bundle BUNDLE] [--rate-mbps 10]

One cell of live_links.py for each contender, with the kernel's own accounts of every thread
(/proc/*/task/*/schedstat) read when the first and the last image are shown. Needs root.
"""

import argparse
import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import live_cell
import live_links
import report
from live_cell import Row
from live_contenders import OURS, SPLIT, contenders

CONTENDERS = ('early exits on board', SPLIT, OURS)
# Less is not worth a row, ms a second.
LEAST = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pictures', type=Path, help='folder with a folder for each class')
    parser.add_argument('--bundle', default='objects20')
    parser.add_argument('--rate-mbps', type=float, default=10.0)
    parser.add_argument('--rate', type=float, default=4.9248, help='images a second')
    parser.add_argument('--seconds', type=float, default=15.0)
    arguments = parser.parse_args()
    if reason := live_links.missing(arguments.pictures):
        print(f'skipped: {reason}')
        return
    live_cell.priority()
    with tempfile.TemporaryDirectory() as folder:
        arguments.out = Path(folder)
        played = live_links.played_by_all(0, arguments)
        row = Row(f'{arguments.rate_mbps:g} Mbit/s', 'steady', rate_mbps=arguments.rate_mbps)
        rows = []
        for one in contenders(arguments.bundle, None):
            if one.name in CONTENDERS:
                load = Load()
                live_cell.record(row, one, played, arguments.out / one.name, load.watching)
                rows += [{'contender': one.name, **line} for line in load.rows()]
    report.write(
        'live_load',
        rows,
        bundle=Path(arguments.bundle).name,
        link=row.name,
        rate_hz=arguments.rate,
        slowdown=live_cell.SLOWDOWN,
        has_ms_per_s=1e3 / live_cell.SLOWDOWN,
    )


class Load:
    """What the threads of some processes take, while it is watched."""

    def __init__(self) -> None:
        self._per_s: Counter[tuple[str, str]] = Counter()

    @contextlib.contextmanager
    def watching(self, processes: Mapping[str, int]) -> Iterator[None]:
        """Watch processes, given by name, from now until the end."""
        start, before = time.monotonic(), _taken(processes)
        yield
        seconds = time.monotonic() - start
        for thread, taken in _taken(processes).items():
            self._per_s[thread[:2]] += 1e3 * (taken - before.get(thread, 0.0)) / seconds

    def rows(self) -> list[dict]:
        """Give a row for each process, and for each kind of thread of it that takes much."""
        whole: Counter[str] = Counter()
        for (process, _), taken in self._per_s.items():
            whole[process] += taken
        lines = [(process, 'all', taken) for process, taken in whole.items()]
        lines += [(*thread, taken) for thread, taken in self._per_s.items() if taken >= LEAST]
        order = sorted(lines, key=lambda line: (-whole[line[0]], -line[2]))
        return [
            {'process': process, 'threads': threads, 'ms_per_s': round(taken, 2)}
            for process, threads, taken in order
        ]


def _taken(processes: Mapping[str, int]) -> dict[tuple[str, str, str], float]:
    """Give the processor time of every thread by process, kind and number, s."""
    found = {}
    for process, pid in processes.items():
        for thread in Path(f'/proc/{pid}/task').iterdir():
            with contextlib.suppress(OSError):  # it has just ended
                kind = (thread / 'comm').read_text().strip().rstrip('0123456789').rstrip('.')
                nanoseconds = int((thread / 'schedstat').read_text().split()[0])
                found[process, kind, thread.name] = nanoseconds / 1e9
    return found


if __name__ == '__main__':
    main()
