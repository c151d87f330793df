"""How long messages of ROS 2 take over a link that loses, by Fast DDS profile. Needs root and nft.

    python benchmarks/dds_profiles.py [--profiles NAME ...] [--loads NAME ...]

Several publishers at one end of a shaped link send a message a second each, by turns, so that none
is repaired because the next one follows. Measured is the time from publishing to the callback of
the subscriber at the other end; a best-effort message that is lost has none. Frames are lost at
random on their way in both directions, and once all have found each other.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
import report
from shaped_link import ShapedLink, missing, scheduling

CONFIG = report.ROOT / 'config'
PROFILES_FILE = 'FASTDDS_DEFAULT_PROFILES_FILE'
RELIABLE, BEST_EFFORT = 'reliable', 'best effort'
DOMAIN = {'ROS_DOMAIN_ID': '59'}
PERIOD = 1.0
# What is sent last may still be repaired.
PATIENCE = 4.0
START_TIMEOUT = 60.0
READY = 'ready'


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent.

    :ivar topics: publishers; each sends a message a second.
    :ivar losses: probabilities that a frame is lost.
    """

    name: str
    kb: int
    rate_mbps: float
    topics: int
    losses: tuple[float, ...]


LOADS = (
    Load('small', 1, 20.0, 10, (0.1,)),
    Load('features', 50, 20.0, 5, (0.0, 0.02, 0.1, 0.2)),
    Load('image', 900, 100.0, 2, (0.0, 0.02, 0.1)),
)


@dataclass(frozen=True, slots=True)
class Way:
    """How it is sent.

    :ivar profile: file in config/; None for the defaults of Fast DDS.
    """

    name: str
    profile: str | None
    reliability: str = RELIABLE

    def environment(self) -> dict[str, str]:
        """Give the variables of both ends."""
        return DOMAIN | ({PROFILES_FILE: str(CONFIG / self.profile)} if self.profile else {})


WAYS = (
    Way('defaults', None),
    Way('defaults, best effort', None, BEST_EFFORT),
    Way('fastdds_profile', 'fastdds_profile.xml'),
    Way('fastdds_lossy_wifi', 'fastdds_lossy_wifi.xml'),
    Way('fastdds_large_data', 'fastdds_large_data.xml'),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--profiles', nargs='+', default=[way.name for way in WAYS])
    parser.add_argument('--loads', nargs='+', default=[load.name for load in LOADS])
    parser.add_argument('--losses', type=float, nargs='+', help='only these of the loads')
    parser.add_argument('--seconds', type=float, default=24.0)
    parser.add_argument('--end', choices=('robot', 'edge'), help=argparse.SUPPRESS)
    parser.add_argument('--sent', nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.end:
        {'robot': send, 'edge': hear}[arguments.end](*arguments.sent)
        return
    if reason := missing(lossy=True):
        sys.exit(f'skipped: {reason}')
    rows = [
        measure(load, way, loss, arguments.seconds)
        for load in LOADS
        if load.name in arguments.loads
        for loss in load.losses
        if not arguments.losses or loss in arguments.losses
        for way in WAYS
        if way.name in arguments.profiles
    ]
    report.write(
        'dds_profiles',
        rows,
        seconds=arguments.seconds,
        scheduling=scheduling(),
        to_reach={'p99_ms': '200 for 50 kB at 10 % loss with fastdds_lossy_wifi'},
    )


def measure(load: Load, way: Way, loss: float, seconds: float) -> dict:
    """Measure one way of sending at one loss."""
    print(f'{load.name}, {way.name}, {100 * loss:g} % loss', file=sys.stderr, flush=True)
    sent = ['--sent', way.reliability, str(load.kb), str(load.topics), str(seconds)]
    with ShapedLink(load.rate_mbps) as link:
        ends = {
            end: link.run(
                end,
                [sys.executable, __file__, '--end', end, *sent],
                env=way.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for end in ('edge', 'robot')
        }
        for process in ends.values():
            if process.stdout.readline().strip() != READY:
                sys.exit(f'{way.name}: the ends did not find each other')
        link.set_loss(loss)
        before = link.sent_bytes('robot')
        for process in ends.values():
            process.stdin.write('go\n')
            process.stdin.flush()
        count = int(ends['robot'].stdout.readline())
        taken = [float(word) for word in ends['edge'].stdout.readline().split()]
        wire = link.sent_bytes('robot') - before
    return {
        'message_kb': load.kb,
        'rate_mbps': load.rate_mbps,
        'loss_percent': 100 * loss,
        'profile': way.name,
        'sent': count,
        'lost': count - len(taken),
        **{f'{name}_ms': figure(taken, share) for name, share in SHARES.items()},
        'wire_share': round(wire / (count * load.kb * 1e3), 2),
    }


SHARES = {'p50': 50, 'p90': 90, 'p99': 99, 'max': 100}


def figure(taken: list[float], share: float) -> float | None:
    """Give a percentile of times in s as ms; None if nothing arrived."""
    if not taken:
        return None
    milliseconds = 1e3 * float(np.percentile(taken, share))
    return round(milliseconds, 1) if milliseconds < 1e3 else round(milliseconds)


def send(reliability: str, kb: str, topics: str, seconds: str) -> None:
    """Publish, and print how many messages that were."""
    import rclpy
    from rclpy.serialization import serialize_message
    from std_msgs.msg import UInt8MultiArray

    rclpy.init()
    node = rclpy.create_node('sender')
    count = int(topics)
    outputs = [
        node.create_publisher(UInt8MultiArray, f'/sent_{n}', profile(reliability))
        for n in range(count)
    ]
    until = time.monotonic() + START_TIMEOUT
    while not all(output.get_subscription_count() for output in outputs):
        time.sleep(0.1)
        if time.monotonic() > until:
            sys.exit('no subscriber')
    time.sleep(1.0)
    begin()
    random = np.random.default_rng(0)
    message = UInt8MultiArray(data=random.integers(0, 256, int(kb) * 1000, np.uint8).tobytes())
    serialised = bytearray(serialize_message(message))
    start = time.monotonic()
    number = 0
    while (due := start + number * PERIOD / count) < start + float(seconds):
        time.sleep(max(0.0, due - time.monotonic()))
        serialised[-8:] = time.monotonic_ns().to_bytes(8, 'little')
        outputs[number % count].publish(bytes(serialised))
        number += 1
    print(number, flush=True)
    time.sleep(PATIENCE + 1.0)
    end()


def hear(reliability: str, _kb: str, topics: str, seconds: str) -> None:
    """Take messages, and print how long each has taken, s."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from std_msgs.msg import UInt8MultiArray

    rclpy.init()
    node = rclpy.create_node('listener')
    taken: list[float] = []

    def hear_one(serialised: bytes) -> None:
        taken.append((time.monotonic_ns() - int.from_bytes(serialised[-8:], 'little')) / 1e9)

    inputs = [
        node.create_subscription(
            UInt8MultiArray, f'/sent_{n}', hear_one, profile(reliability), raw=True
        )
        for n in range(int(topics))
    ]
    until = time.monotonic() + START_TIMEOUT
    while not all(node.count_publishers(entry.topic_name) for entry in inputs):
        time.sleep(0.1)
        if time.monotonic() > until:
            sys.exit('no publisher')
    begin()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    stop = time.monotonic() + float(seconds) + PATIENCE
    while (left := stop - time.monotonic()) > 0:
        executor.spin_once(timeout_sec=left)
    print(*taken, flush=True)
    end()


def profile(reliability: str):
    """Give the quality of service of the topics: as many are kept as are sent in ten seconds."""
    from rclpy.qos import QoSProfile, ReliabilityPolicy

    chosen = {RELIABLE: ReliabilityPolicy.RELIABLE, BEST_EFFORT: ReliabilityPolicy.BEST_EFFORT}
    return QoSProfile(depth=10, reliability=chosen[reliability])


def begin() -> None:
    """Say that this end is ready, and wait for the other."""
    print(READY, flush=True)
    sys.stdin.readline()


def end() -> None:
    """End without a goodbye: over a link that loses it would take long."""
    os._exit(0)


if __name__ == '__main__':
    main()
