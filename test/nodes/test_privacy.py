"""A running robot keeps what its user wants kept, whatever a policy says."""

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from robots import HEAD, Robot
from support import collect, set_parameters, wait_until
from tiny_bundle import SEGMENTS, write_tiny_bundle

from edge_exit.nodes import qos
from edge_exit_interfaces.msg import Features, Inference, OperatingPoint


class MadPolicy:
    """Wants every picture sent at once."""

    def __init__(self, node):
        self._output = node.create_publisher(
            OperatingPoint, '/robot/operating_point', qos.OPERATING_POINT
        )

    def speak(self):
        self._output.publish(
            OperatingPoint(
                policy='mad', split=0, exit_threshold=2.0, growth_threshold=1.0, offload=True
            )
        )


@pytest.fixture
def world(processes, ros_node, tmp_path):
    """Give a robot that offloads pictures, its mad policy, and all that left the robot."""
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    processes.node('tail', namespace='/edge', params={'bundle': str(bundle.path)})
    left = collect(ros_node, Features, '/edge/tail/features', qos.FEATURES)
    robot = Robot(processes, ros_node, bundle.path, local_segments=3).wait_until_ready()
    policy = MadPolicy(ros_node)

    def sent_at(split):
        policy.speak()
        return robot.ask('red', exit=3).split == split

    wait_until(lambda: sent_at(0))
    wait_until(lambda: left)
    return robot, left, sent_at


def forbid(node, **values):
    named = {f'privacy.{name}': value for name, value in values.items()}
    assert set_parameters(node, HEAD, **named).successful


def test_features_leave_from_the_users_depth_on_and_never_before(world, ros_node):
    robot, left, sent_at = world
    for depth in (1, 2, 3):
        forbid(ros_node, min_depth=depth)
        left.clear()
        for _ in range(5):
            assert sent_at(depth)
        wait_until(lambda: left)
        assert {message.split for message in left} == {depth}
        assert all(message.coding != Features.CODING_JPEG for message in left)
    forbid(ros_node, min_depth=SEGMENTS)  # this robot holds three segments of four
    left.clear()
    result = robot.ask('red', exit=3)
    assert (result.outcome, result.reason, result.bytes) == (Inference.FALLBACK, 'privacy', 0)
    forbid(ros_node, min_depth=0)
    wait_until(lambda: sent_at(0))
    assert not {message.split for message in left} - {0}


def test_nothing_leaves_once_the_user_has_said_so(world, ros_node):
    robot, left, sent_at = world
    forbid(ros_node, never_offload=True)
    left.clear()
    for _ in range(10):
        assert not sent_at(0)
        assert (robot.results[-1].outcome, robot.results[-1].bytes) == (Inference.FALLBACK, 0)
    assert left == []
    assert robot.report()['operating point: reason'] == 'privacy'
    forbid(ros_node, never_offload=False)
    wait_until(lambda: sent_at(0))


def test_robot_that_starts_private_never_sends(processes, ros_node, tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    processes.node('tail', namespace='/edge', params={'bundle': str(bundle.path)})
    left = collect(ros_node, Features, '/edge/tail/features', qos.FEATURES)
    private = {'privacy.never_offload': True}
    robot = Robot(processes, ros_node, bundle.path, local_segments=2, **private)
    robot.wait_until_ready()
    policy = MadPolicy(ros_node)
    for _ in range(10):
        policy.speak()
        assert robot.ask('red', exit=3).outcome == Inference.FALLBACK
    assert left == []


def test_depth_must_be_one_that_exists(world, ros_node):
    for value in (-1, 65):
        assert not set_parameters(ros_node, HEAD, **{'privacy.min_depth': value}).successful
