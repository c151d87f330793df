"""The life of a node process, names from the network, and what is shared by all nodes."""

import signal
import sys
import textwrap

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from support import collect, wait_until

from edge_exit.errors import RefusedError
from edge_exit.nodes import run as running
from edge_exit.nodes.names import LONGEST_NODE_NAME, Peers, check_node_name

NODE = textwrap.dedent("""
    import sys, threading
    from rclpy.node import Node
    from edge_exit.errors import ConfigError
    from edge_exit.nodes.diagnostics import WARN, Diagnostics, Health
    from edge_exit.nodes.run import run

    class Plain(Node):
        def __init__(self):
            super().__init__('plain')
            if 'refuse' in sys.argv:
                raise ConfigError('size 9 is not possible (sizes: 1..3)')
            if 'report' in sys.argv:
                Diagnostics(self, lambda: Health(WARN, 'so so', {'share': 1 / 3, 'count': 7}))
            print('ready', flush=True)

    sys.exit(run(Plain))
""")


@pytest.fixture
def start(processes):
    return lambda *arguments: processes.run(sys.executable, '-c', NODE, *arguments, name='plain')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_node_without_anything_to_do_ends_cleanly_even_if_asked_twice(start, number):
    node = start()
    node.wait_for_line('ready')
    for _ in range(2):
        if node.returncode is None:
            node.send(number)
    assert node.wait() == 0
    assert 'Traceback' not in node.output


def test_what_the_user_can_mend_is_one_line_and_status_1(start):
    node = start('refuse')
    assert node.wait() == 1
    assert 'size 9 is not possible (sizes: 1..3)' in node.output
    assert len(node.output.splitlines()) == 1


def test_parameter_file_that_does_not_parse_is_named(start, tmp_path):
    broken = tmp_path / 'broken.yaml'
    broken.write_text('plain:\n  ros__parameters: {sizes: [1, a]}\n')
    node = start('--ros-args', '--params-file', str(broken))
    assert node.wait() == 1
    assert 'broken.yaml' in node.output
    assert 'Traceback' not in node.output


def test_diagnostics_tell_level_message_and_values(start, ros_node):
    reports = collect(ros_node, DiagnosticArray, '/diagnostics')
    start('report').wait_until(lambda: reports)
    status = reports[0].status[0]
    assert (status.name, status.level, status.message) == ('/plain', DiagnosticStatus.WARN, 'so so')
    assert {value.key: value.value for value in status.values} == {
        'share': '0.333333',
        'count': '7',
    }


def test_shipped_profile_is_in_force_a_killed_node_is_forgotten_soon(start, ros_node):
    node = start('report')
    node.wait_until(lambda: ros_node.count_publishers('/diagnostics'))
    node.kill()
    # 20 s without the profile.
    wait_until(lambda: not ros_node.count_publishers('/diagnostics'), timeout=10)


def test_profile_of_the_user_is_left_alone(monkeypatch):
    monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', '/mine.xml')
    running.use_fastdds_profile()
    assert running.os.environ['FASTDDS_DEFAULT_PROFILES_FILE'] == '/mine.xml'


@pytest.mark.parametrize('name', ['/head', '/robot/head', '/link/robot_1/head'])
def test_full_names_pass(name):
    assert check_node_name(name) == name


@pytest.mark.parametrize(
    'name', ['', 'head', '~/head', '/', '/a//b', '/a b', '/1a', '/a\n', '/é', '/' + 'a' * 500]
)
def test_what_is_no_full_name_is_refused(name):
    with pytest.raises(RefusedError):
        check_node_name(name)


def test_longest_name_still_makes_topics():
    check_node_name('/' + 'a' * (LONGEST_NODE_NAME - 1))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def peers(limit, gone):
    clock = Clock()
    return Peers(str.upper, gone.append, limit=limit, idle=10.0, clock=clock), clock


def test_invented_names_cannot_push_out_active_peers():
    gone = []
    known, clock = peers(2, gone)
    assert known.get('/a') == '/A'
    known.get('/b')
    clock.now = 9.0
    known.get('/a')
    with pytest.raises(RefusedError, match='2 peers are active already'):
        known.get('/c')
    clock.now = 11.0
    assert known.get('/c') == '/C'  # /b has been silent for 11 s
    assert gone == ['/B']


def test_active_peers_are_counted():
    known, clock = peers(8, [])
    known.get('/a')
    clock.now = 20.0
    known.get('/b')
    assert known.active(within=10.0) == 1
    known.clear()
    assert known.active(within=100.0) == 0
