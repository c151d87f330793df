"""Link estimate of the head's prober against a shaped veth link whose rate is known. Needs root.

    python benchmarks/link_estimate.py [--rates 1 5 ...] [--drops 10 ...]

Prober and echo run in two network namespaces over real DDS; nothing is offloaded, so all that is
known comes from probes. A drop counts as seen when the estimate is within a factor of two.
"""

import argparse
import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from statistics import median

import report
from shaped_link import ShapedLink, missing, scheduling

SETTLING = 8.0
PERIOD = 0.02
DOMAIN = {'ROS_DOMAIN_ID': '57'}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--end', choices=('robot', 'edge'), help=argparse.SUPPRESS)
    parser.add_argument('--rates', type=float, nargs='*', default=[1, 2, 5, 10, 20, 50, 100])
    parser.add_argument('--drops', type=float, nargs='*', default=[5, 10, 20, 50])
    parser.add_argument('--seconds', type=float, default=12.0)
    parser.add_argument('--repeats', type=int, default=3)
    arguments = parser.parse_args()
    if arguments.end:
        sys.exit(_robot() if arguments.end == 'robot' else _edge())
    if reason := missing():
        sys.exit(f'skipped: {reason}')
    rows = [steady(rate, arguments.seconds) for rate in arguments.rates]
    rows += [drop(rate, arguments.repeats) for rate in arguments.drops]
    report.write(
        'link_estimate',
        rows,
        seconds=arguments.seconds,
        repeats=arguments.repeats,
        scheduling=scheduling(),
        to_reach={
            'error_percent': '15 from 1 to 50 Mbit/s, 30 at 100',
            'drop_seen_s': 0.5,
            'probing_percent': 2,
        },
    )


def steady(rate: float, seconds: float) -> dict:
    """Measure the estimate while the rate stays."""
    with estimates(rate) as (_, newest):
        newest(SETTLING)
        end = time.monotonic() + seconds
        found = []
        while time.monotonic() < end:
            found.append(newest(1.0))
    goodput = sorted(line['mbps'] for line in found)
    errors = sorted(abs(value / rate - 1) * 100 for value in goodput)
    probing = median(line['probe_bytes_per_s'] for line in found)
    return {
        'case': 'steady',
        'rate_mbps': rate,
        'estimate_mbps': round(median(goodput), 2),
        'error_percent': round(abs(median(goodput) / rate - 1) * 100, 1),
        'error_percent_p90': round(errors[int(0.9 * len(errors))], 1),
        'probing_percent': round(probing * 8 / rate / 1e4, 2),
        'rtt_ms': round(median(line['rtt_ms'] for line in found), 2),
    }


def drop(rate: float, repeats: int) -> dict:
    """Measure how long a tenfold drop stays unseen."""
    times = []
    for _ in range(repeats):
        with estimates(rate) as (link, newest):
            newest(SETTLING)
            link.set_rate(rate / 10)
            start = time.monotonic()
            line = newest(0)
            while line['mbps'] > 2 * rate / 10 and time.monotonic() - start < 10:
                line = newest(0)
            times.append(line['time'] - start)
    return {
        'case': 'tenfold drop',
        'rate_mbps': rate,
        'drop_seen_s': round(median(times), 3),
        'drop_seen_s_worst': round(max(times), 3),
    }


@contextlib.contextmanager
def estimates(rate: float):
    """Give the link and a function that waits and then gives the newest estimate."""
    with ShapedLink(rate) as link:
        command = [sys.executable, __file__, '--end']
        link.run('edge', [*command, 'edge'], env=DOMAIN)
        robot = link.run('robot', [*command, 'robot'], env=DOMAIN, stdout=subprocess.PIPE)
        lines: queue.Queue = queue.Queue()
        threading.Thread(target=_read, args=(robot.stdout, lines), daemon=True).start()
        while not lines.get(timeout=30)['mbps'] > 0:
            continue

        def newest(after: float) -> dict:
            time.sleep(after)
            line = lines.get(timeout=10)
            while not lines.empty():
                line = lines.get()
            return line

        yield link, newest


def _read(stream, lines: queue.Queue) -> None:
    for line in stream:
        lines.put(json.loads(line))


def _robot() -> int:
    from rclpy.node import Node

    from edge_exit.nodes.link_probing import Prober
    from edge_exit.nodes.run import run
    from edge_exit.nodes.timers import steady_timer

    def make() -> Node:
        node = Node('head')
        prober = Prober(node, tail='/tail', session=1)

        def show() -> None:
            quality = prober.quality(connected=True)
            line = {
                'time': time.monotonic(),
                'mbps': quality.goodput_bps / 1e6,
                'rtt_ms': quality.rtt * 1e3,
                'probe_bytes_per_s': quality.probe_bytes_per_s,
            }
            print(json.dumps(line), flush=True)

        node.shown = steady_timer(node, PERIOD, show)
        return node

    return run(make)


def _edge() -> int:
    from rclpy.node import Node

    from edge_exit.nodes.link_probing import ProbeEcho
    from edge_exit.nodes.run import run

    def make() -> Node:
        node = Node('tail')
        node.echo = ProbeEcho(node)
        return node

    return run(make)


if __name__ == '__main__':
    main()
