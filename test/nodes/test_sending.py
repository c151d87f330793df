"""A real head sends pictures and a bottleneck's code to a real tail."""

import signal
from contextlib import suppress

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from robots import HEAD, Robot, assert_balanced
from support import set_parameters
from tiny_bundle import BOTTLENECK, LEVELS_OF_CODEC, SEGMENTS, SLIM, write_tiny_bundle

from edge_exit_interfaces.msg import Inference

EIGHT_BIT = list(LEVELS_OF_CODEC).index('8bit')


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.fixture
def tail(processes, model):
    return processes.node('tail', namespace='/edge', params={'bundle': str(model.path)})


@pytest.fixture
def robot(processes, ros_node, model, tail):
    robot = Robot(processes, ros_node, model.path, split=0, deadline_ms=150.0)
    robot.wait_until_ready()
    robot.offload()
    return robot


@pytest.mark.parametrize('exit', [0, 2])
def test_at_split_0_the_tail_gets_the_picture_and_leaves_where_the_robot_would(robot, exit):
    result = robot.offload('blue', exit=exit)
    assert (result.split, result.label, result.exit) == (0, 'blue', exit)
    assert result.finished_by == '/edge/tail'
    assert_balanced(robot.wait_for_report(in_flight=0))


def test_a_robot_whose_picture_gets_no_answer_runs_the_whole_network_itself(robot, tail):
    result = None
    for _ in range(5):
        tail.send(signal.SIGCONT)
        robot.offload()
        tail.send(signal.SIGSTOP)
        # A camera is best effort: a process stopped while it holds shared memory can cost an image.
        with suppress(AssertionError):
            result = robot.ask('red', exit=3, timeout=2.0)
            break
    assert (result.outcome, result.exit, result.split) == (Inference.FALLBACK, 3, 0)
    assert result.label == 'red'
    assert result.reason in {'overdue', 'deadline'}  # by how many answers it has seen


def test_width_and_split_change_from_frame_to_frame(robot, ros_node):
    sizes = {}
    for level in (EIGHT_BIT, SLIM):
        changed = set_parameters(ros_node, HEAD, split=BOTTLENECK, codec_level=level)
        assert changed.successful
        result = robot.offload('green', exit=3)
        assert result.split == BOTTLENECK
        assert (result.label, result.exit) == ('green', SEGMENTS - 1)
        sizes[level] = result.bytes
    assert sizes[SLIM] < sizes[EIGHT_BIT]
    assert set_parameters(ros_node, HEAD, split=0).successful
    assert robot.ask('red').split == 0
