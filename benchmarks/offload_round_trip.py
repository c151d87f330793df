"""Round trip of offloaded frames over a shaped veth link, real tail at the other end. Needs root.

    python benchmarks/offload_round_trip.py [--bundle cifar10] [--rates 5 20 100]

The robot's end runs the first segments on soft random pictures, and codes, sends and waits as the
head node does, one frame at a time. Ideal is serialised bytes * 8 / rate + the tail's compute time.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from statistics import median, quantiles

import cv2
import numpy as np
import report
from shaped_link import ShapedLink, missing, scheduling

DOMAIN = {'ROS_DOMAIN_ID': '58'}
WARM_UP = 10
GAP = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--robot', action='store_true', help=argparse.SUPPRESS)
    parser.add_argument('--bundle', default='cifar10')
    parser.add_argument('--split', type=int, default=1)
    parser.add_argument('--rates', type=float, nargs='*', default=[5, 20, 100])
    parser.add_argument('--frames', type=int, default=60)
    arguments = parser.parse_args()
    if arguments.robot:
        sys.exit(_robot(arguments))
    if reason := missing():
        sys.exit(f'skipped: {reason}')
    rows = [row for rate in arguments.rates for row in measure(rate, arguments)]
    report.write(
        'offload_round_trip',
        rows,
        threads=1,
        bundle=arguments.bundle,
        split=arguments.split,
        frames=arguments.frames,
        scheduling=scheduling(),
        to_reach={'round_trip_ms': '<= 1.15 * ideal_ms + 1.5 (allowed_ms), medians'},
    )


def measure(rate: float, arguments: argparse.Namespace) -> list[dict]:
    """Measure all codec levels at one rate of the link."""
    with ShapedLink(rate) as link:
        tail = [sys.executable, '-m', 'edge_exit.nodes.tail', '--ros-args']
        link.run('edge', [*tail, '-p', f'bundle:={arguments.bundle}'], env=DOMAIN)
        options = ['--bundle', arguments.bundle, '--split', str(arguments.split)]
        options += ['--frames', str(arguments.frames)]
        robot = link.run(
            'robot',
            [sys.executable, __file__, '--robot', *options],
            env=DOMAIN,
            stdout=subprocess.PIPE,
        )
        levels = json.loads(robot.communicate(timeout=300)[0].splitlines()[-1])
    rows = []
    for level, frames in levels.items():
        ideal = [8 * f['bytes'] / rate / 1e3 + f['compute_ms'] for f in frames]
        taken = [f['ms'] for f in frames]
        allowed = 1.15 * median(ideal) + 1.5
        rows.append(
            {
                'rate_mbps': rate,
                'codec_level': level,
                'bytes': round(median(f['bytes'] for f in frames)),
                'tail_compute_ms': round(median(f['compute_ms'] for f in frames), 2),
                'tail_ms': round(median(f['tail_ms'] for f in frames), 2),
                'round_trip_ms': round(median(taken), 2),
                'round_trip_ms_p99': round(quantiles(taken, n=100)[98], 2),
                'ideal_ms': round(median(ideal), 2),
                'allowed_ms': round(allowed, 2),
                'reached': median(taken) <= allowed,
                'answered': len(frames) / arguments.frames,
            }
        )
    return rows


def _robot(arguments: argparse.Namespace) -> int:
    """Offload frames one by one and print how long each took."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor

    from edge_exit import bundle as bundles
    from edge_exit.inference.head_session import HeadSession
    from edge_exit.inference.network import SegmentedNetwork
    from edge_exit.inference.split_codec import SplitCodec
    from edge_exit.nodes.run import use_fastdds_profile
    from edge_exit.nodes.settling import settle

    bundle = bundles.load(arguments.bundle)
    session = HeadSession(bundle, SegmentedNetwork(bundle, segments=range(arguments.split)))
    use_fastdds_profile()
    rclpy.init()
    node = rclpy.create_node('head')
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    codec = SplitCodec(bundle, encodes=[arguments.split])
    ends = _Ends(node, executor, bundle.model_id)
    settle()
    random = np.random.default_rng(0)
    levels = {}
    for index, level in enumerate(bundle.codec_levels):
        frames = []
        for number in range(WARM_UP + arguments.frames):
            picture = _picture(random, bundle.preprocessing)
            run = session.begin(picture)
            session.advance(run, exit_threshold=2.0, split=arguments.split, may_offload=True)
            frame = ends.offload(run, codec.encode(arguments.split, index, run.features))
            if frame and number >= WARM_UP:
                frames.append(frame)
            time.sleep(GAP)
        levels[level.name] = frames
    print(json.dumps(levels), flush=True)
    ends.close()
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


class _Ends:
    """Sends features as the head node does and takes the answers."""

    def __init__(self, node, executor, model_id: str) -> None:
        from edge_exit.nodes import qos
        from edge_exit.nodes.intake import Intake
        from edge_exit_interfaces.msg import Features, Inference, TailStatus

        self._model_id = model_id
        self._sequence = 0
        self._answer = None
        self._news = threading.Event()
        self._beats = []
        self._features = node.create_publisher(Features, '/tail/features', qos.FEATURES)
        self._intake = Intake(node, Inference, '/head/offloaded', self._hear, qos.FEATURES)
        self._intake.start()
        node.create_subscription(TailStatus, '/tail/status', self._beats.append, qos.STATUS)
        end = time.perf_counter() + 60.0
        while not (self._beats and self._features.get_subscription_count()):
            executor.spin_once(timeout_sec=0.1)
            if time.perf_counter() > end:
                sys.exit('no tail within 60 s')

    def close(self) -> None:
        """Hear no more answers."""
        self._intake.close()

    def offload(self, run, coded) -> dict | None:
        """Send one frame; None if no answer came."""
        from rclpy.serialization import serialize_message
        from std_msgs.msg import Header

        from edge_exit.inference.result import Offload
        from edge_exit.nodes.conversions import features_message

        self._sequence += 1
        offload = Offload(
            tag=None,
            sequence=self._sequence,
            tail='/tail',
            split=run.next_segment,
            exit_threshold=2.0,
            time_left=3.0,
            belief=run.belief,
            coded=coded,
        )
        message = features_message(
            offload, header=Header(), head='/head', session=1, model_id=self._model_id
        )
        serialised = serialize_message(message)
        self._news.clear()
        start = time.perf_counter()
        self._features.publish(serialised)
        if not self._news.wait(3.0):
            return None
        answer, arrived = self._answer
        return {
            'ms': 1e3 * (arrived - start),
            'bytes': len(serialised),
            'compute_ms': answer.tail_compute_ms,
            'tail_ms': answer.tail_ms,
        }

    def _hear(self, answer, info) -> None:
        if answer.sequence == self._sequence:
            self._answer = answer, time.perf_counter()
            self._news.set()


def _picture(random: np.random.Generator, preprocessing) -> np.ndarray:
    from edge_exit.inference.preprocess import picture_from

    blurred = cv2.resize(random.integers(0, 256, (6, 8, 3), np.uint8), (640, 480))
    return picture_from(blurred, preprocessing)


if __name__ == '__main__':
    main()
