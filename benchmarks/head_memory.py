"""Memory and start of a head process that holds a whole bundle."""

import argparse
import statistics
import time

import report
from robot_bench import Bench, Camera, resident_mb

RATE = 15.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', nargs='+', default=['cifar10'])
    parser.add_argument('--seconds', type=float, default=20.0, help='of frames before measuring')
    parser.add_argument('--starts', type=int, default=5)
    arguments = parser.parse_args()
    rows = []
    for bundle in arguments.bundle:
        with Bench() as bench:
            rows.append(measure(bench, bundle, arguments.seconds, arguments.starts))
    report.write('head_memory', rows, threads=1, to_reach={'resident_mb': 200, 'ready_s': 3.0})


def measure(bench: Bench, bundle: str, seconds: float, starts: int) -> dict:
    """Start the head several times; let the last one see frames that run the whole network."""
    ready = []
    for start in range(starts):
        began = time.monotonic()
        head = bench.processes.node(
            'head', namespace='/robot', params={'bundle': bundle, 'exit_threshold': 2.0}
        )
        head.wait_for_line('ready')
        ready.append(time.monotonic() - began)
        if start < starts - 1:
            head.assert_ends_cleanly()
    camera = Camera(bench)
    camera.wait_until_seen()
    camera.wait_for(camera.show_for(seconds, RATE))
    return {
        'bundle': bundle,
        'resident_mb': resident_mb(head.pid),
        'ready_median_s': statistics.median(ready),
        'ready_max_s': max(ready),
        'starts': starts,
    }


if __name__ == '__main__':
    main()
