"""What the head node adds to the network's own time: 640x480 bgr8 in, result out at an exit.

Inside the node: from the image's callback to the result, less the run of the first segment.
From outside: from publishing the image to receiving the result in another process, less the same.
"""

import argparse
import statistics

import report
from robot_bench import Bench, Camera, wait_until

RATE = 15.0
WARM_UP_S = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', default='cifar10')
    parser.add_argument('--seconds', type=float, default=60.0)
    arguments = parser.parse_args()
    with Bench() as bench:
        row = measure(bench, arguments.bundle, arguments.seconds)
    report.write(
        'head_overhead',
        [row],
        bundle=arguments.bundle,
        rate_hz=RATE,
        image='640x480 bgr8',
        threads=1,
        to_reach={'median_ms': 1.5, 'p99_ms': 4.0},
    )


def measure(bench: Bench, bundle: str, seconds: float) -> dict:
    head = bench.processes.node(
        'head', namespace='/robot', params={'bundle': bundle, 'exit_threshold': 0.0}
    )
    head.wait_for_line('ready')
    camera = Camera(bench)
    camera.wait_until_seen()
    camera.show_for(WARM_UP_S, RATE)
    segment_ms = own_time_ms(bench)
    numbers = camera.show_for(seconds, RATE)
    camera.wait_for(numbers)
    seen = [number for number in numbers if number in camera.results]
    results = [camera.results[number][0][1] for number in seen]
    assert {result.exit for result in results} == {0}
    inside = [result.total_ms - segment_ms for result in results]
    outside = [1e3 * camera.latency(number) - segment_ms for number in seen]
    return {
        'frames': len(numbers),
        'results': len(seen),
        'segment_ms': segment_ms,
        **quantiles('inside', inside),
        **quantiles('outside', outside),
    }


def own_time_ms(bench: Bench) -> float:
    """Read the median time of the first segment with its exit from the head's diagnostics."""
    from diagnostic_msgs.msg import DiagnosticArray

    found = []

    def note(message) -> None:
        for status in message.status:
            found.extend(float(v.value) for v in status.values if v.key == 'segment 0: ms')

    bench.node.create_subscription(DiagnosticArray, '/diagnostics', note, 10)
    wait_until(lambda: found)
    return found[-1]


def quantiles(name: str, values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100)
    return {
        f'{name}_median_ms': statistics.median(values),
        f'{name}_p99_ms': cuts[98],
        f'{name}_max_ms': max(values),
    }


if __name__ == '__main__':
    main()
