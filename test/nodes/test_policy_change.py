"""Head, tail and policy together: the policy changes while frames flow, and no frame is lost."""

import threading
import time

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from robots import Robot, assert_balanced
from support import collect, set_parameters, wait_until
from tiny_bundle import write_tiny_bundle

from edge_exit.nodes import qos
from edge_exit_interfaces.msg import Inference, OperatingPoint

POLICY = '/robot/policy'
PERIOD = 1 / 20
CHANGES = [
    {'policy': 'static', 'split': 1, 'codec_level': 0},
    {'split': 3, 'codec_level': 2},
    {'exit_threshold': 0.0},
    {'policy': 'dynamic_split', 'exit_threshold': 0.8},
    {'policy': 'energy_aware', 'energy_weight': 5.0},
    {'policy': 'lyapunov', 'latency_budget_ms': 20.0},
    {'policy': 'bandit'},
    {'policy': 'channel_threshold', 'codec_level': 0},
    {'policy': 'static', 'split': 2, 'offload': True},
]


class Camera(threading.Thread):
    """Shows hard images all the time, at most 20 a second.

    It waits for the result of each, so that none takes another's place on a slow machine.
    """

    def __init__(self, robot):
        super().__init__(daemon=True)
        self.robot = robot
        self.headers = []
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            self.headers.append(self.robot.see('red', exit=3))
            limit = time.monotonic() + 5.0
            while len(self.robot.results) < len(self.headers) and time.monotonic() < limit:
                time.sleep(0.005)
            time.sleep(PERIOD)

    def stop(self):
        self.ended.set()
        self.join()


def last_of(robot) -> tuple[int, int]:
    """Give outcome and split of the newest result."""
    return robot.results[-1].outcome, robot.results[-1].split


def test_no_frame_is_lost_while_the_policy_changes(processes, ros_node, tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    common = {'bundle': str(bundle.path), 'local_segments': 3}
    processes.node('tail', namespace='/edge', params={'bundle': str(bundle.path)})
    policy = processes.node('policy', namespace='/robot', params=common)
    points = collect(ros_node, OperatingPoint, '/robot/operating_point', qos.OPERATING_POINT)
    robot = Robot(processes, ros_node, bundle.path, local_segments=3).wait_until_ready()
    robot.offload('red', exit=3)
    robot.results.clear()

    camera = Camera(robot)
    camera.start()
    for change in CHANGES:
        seen = len(robot.results)
        assert set_parameters(ros_node, POLICY, **change).successful
        wait_until(lambda seen=seen: len(robot.results) > seen + 5)
        if 'split' in change:
            wanted = (Inference.OFFLOADED, change['split'])
            wait_until(lambda to=wanted: last_of(robot) == to)
        if 'exit_threshold' in change and change['exit_threshold'] == 0:
            wait_until(lambda: robot.results[-1].exit == 0)
            assert robot.results[-1].outcome == Inference.EXITED
    changed = {change['policy'] for change in CHANGES if 'policy' in change}
    assert {point.policy for point in points} == changed

    # A killed policy costs nothing either: the head's own rule takes over.
    policy.kill()
    before = len(robot.results)
    robot.process.wait_for_line('policy is silent')
    wait_until(lambda: len(robot.results) > before + 20)
    camera.stop()
    wait_until(lambda: robot.results[-1].header == camera.headers[-1])
    assert [result.header for result in robot.results] == camera.headers
    report = robot.wait_for_report(in_flight=0, dropped=0)
    assert_balanced(report)
