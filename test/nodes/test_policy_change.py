"""Head, tail and policy together: the policy changes while frames flow, and no frame is lost."""

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
    {'policy': 'static', 'split': 2, 'offload': True},
]


class Camera:
    """Shows hard images at a steady rate."""

    def __init__(self, robot):
        self.robot = robot
        self.headers = []

    def show_until(self, condition, timeout=20.0):
        def shown():
            self.headers.append(self.robot.see('red', exit=3))
            return condition()

        wait_until(shown, timeout, interval=PERIOD)
        time.sleep(PERIOD)  # a next image at once could replace this one before its turn


def test_no_frame_is_lost_while_the_policy_changes(processes, ros_node, tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    common = {'bundle': str(bundle.path), 'local_segments': 3}
    processes.node('tail', namespace='/edge', params={'bundle': str(bundle.path)})
    policy = processes.node('policy', namespace='/robot', params=common)
    points = collect(ros_node, OperatingPoint, '/robot/operating_point', qos.OPERATING_POINT)
    robot = Robot(processes, ros_node, bundle.path, local_segments=3).wait_until_ready()
    wait_until(lambda: robot.ask('red', exit=3).outcome == Inference.OFFLOADED)
    robot.results.clear()

    camera = Camera(robot)
    for change in CHANGES:
        assert set_parameters(ros_node, POLICY, **change).successful
        seen = len(robot.results)
        # The next frames end by the new choice.
        camera.show_until(lambda seen=seen: len(robot.results) > seen + 5)
        if change.get('policy') == 'static' or 'split' in change:
            # The point may be on its way to the head still.
            camera.show_until(lambda to=change['split']: robot.results[-1].split == to)
            last = robot.results[-1]
            assert (last.outcome, last.split) == (Inference.OFFLOADED, change['split'])
        if 'exit_threshold' in change and change['exit_threshold'] == 0:
            assert (robot.results[-1].outcome, robot.results[-1].exit) == (Inference.EXITED, 0)
    assert {point.policy for point in points} == {'static', 'dynamic_split'}

    # A killed policy costs nothing either: the head's own rule takes over.
    policy.kill()
    before = len(robot.results)
    stop = time.monotonic() + 2.0
    camera.show_until(lambda: time.monotonic() > stop)
    assert len(robot.results) > before + 20
    wait_until(lambda: robot.results[-1].header == camera.headers[-1])
    assert [result.header for result in robot.results] == camera.headers
    report = robot.wait_for_report(in_flight=0, dropped=0)
    assert_balanced(report)
