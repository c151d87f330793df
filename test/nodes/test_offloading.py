"""A real head and real tails: frames are offloaded, and no tail's end costs a frame its result."""

import math
import signal
import time
from contextlib import suppress

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

import numpy as np
from robots import HEAD, HEIGHT, SHOWN_AGAIN, WIDTH, Robot, assert_balanced
from std_msgs.msg import Header
from support import set_parameters, wait_until
from tiny_bundle import SEGMENTS, THRESHOLD, camera_image, write_tiny_bundle

from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.preprocess import picture_from
from edge_exit.nodes import qos
from edge_exit.nodes.control_conversions import point_message
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit_interfaces.msg import Inference
from edge_exit_interfaces.msg import OperatingPoint as OperatingPointMessage

DEADLINE_MS = 150.0
PERIOD = 1 / 15
# Seconds by which threads wake late on a machine that rests.
LATE = 0.02


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


def start_tail(processes, model, name='tail'):
    return processes.node('tail', name=name, namespace='/edge', params={'bundle': str(model.path)})


def start_robot(processes, ros_node, model, **params):
    """Start a robot that holds half of the network."""
    values = {'local_segments': 2, 'deadline_ms': DEADLINE_MS} | params
    robot = Robot(processes, ros_node, model.path, **values)
    return robot.wait_until_ready()


def wait_until_offloading(robot, timeout=20.0):
    wait_until(lambda: robot.ask(exit=3).outcome == Inference.OFFLOADED, timeout)


@pytest.fixture
def tail(processes, model):
    return start_tail(processes, model)


@pytest.fixture
def robot(processes, ros_node, model, tail):
    robot = start_robot(processes, ros_node, model)
    wait_until_offloading(robot)
    return robot


def show(robot, machine, seconds):
    """Show hard images at 15 Hz; check that each has one result in time; give the results.

    While the machine stands still an image may be lost on its way, or a newer one take its place.
    """
    robot.results.clear()
    headers, shown_again = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        headers.append(robot.see('red', exit=3))
        time.sleep(PERIOD)

    def last_is_back():
        if time.monotonic() > end + SHOWN_AGAIN * (1 + len(shown_again)):
            shown_again.append(robot.see('red', exit=3))
        last = (shown_again or headers)[-1]
        return robot.results and robot.results[-1].header == last

    wait_until(last_is_back)
    stamps = [result.header.stamp.sec for result in robot.results]
    assert stamps == sorted(set(stamps)), 'one each, in order'
    missing = {header.stamp.sec for header in headers} - set(stamps)
    assert len(missing) * PERIOD <= 4 * max(0.0, machine.late - LATE), missing
    worst = max(result.total_ms for result in robot.results)
    assert worst < DEADLINE_MS + 1e3 * (PERIOD + 2 * machine.late)
    return list(robot.results)


def test_the_tail_finishes_what_the_head_is_not_sure_of(robot):
    result = robot.offload('blue', exit=3)
    assert (result.label, result.exit, result.split) == ('blue', 3, 2)
    assert result.finished_by == '/edge/tail'
    assert result.bytes > 200
    assert result.link_ms > 0
    assert 0 < result.tail_compute_ms <= result.tail_ms < result.total_ms
    assert robot.ask('blue', exit=0).outcome == Inference.EXITED
    report = robot.wait_for_report(in_flight=0)
    assert_balanced(report)
    assert report['/edge/tail: state'] == 'alive'


def test_head_and_tail_together_say_bit_by_bit_what_the_whole_network_says(robot, ros_node, model):
    image = camera_image('green', None, height=HEIGHT, width=WIDTH)
    session = HeadSession(model, SegmentedNetwork(model))
    run = session.begin(picture_from(image, model.preprocessing))
    session.advance(run, exit_threshold=THRESHOLD, split=SEGMENTS, may_offload=False)
    for split in (1, 2):
        assert set_parameters(ros_node, HEAD, codec_level=0, split=split).successful
        result = robot.offload('green', exit=None)
        assert result.split == split
        np.testing.assert_array_equal(
            np.asarray(result.posterior, np.float32), run.belief.posterior
        )


def test_a_killed_tail_costs_no_result_and_a_new_one_is_used_at_once(
    machine, robot, tail, processes, model
):
    tail.kill()
    results = show(robot, machine, 1.5)
    assert results[-1].reason == 'no tail', 'offloading into a dead tail has stopped'
    assert results[-1].total_ms < DEADLINE_MS / 2 + 2e3 * machine.late
    start_tail(processes, model).wait_for_line('ready')
    back = time.monotonic()
    wait_until_offloading(robot)
    assert time.monotonic() - back < 5.0
    assert_balanced(robot.wait_for_report(in_flight=0))
    assert 'tail /edge/tail is silent' in robot.process.output


def test_a_stopped_tail_costs_no_result_and_is_used_when_it_goes_on(machine, robot, tail):
    tail.send(signal.SIGSTOP)
    results = show(robot, machine, 1.0)
    assert {result.outcome for result in results} == {Inference.FALLBACK}
    tail.send(signal.SIGCONT)
    back = time.monotonic()
    wait_until_offloading(robot)
    assert time.monotonic() - back < 5.0
    report = robot.wait_for_report(in_flight=0)
    assert_balanced(report)


def test_a_head_that_is_killed_comes_back_under_its_name(robot, processes, ros_node, model):
    robot.process.kill()
    again = start_robot(processes, ros_node, model)
    wait_until_offloading(again)


def test_a_robot_with_the_whole_network_answers_alone_while_the_tail_is_gone(
    machine, processes, ros_node, model, tail
):
    robot = start_robot(processes, ros_node, model, local_segments=0)
    result = None
    for _ in range(5):
        tail.send(signal.SIGCONT)
        wait_until_offloading(robot)
        tail.send(signal.SIGSTOP)
        # A camera is best effort: a process stopped while it holds shared memory can cost an image.
        with suppress(AssertionError):
            result = robot.ask('red', exit=3, timeout=2.0)
            break
    assert (result.outcome, result.exit) == (Inference.FALLBACK, 3)
    assert result.total_ms < DEADLINE_MS + 2e3 * machine.late


def test_a_tail_with_another_model_is_told_and_not_used(processes, ros_node, model, tmp_path):
    start_tail(processes, write_tiny_bundle(tmp_path / 'tiny', seed=1))
    robot = start_robot(processes, ros_node, model)
    robot.process.wait_for_line('tail /edge/tail runs another model')
    assert robot.ask(exit=3).reason == 'no tail'


def test_another_tail_takes_over(processes, ros_node, model):
    tails = {f'/edge/{name}': start_tail(processes, model, name) for name in ('a', 'b')}
    robot = start_robot(processes, ros_node, model, tails=list(tails))
    wait_until_offloading(robot)
    first = robot.ask(exit=3).finished_by
    tails.pop(first).kill()
    wait_until(lambda: robot.ask(exit=3).finished_by in tails)


def test_the_user_can_forbid_that_anything_leaves_the_robot(robot, ros_node):
    assert set_parameters(ros_node, HEAD, **{'privacy.never_offload': True}).successful
    result = robot.ask(exit=3)
    assert (result.outcome, result.reason) == (Inference.FALLBACK, 'privacy')
    assert result.bytes == 0


def test_a_policy_steers_and_is_replaced_when_it_falls_silent_or_mad(robot, ros_node):
    publisher = ros_node.create_publisher(
        OperatingPointMessage, '/robot/operating_point', qos.OPERATING_POINT
    )
    point = OperatingPoint(
        split=1,
        exit_threshold=THRESHOLD,
        growth_threshold=0.0,
        codec_level=2,
        offload=True,
        policy='test',
        reason='trying',
    )

    def steered(point):
        publisher.publish(point_message(point, Header()))
        return robot.ask(exit=3).split

    wait_until(lambda: steered(point) == 1)
    robot.process.wait_for_line('operating point from test: trying')
    robot.process.wait_for_line('operating point from dynamic_split: policy is silent')
    wait_until(lambda: steered(point) == 1)
    mad = OperatingPoint(1, math.nan, math.nan, 2, True, policy='test')
    publisher.publish(point_message(mad, Header()))
    robot.process.wait_for_line('operating point from dynamic_split: policy chose no finite')
    assert robot.ask(exit=3).label == 'green'


def test_answers_that_are_none_are_counted_and_change_nothing(robot, ros_node):
    publisher = ros_node.create_publisher(Inference, f'{HEAD}/offloaded', qos.FEATURES)
    session = robot.ask().session
    strange = Inference(session=session + 1, sequence=1, outcome=Inference.OFFLOADED)
    short = Inference(session=session, sequence=1, outcome=Inference.OFFLOADED)
    short.posterior = [1.0]
    mad = Inference(session=session, sequence=1, outcome=Inference.OFFLOADED)
    mad.posterior = [math.nan] * 3
    refusal = Inference(session=session, sequence=10_000, outcome=Inference.REFUSED)
    before = int(robot.report()['answers_unknown'])

    def counted():
        for message in (strange, short, mad, refusal):
            publisher.publish(message)
        report = robot.report()
        bad = int(report.get('bad answers', 0))
        return bad >= 2 and int(report['answers_unknown']) >= before + 2

    wait_until(counted)
    robot.offload(exit=3)
    assert_balanced(robot.wait_for_report(in_flight=0))
