"""The bag player: what was recorded comes out, in time, with stamps that a live system can use."""

import time
from itertools import pairwise

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String
from support import collect, set_parameters, wait_until

START = 1_700_000_000 * 10**9
FRAMES = 20
STEP = 50_000_000  # ns
# Holds all that a bag plays, should this process be kept from listening for a while.
BEST_EFFORT = QoSProfile(depth=10 * FRAMES, reliability=ReliabilityPolicy.BEST_EFFORT)


def write_bag(path, *, storage=StoragePlugin.MCAP, frames=FRAMES, unknown=False):
    """Record images and camera infos of equal stamps, and a text without a header."""
    with Writer(path, version=9, storage_plugin=storage) as writer:
        topics = {'/image': Image, '/camera_info': CameraInfo, '/text': String}
        names = {topic: _name(message_class) for topic, message_class in topics.items()}
        if unknown:
            names['/odd'] = 'odd_msgs/msg/Odd'
        outputs = {
            topic: writer.add_connection(topic, name, msgdef='', rihs01='RIHS01_' + '0' * 64)
            for topic, name in names.items()
        }
        for index in range(frames):
            now = START + index * STEP
            image, info = Image(width=index, encoding='mono8'), CameraInfo(width=index)
            for message in (image, info):
                stamp = message.header.stamp
                stamp.sec, stamp.nanosec = divmod(now - 9_000_000, 10**9)
                message.header.frame_id = 'camera'
            writer.write(outputs['/image'], now, serialize_message(image))
            writer.write(outputs['/camera_info'], now + 1000, serialize_message(info))
            writer.write(outputs['/text'], now + 2000, serialize_message(String(data=str(index))))
            if unknown:
                writer.write(outputs['/odd'], now, b'\0\1\0\0')
    return path


def _name(message_class):
    return '/'.join((message_class.__module__.split('.')[0], 'msg', message_class.__name__))


def nanoseconds(stamp):
    return stamp.sec * 10**9 + stamp.nanosec


def play(processes, node, path, messages=Image, topic='/image', **params):
    """Start a paused player, wait until it is heard, let it go on."""
    received = collect(node, messages, topic, BEST_EFFORT)
    player = processes.node('bag_player', params={'bag': str(path), 'paused': True, **params})
    player.wait_until(lambda: node.count_publishers(topic))
    time.sleep(0.5)
    assert set_parameters(node, '/bag_player', paused=False).successful
    return player, received


def all_of(messages):
    """Wait until each message of a bag has been heard."""
    wait_until(lambda: len(messages) >= FRAMES)
    return messages


@pytest.mark.parametrize('storage', list(StoragePlugin))
def test_all_frames_come_in_time_and_then_it_ends(processes, ros_node, tmp_path, storage):
    bag = write_bag(tmp_path / 'bag', storage=storage)
    player, images = play(processes, ros_node, bag)
    start = time.monotonic()
    assert player.wait() == 0, player.output
    assert 0.9 < time.monotonic() - start < 4
    assert [image.width for image in all_of(images)] == list(range(FRAMES))


def test_one_storage_file_plays_without_its_folder(processes, ros_node, tmp_path):
    write_bag(tmp_path / 'bag')
    player, images = play(processes, ros_node, next((tmp_path / 'bag').glob('*.mcap')), rate=10.0)
    assert player.wait() == 0, player.output
    assert len(all_of(images)) == FRAMES


def test_stamps_are_current_and_stay_equal_across_topics(processes, ros_node, tmp_path):
    infos = collect(ros_node, CameraInfo, '/camera_info', BEST_EFFORT)
    before = time.time_ns()
    player, images = play(processes, ros_node, write_bag(tmp_path / 'bag'))
    player.wait()
    stamps = [nanoseconds(image.header.stamp) for image in all_of(images)]
    assert stamps == [nanoseconds(info.header.stamp) for info in all_of(infos)]
    assert before < stamps[0]
    assert stamps[-1] < time.time_ns()
    assert all(abs(later - sooner - STEP) < 10 for sooner, later in pairwise(stamps))
    assert images[0].header.frame_id == 'camera'


def test_without_restamp_messages_stay_as_recorded_and_clock_tells_their_time(
    processes, ros_node, tmp_path
):
    clock = collect(ros_node, Clock, '/clock', 10)
    bag = write_bag(tmp_path / 'bag')
    player, images = play(processes, ros_node, bag, restamp=False, clock=True)
    player.wait()
    assert nanoseconds(all_of(images)[0].header.stamp) == START - 9_000_000
    assert START <= nanoseconds(clock[-1].clock) <= START + (FRAMES + 10) * STEP


def test_it_loops_and_changes_its_rate_until_ctrl_c(processes, ros_node, tmp_path):
    player, images = play(processes, ros_node, write_bag(tmp_path / 'bag'), loop=True)
    assert set_parameters(ros_node, '/bag_player', rate=10.0).successful
    player.wait_until(lambda: len(images) > 3 * FRAMES)
    stamps = [nanoseconds(image.header.stamp) for image in images]
    assert stamps == sorted(stamps)
    player.assert_ends_cleanly(times=2)


def test_a_topic_of_an_unknown_type_is_left_out_and_named(processes, ros_node, tmp_path):
    bag = write_bag(tmp_path / 'bag', unknown=True)
    player, images = play(processes, ros_node, bag, rate=10.0)
    player.wait()
    assert len(all_of(images)) == FRAMES
    assert 'odd_msgs/msg/Odd' in player.output


@pytest.mark.parametrize('kind', ['missing', 'no bag', 'damaged', 'empty'])
def test_what_is_no_bag_is_an_error_of_one_line(processes, tmp_path, kind):
    path = tmp_path / 'x.mcap'
    if kind == 'no bag':
        path = tmp_path
    elif kind == 'damaged':
        path.write_bytes(b'\x89MCAP0\r\n' + bytes(100))
    elif kind == 'empty':
        path = write_bag(tmp_path / 'bag', frames=0)
    player = processes.node('bag_player', params={'bag': str(path)})
    assert player.wait() == 1
    assert str(path) in player.output
    assert 'Traceback' not in player.output
