"""How soon a robot hears a tail that was just started, with and without the shipped profile.

python benchmarks/discovery.py [--restarts N]

A listener process stays; a tail-like talker with a heartbeat of 50 ms is killed (-9) and started
again. Measured: from the talker's first heartbeat to the first one that the listener hears.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import time

import report

from edge_exit.nodes.run import PROFILES_VARIABLES, use_fastdds_profile

PROFILES = ('default', 'shipped')
BEAT = 0.05
PATIENCE = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--restarts', type=int, default=12)
    parser.add_argument('--role', choices=('measure', 'talk', 'listen'), default='measure')
    arguments = parser.parse_args()
    if arguments.role == 'talk':
        talk()
    elif arguments.role == 'listen':
        listen()
    else:
        rows = [measure(profile, arguments.restarts) for profile in PROFILES]
        report.write('discovery', rows, restarts=arguments.restarts, beat_s=BEAT)


def talk() -> None:
    node = _node('talker')
    from std_msgs.msg import Float64

    publisher = node.create_publisher(Float64, '/beat', 1)
    print(time.monotonic(), flush=True)
    while True:
        publisher.publish(Float64(data=time.monotonic()))
        time.sleep(BEAT)


def listen() -> None:
    """Print the time of every heartbeat and when it was heard."""
    node = _node('listener')
    import rclpy
    from std_msgs.msg import Float64

    node.create_subscription(
        Float64, '/beat', lambda beat: print(beat.data, time.monotonic(), flush=True), 1
    )
    print('listening', flush=True)
    rclpy.spin(node)


def _node(name: str):
    import rclpy

    rclpy.init()
    return rclpy.create_node(name)


def measure(profile: str, restarts: int) -> dict:
    environment = _environment(profile)
    listener = _start('listen', environment, stdout=subprocess.PIPE, text=True)
    try:
        listener.stdout.readline()
        delays = [_restart(listener, environment) for _ in range(restarts)]
    finally:
        listener.kill()
        listener.wait()
    return {
        'profile': profile,
        'median_s': round(statistics.median(delays), 3),
        'worst_s': round(max(delays), 3),
        'delays_s': [round(delay, 3) for delay in delays],
    }


def _restart(listener: subprocess.Popen, environment: dict[str, str]) -> float:
    """Start a talker and give the time from its being ready to its first heartbeat heard."""
    started = time.monotonic()
    talker = _start('talk', environment, stdout=subprocess.PIPE, text=True)
    try:
        ready = _ready(talker)
        while True:
            sent, heard = map(float, listener.stdout.readline().split())
            if sent > started:
                return max(heard - ready, 0.0)
    finally:
        talker.send_signal(signal.SIGKILL)
        talker.wait()


def _ready(talker: subprocess.Popen) -> float:
    return float(talker.stdout.readline())


def _start(role: str, environment: dict[str, str], **pipes) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, __file__, '--role', role], env=environment, **pipes)


def _environment(profile: str) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in PROFILES_VARIABLES}
    environment['ROS_DOMAIN_ID'] = str(random.randint(1, 100))
    environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    if profile == 'shipped':
        use_fastdds_profile()
        environment[PROFILES_VARIABLES[0]] = os.environ[PROFILES_VARIABLES[0]]
    return environment


if __name__ == '__main__':
    main()
