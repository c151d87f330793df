"""The bag recorder: what was published can be read again, however the recorder ended."""

import signal
import time

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

import bags

from edge_exit.evaluation.bags.bag import Bag
from edge_exit.evaluation.bags.camera import open_camera
from edge_exit.evaluation.bags.labels import labels_of

FRAMES = 20


def record(processes, tmp_path, **params):
    path = tmp_path / 'recorded'
    return path, processes.node('bag_recorder', params={'bag': str(path), **params})


def play(processes, tmp_path, rows, **params):
    bag = bags.write_bag(tmp_path / 'played', rows)
    params = {'bag': str(bag), 'wait_for': ['/bag_recorder'], 'rate': 4.0} | params
    return processes.node('bag_player', params=params)


def test_what_was_played_is_recorded_whole_and_ctrl_c_ends_the_bag(processes, tmp_path):
    rows = bags.images(FRAMES) + bags.labels(FRAMES)
    path, recorder = record(processes, tmp_path, topics=['/image', '/label'])
    player = play(processes, tmp_path, rows, restamp=False)
    assert player.wait() == 0, player.output
    time.sleep(0.3)
    recorder.assert_ends_cleanly(times=2)
    camera = open_camera(str(path))
    found = [(stamp, int(pixels[0, 0, 0])) for _, stamp, pixels in camera.images()]
    assert found == [(bags.stamp(n), n) for n in range(FRAMES)]
    assert camera.notes == []
    labels, _ = labels_of(str(path), None, ('0', '1', '2'))
    assert labels == {bags.stamp(n): n % 3 for n in range(FRAMES)}


def test_a_killed_recorder_leaves_what_it_had_written(processes, tmp_path):
    rows = bags.images(FRAMES, size=(200, 400))  # 240 kB each
    path, recorder = record(processes, tmp_path)
    player = play(processes, tmp_path, rows)
    assert player.wait() == 0, player.output
    recorder.send(signal.SIGKILL)
    recorder.wait()
    camera = open_camera(str(path))
    found = [int(pixels[0, 0, 0]) for _, _, pixels in camera.images()]
    assert len(found) >= FRAMES // 2
    assert found == sorted(found)
    assert 'the bag ends at' in camera.notes[0]
    assert 'recorded.mcap is damaged from byte' in camera.notes[0]


def test_without_names_all_topics_are_recorded(processes, tmp_path):
    path, recorder = record(processes, tmp_path)
    player = play(processes, tmp_path, bags.images(FRAMES) + bags.labels(FRAMES))
    assert player.wait() == 0, player.output
    recorder.assert_ends_cleanly()
    with Bag(str(path)) as bag:
        assert {'/image', '/label', '/rosout'} <= set(bag.types)


@pytest.mark.parametrize('kind', ['none', 'exists'])
def test_a_folder_that_cannot_be_recorded_to_is_an_error_of_one_line(processes, tmp_path, kind):
    path = tmp_path / 'recorded'
    path.mkdir()
    recorder = processes.node('bag_recorder', params={'bag': str(path) if kind == 'exists' else ''})
    assert recorder.wait() == 1
    assert 'Traceback' not in recorder.output
    assert ('exists already' if kind == 'exists' else 'set it to the folder') in recorder.output
