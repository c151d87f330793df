"""`edge_exit top` beside a running robot."""

import re
import sys

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from pathlib import Path

TOP = (sys.executable, '-m', 'edge_exit.cli', 'top')
BAG = str(Path(__file__).parents[2] / 'edge_exit' / 'demo' / 'bag')


def start_robot(processes) -> None:
    model = {'bundle': 'fashion_mnist'}
    processes.node('tail', params=model)
    head = {**model, 'image_transport': 'compressed', 'local_segments': 1, 'tails': ['/tail']}
    processes.node('head', namespace='/robot', params=head)
    processes.node('policy', namespace='/robot', params={**model, 'local_segments': 1})
    processes.node('bag_player', params={'bag': BAG, 'loop': True})


def test_it_finds_the_robot_and_shows_all_of_it(processes, tmp_path):
    start_robot(processes)
    picture = tmp_path / 'top.svg'
    top = processes.run(*TOP, '--bundle', 'fashion_mnist', '--svg', str(picture), '--wait', '30')

    def full_line() -> bool:
        words = ('offloaded', 'Mbit/s', 'dynamic_split', '1 tail heard', 'with a label')
        return any(
            all(word in line for word in words) and re.search(r'taken \d', line)
            for line in top.output.splitlines()
        )

    top.wait_until(full_line, timeout=60)
    top.assert_ends_cleanly()
    drawn = picture.read_text().replace('&#160;', ' ')
    for words in ('/robot/head', 'exited', 'taken', '/tail', 'round trip', 'with a label'):
        assert words in drawn
    assert '@font-face' not in drawn


def test_no_robot_is_said(processes):
    top = processes.run(*TOP, '--wait', '1')
    assert top.wait() == 2
    assert 'no head is seen within 1 s' in top.output
    assert 'Traceback' not in top.output


def test_of_several_robots_one_must_be_chosen(processes):
    heads = [
        processes.node('head', namespace=robot, params={'bundle': 'fashion_mnist'})
        for robot in ('/one', '/two')
    ]
    for head in heads:
        head.wait_for_line('ready')
    top = processes.run(*TOP, '--wait', '20', '--seconds', '1')
    assert top.wait(timeout=60) == 2
    assert 'choose one with --head: /one/head, /two/head' in top.output
