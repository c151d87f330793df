"""A head alone: every image that it takes has one result, and parameters steer it while it runs."""

import subprocess
import sys
import time

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

import numpy as np
from rclpy.qos import qos_profile_sensor_data
from robots import HEAD, HEIGHT, WIDTH, Robot, assert_balanced
from sensor_msgs.msg import Image
from support import change_state, collect, get_state, set_parameters, wait_until
from tiny_bundle import SEGMENTS, write_tiny_bundle

from edge_exit_interfaces.msg import Inference


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny').path


@pytest.fixture
def robot(processes, ros_node, bundle):
    return Robot(processes, ros_node, bundle).wait_until_ready()


def test_a_sure_frame_leaves_at_its_exit_with_the_cameras_own_header(robot):
    header = robot.see('blue', exit=1)
    result = robot.wait_for_results(1)[0]
    assert result.header == header
    assert (result.label, result.exit, result.outcome) == ('blue', 1, Inference.EXITED)
    assert (result.head, result.finished_by, result.reason) == (HEAD, HEAD, 'margin')
    assert result.split == SEGMENTS
    assert result.bytes == 0
    np.testing.assert_allclose(sum(result.posterior), 1, rtol=1e-5)
    assert result.score == max(result.posterior)
    assert 0 < result.head_ms <= result.total_ms
    assert result.queue_ms >= 0


def test_every_image_is_counted_and_every_taken_one_has_its_result(robot):
    for number in range(60):
        robot.see('red', exit=number % SEGMENTS)
        time.sleep(0.002)  # faster than any camera, so that some images replace others

    def settled():
        report = robot.report_with(in_flight=0, waiting=0, taken=robot.results[-1].sequence)
        return report and int(report['received']) > 40 and report

    wait_until(lambda: robot.results)
    assert_balanced(wait_until(settled))
    sequences = [result.sequence for result in robot.results]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    stamps = [result.header.stamp.sec for result in robot.results]
    assert stamps == sorted(set(stamps))


def test_without_a_tail_the_whole_network_answers(robot):
    result = robot.ask('green', exit=None)
    assert (result.exit, result.outcome) == (SEGMENTS - 1, Inference.EXITED)
    assert result.reason == 'last exit'


def test_a_head_that_holds_a_part_gives_its_best_belief(processes, ros_node, bundle):
    robot = Robot(processes, ros_node, bundle, local_segments=2).wait_until_ready()
    result = robot.ask('green', exit=3)
    assert (result.label, result.exit) == ('green', 1)
    assert (result.outcome, result.reason) == (Inference.FALLBACK, 'no tail')


def test_compressed_images(processes, ros_node, bundle):
    robot = Robot(processes, ros_node, bundle, image_transport='compressed').wait_until_ready()
    result = robot.ask('red', exit=0)
    assert (result.label, result.exit) == ('red', 0)
    assert 0 < result.open_ms < result.head_ms


def test_parameters_hold_from_the_next_frame(robot, ros_node):
    assert robot.ask('red', exit=0).exit == 0
    assert set_parameters(ros_node, HEAD, exit_threshold=2.0).successful
    result = robot.ask('red', exit=0)
    assert (result.exit, result.reason) == (SEGMENTS - 1, 'last exit')
    assert set_parameters(ros_node, HEAD, exit_threshold=0.0).successful
    assert robot.ask('red', exit=3).exit == 0


def test_the_exit_rule_changes_on_the_running_robot(robot, ros_node):
    assert robot.ask('red', exit=1).exit == 1
    half = 2 / SEGMENTS  # two exits that agree
    assert set_parameters(ros_node, HEAD, exit_rule='patience', exit_threshold=half).successful
    for exit in (0, 1):
        result = robot.ask('blue', exit=exit)
        assert (result.exit, result.reason) == (1, 'patience')


BAD_SETS = [
    ({'exit_rule': 'coin'}, 'choose one of: margin, '),
    ({'exit_threshold': 3.0}, 'exit_threshold'),
    ({'exit_threshold': 'high'}, 'Wrong parameter type'),
    ({'deadline_ms': 1.0}, 'deadline_ms'),
    ({'image_transport': 'theora'}, 'choose one of: raw, compressed'),
    ({'bundle': 'cifar10'}, 'bundle is fixed while the node is configured'),
    ({'local_segments': 1}, 'local_segments is fixed while the node is configured'),
    ({'tails': ['no name']}, "'no name' is not a fully qualified node name"),
    ({'tails': ['/a', '/a']}, 'names a tail twice'),
    ({'autostart': False}, 'read-only'),
]


def test_a_bad_set_of_parameters_is_rejected_whole(robot, ros_node):
    for values, reason in BAD_SETS:
        result = set_parameters(ros_node, HEAD, split=1, **values)
        assert not result.successful, values
        assert reason in result.reason
    assert robot.ask().exit == 0
    assert robot.report()['operating point: split'] == '2'


def test_bad_parameters_at_the_start_are_told_in_one_line(processes, ros_node, bundle):
    started = [
        (processes.node('head', params={'bundle': str(bundle)} | values), text)
        for values, text in [
            ({'exit_threshold': 'high'}, 'exit_threshold'),
            ({'local_segments': 9}, 'local_segments is 9, bundle "tiny" has 4; use 1..4'),
            ({'bundle': 'nowhere'}, 'nowhere'),
            ({'tails': ['a b']}, 'not a fully qualified node name'),
        ]
    ]
    for process, text in started:
        assert process.wait() == 1
        assert text in process.output
        assert 'Traceback' not in process.output


def test_a_lifecycle_manager_can_lead_the_head(processes, ros_node, bundle):
    robot = Robot(processes, ros_node, bundle, autostart=False)
    assert get_state(ros_node, HEAD) == 'unconfigured'
    assert change_state(ros_node, HEAD, 'configure')
    assert change_state(ros_node, HEAD, 'activate')
    robot.wait_until_ready()
    assert robot.ask().exit == 0
    assert change_state(ros_node, HEAD, 'deactivate')
    assert change_state(ros_node, HEAD, 'cleanup')
    assert set_parameters(ros_node, HEAD, bundle='nowhere').successful
    assert not change_state(ros_node, HEAD, 'configure')
    assert get_state(ros_node, HEAD) == 'unconfigured'
    assert 'nowhere' in robot.process.output
    assert set_parameters(ros_node, HEAD, bundle=str(bundle), local_segments=1).successful
    assert change_state(ros_node, HEAD, 'configure')
    assert change_state(ros_node, HEAD, 'activate')
    robot.wait_until_ready()
    assert robot.ask(exit=2).outcome == Inference.FALLBACK
    assert change_state(ros_node, HEAD, 'deactivate')
    assert change_state(ros_node, HEAD, 'shutdown')
    robot.process.assert_ends_cleanly()


def test_a_damaged_bundle_is_refused_by_name(processes, tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    weights = bundle.path / bundle.weights
    weights.write_bytes(weights.read_bytes()[:-1] + b'x')
    process = processes.node('head', params={'bundle': str(bundle.path)})
    assert process.wait() == 1
    assert bundle.weights in process.output
    assert 'Traceback' not in process.output


def test_the_debug_image_is_drawn_only_for_who_looks(robot, ros_node):
    robot.ask()
    images = collect(ros_node, Image, f'{HEAD}/debug_image', qos_profile_sensor_data)

    def drawn():
        robot.ask('blue', exit=0)
        return images

    image = wait_until(drawn)[0]
    size = (5 * HEIGHT, 5 * WIDTH)  # enlarged, so that text is readable
    assert (image.height, image.width, image.encoding) == (*size, 'bgr8')
    pixels = np.frombuffer(image.data, np.uint8).reshape(*size, 3)
    assert (pixels[-1, -1] == (255, 0, 0)).all(), 'the camera image itself'
    assert (pixels[..., 1] > 100).sum() > 200, 'text in the colour of an exited frame'


def test_two_heads_of_one_name_are_told_and_both_live_on(processes, ros_node, bundle, robot):
    second = Robot(processes, ros_node, bundle)
    second.process.wait_for_line('ready')
    for head in (robot, second):
        head.process.wait_for_line('2 heads are called /robot/head')
    wait_until(lambda: robot.report()['heads of this name'] == '2')
    for head in (robot, second):
        head.ask()
    wait_until(lambda: len({result.session for result in robot.results}) == 2)


def test_ctrl_c_at_any_moment_ends_it_cleanly(robot):
    for _ in range(5):
        robot.see('green', exit=3)
    robot.process.assert_ends_cleanly(times=2)


def test_the_head_imports_nothing_that_only_training_needs():
    heavy = {
        'torch',
        'torchvision',
        'stable_baselines3',
        'matplotlib',
        'gymnasium',
        'rich',
        'rosbags',
    }
    program = f'import sys, edge_exit.nodes.head; print({heavy!r} & set(sys.modules))'
    found = subprocess.run([sys.executable, '-c', program], capture_output=True, check=True)
    assert found.stdout.decode().strip() == 'set()'
