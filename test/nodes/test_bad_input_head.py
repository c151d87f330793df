"""What must not end a head: images that are none, and settings that cannot be."""

import sys

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from robots import Robot, assert_balanced, raw_image
from sensor_msgs.msg import CompressedImage
from support import wait_until
from tiny_bundle import camera_image, write_tiny_bundle


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny').path


def image(robot, **fields):
    message = raw_image(camera_image('red', 0, height=24, width=32), robot.header())
    for name, value in fields.items():
        setattr(message, name, value)
    return message


BAD_IMAGES = {
    'unknown encoding': {'encoding': 'purple16'},
    'zero size': {'height': 0},
    'wrong step': {'step': 95},
    'truncated': {'height': 25},
    'too large': {'height': 1 << 20, 'width': 1 << 20},
}


def test_images_that_are_none_are_counted_by_name_and_the_head_lives_on(
    processes, ros_node, bundle
):
    robot = Robot(processes, ros_node, bundle).wait_until_ready()
    for kind, fields in BAD_IMAGES.items():

        def counted(kind=kind, fields=fields):
            robot.camera.publish(image(robot, **fields))
            return int(robot.report().get(f'rejected: {kind}', 0)) > 0

        wait_until(counted)
        assert robot.ask('red', exit=0).label == 'red'
    report = robot.wait_for_report(in_flight=0, waiting=0)
    assert_balanced(report)
    assert 'images refused' in report['message']
    assert int(report['dropped']) >= len(BAD_IMAGES)
    assert robot.process.output.count('image refused') == len(BAD_IMAGES), 'logged once each'


def test_bytes_that_are_no_picture_are_counted(processes, ros_node, bundle):
    robot = Robot(processes, ros_node, bundle, image_transport='compressed').wait_until_ready()

    def counted():
        robot.camera.publish(CompressedImage(header=robot.header(), data=b'no picture'))
        return int(robot.report().get('rejected: not a picture', 0)) > 0

    wait_until(counted)
    assert robot.ask('blue', exit=0).label == 'blue'


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('head:\n  ros__parameters:\n    deadline_ms: soon\n', 'deadline_ms'),
        ('head:\n  ros__parameters:\n    tails: [1, 2]\n', 'tails'),
        ('head:\n  ros__parameters:\n    max_in_flight: 0\n', 'max_in_flight'),
        ('head: [\n', 'params.yaml'),
    ],
)
def test_a_parameters_file_that_is_wrong_is_named(processes, bundle, tmp_path, text, expected):
    path = tmp_path / 'params.yaml'
    path.write_text(text)
    process = processes.run(
        *(sys.executable, '-m', 'edge_exit.nodes.head', '--ros-args'),
        *('--params-file', str(path), '-p', f'bundle:={bundle}'),
    )
    assert process.wait() == 1
    assert expected in process.output
    assert 'Traceback' not in process.output
