"""What the head node adds to the network's own time: 640x480 bgr8 in, result out at an exit.

Inside the node: from the image's callback until the result is published; `head` is the part of it
that counts as computing, head_ms of the result, and `opening` its open_ms; `around` is the rest of
its total_ms: the worker's waking and the result.
From outside: from publishing the image to receiving the result in another process, which includes
what that process and the middleware take. Both less the network's run time of the same frame.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

import report
from robot_bench import Bench, Camera, add_realtime_option, become_realtime
from support import ros_args

RATE = 15.0
WARM_UP_S = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', default='cifar10')
    parser.add_argument('--seconds', type=float, default=60.0)
    add_realtime_option(parser)
    arguments = parser.parse_args()
    if arguments.realtime:
        become_realtime()
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
    file = Path(os.environ['ROS_LOG_DIR']).parent / 'frames.json'
    script = Path(__file__).with_name('measured_head.py')
    params = {'bundle': bundle, 'exit_threshold': 0.0}
    head = bench.processes.run(
        sys.executable, str(script), str(file), *ros_args('head', '/robot', params, {}), name='head'
    )
    head.wait_for_line('ready')
    camera = Camera(bench)
    camera.wait_until_seen()
    camera.show_for(WARM_UP_S, RATE)
    numbers = camera.show_for(seconds, RATE)
    camera.wait_for(numbers)
    assert head.interrupt() == 0
    frames = json.loads(file.read_text())
    missing = [number for number in numbers if number not in camera.results]
    assert not missing, f'images without a result: {missing}'
    frames = frames[-len(numbers) :]
    inside = [total - own for total, own in frames]
    messages = [camera.results[number][0][1] for number in numbers]
    assert all(message.exit == 0 for message in messages)
    head = [m.head_ms - own for m, (_, own) in zip(messages, frames, strict=True)]
    around = [m.total_ms - m.head_ms for m in messages]
    outside = [
        1e3 * camera.latency(number) - own for number, (_, own) in zip(numbers, frames, strict=True)
    ]
    return {
        'frames': len(numbers),
        'network_median_ms': statistics.median(own for _, own in frames),
        **quantiles('head', head),
        **quantiles('opening', [m.open_ms for m in messages]),
        **quantiles('around', around),
        **quantiles('inside', inside),
        **quantiles('outside', outside),
    }


def quantiles(name: str, values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100)
    return {
        f'{name}_median_ms': statistics.median(values),
        f'{name}_p99_ms': cuts[98],
        f'{name}_max_ms': max(values),
    }


if __name__ == '__main__':
    main()
