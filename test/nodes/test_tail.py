"""A tail serves robots over real DDS, and no frame can stop it."""

from array import array

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from diagnostic_msgs.msg import DiagnosticArray
from offloads import Offloads
from support import change_state, collect, get_state, set_parameters, wait_until
from tiny_bundle import write_tiny_bundle

from edge_exit.inference.outcome import Outcome
from edge_exit.nodes import qos
from edge_exit_interfaces.msg import Features, Inference, LinkProbe, TailStatus

TAIL = '/edge/tail'


class Server:
    """A tail process and a test that speaks to it as a robot would."""

    def __init__(self, processes, node, bundle, *, head='/robot/head', **params):
        self.offloads = Offloads(bundle, head)
        self.process = processes.node(
            'tail', namespace='/edge', params={'bundle': str(bundle.path)} | params
        )
        self.answers = collect(node, Inference, f'{head}/offloaded', qos.FEATURES)
        self.status = collect(node, TailStatus, f'{TAIL}/status', qos.STATUS)
        self.reports = collect(node, DiagnosticArray, '/diagnostics')
        self.echoes = collect(node, LinkProbe, f'{head}/probe_reply', qos.PROBES)
        self.inbox = node.create_publisher(Features, f'{TAIL}/features', qos.FEATURES)
        self.probe = node.create_publisher(LinkProbe, f'{TAIL}/probe', qos.PROBES)
        self._sequence = 0

    def wait_until_known(self) -> 'Server':
        """Wait until answers get through; the first may find nobody listening yet."""

        def answered():
            sequence = self.ask()
            try:
                return wait_until(lambda: any(a.sequence == sequence for a in self.answers), 0.5)
            except AssertionError:
                return False

        self.process.wait_for_line('ready')
        self.process.wait_until(self.inbox.get_subscription_count)
        self.process.wait_until(answered)
        self.answers.clear()
        return self

    def ask(self, claims: dict | None = None, **frame) -> int:
        """Send a frame of Offloads.features; claims are fields that say something else."""
        self._sequence += 1
        message = self.offloads.features(sequence=self._sequence, **frame)
        for name, value in (claims or {}).items():
            setattr(message, name, value)
        self.inbox.publish(message)
        return message.sequence

    def answer(self, sequence: int) -> Inference:
        """Wait for the answer to a frame."""
        return self.process.wait_until(
            lambda: next((a for a in self.answers if a.sequence == sequence), None)
        )

    def counted(self, key: str) -> int:
        """Give a counter of the newest diagnostics."""
        for report in reversed(self.reports):
            for status in report.status:
                if status.name == TAIL:
                    return int({v.key: v.value for v in status.values}.get(key, 0))
        return 0


@pytest.fixture
def tiny(tmp_path):
    return write_tiny_bundle(tmp_path / 'tiny')


@pytest.fixture
def server(processes, ros_node, tiny):
    return Server(processes, ros_node, tiny).wait_until_known()


def test_head_and_tail_give_exactly_what_the_whole_network_gives(server):
    whole = server.offloads.run(split=4)
    for split in (1, 2, 3):
        answer = server.answer(server.ask(split=split))
        assert answer.outcome == Outcome.OFFLOADED
        assert (answer.exit, answer.split, answer.finished_by) == (3, split, TAIL)
        assert answer.header.frame_id == 'camera'
        np.testing.assert_array_equal(
            np.asarray(answer.posterior, np.float32), whole.belief.posterior
        )
        assert 0 <= answer.tail_compute_ms <= answer.tail_ms < 1000


def test_tail_leaves_at_its_own_exits_and_tells_how_it_is(server, tiny):
    assert server.answer(server.ask(split=1, exit_threshold=0.0)).exit == 1
    beat = server.process.wait_until(
        lambda: next((beat for beat in server.status if beat.heads), None)
    )
    assert (beat.tail, beat.model_id, beat.segments) == (TAIL, tiny.model_id, 4)
    assert len(beat.service_ms) == 4
    assert all(0 < time < 1000 for time in beat.service_ms)
    assert beat.heads == 1
    assert 0 <= beat.load <= 1


NAN_DATA = array('B', np.full(16 * 16 * 16, np.nan, np.float32).tobytes())
BAD_FRAMES = [
    ('model', {'model_id': '0' * 64}),
    ('split', {'split': 9}),
    ('features', {'shape': array('I', [16, 15, 16])}),
    ('features', {'shape': array('I', [2**31, 2**31, 2])}),
    ('features', {'data': array('B', b'\x00' * 10)}),
    ('features', {'coding': 77}),
    ('features', {'data': NAN_DATA}),
    ('belief', {'class_mass': array('f', [0.0])}),
    ('belief', {'remaining_mass': float('nan')}),
    ('deadline', {'deadline_ms': float('nan')}),
    ('threshold', {'exit_threshold': float('nan')}),
    ('rule', {'exit_rule': 'coin'}),
]


INVALID_NAMES = ['', 'head', '/a b', '/robot//head', '/' + 'x' * 300, '/9\n']


def test_bad_frames_are_refused_by_name_and_counted_and_the_tail_lives_on(server):
    for kind, claims in BAD_FRAMES:
        answer = server.answer(server.ask(claims))
        assert answer.outcome == Outcome.REFUSED, kind
        assert answer.class_id == -1
        assert answer.reason
    kinds = [kind for kind, _ in BAD_FRAMES]
    server.process.wait_until(
        lambda: all(server.counted(f'refused: {kind}') == kinds.count(kind) for kind in kinds)
    )
    assert server.process.output.count('refused a frame') == len(set(kinds))
    assert server.answer(server.ask()).outcome == Outcome.OFFLOADED


def test_frames_that_get_no_answer_are_counted(server):
    for name in INVALID_NAMES:
        server.ask({'head': name})
    server.process.wait_until(lambda: server.counted('refused: head') == len(INVALID_NAMES))
    message = server.offloads.features(sequence=100)
    for _ in range(3):
        server.inbox.publish(message)
    server.process.wait_until(lambda: server.counted('repeated') == 2)
    assert [answer.sequence for answer in server.answers] == [100]


def test_a_frame_that_comes_too_late_is_turned_back_so_that_no_one_takes_it_for_lost(server):
    answer = server.answer(server.ask(time_left=-1.0))
    assert answer.outcome == Outcome.REFUSED
    assert 'deadline' in answer.reason
    server.process.wait_until(lambda: server.counted('expired') == 1)


def test_features_and_robots_beyond_the_limits_are_refused(processes, ros_node, tiny):
    params = {'payload_limit_kb': 20, 'max_heads': 1}
    server = Server(processes, ros_node, tiny, **params).wait_until_known()
    answer = server.answer(server.ask({'data': array('B', bytes(30_000))}))
    assert answer.outcome == Outcome.REFUSED
    assert '30000 bytes' in answer.reason
    server.ask({'head': '/other/head'})
    server.process.wait_until(lambda: server.counted('refused: head') == 1)
    assert ros_node.count_publishers('/other/head/offloaded') == 0


def test_probe_comes_back_without_its_ballast_and_readies_the_answers(processes, ros_node, tiny):
    server = Server(processes, ros_node, tiny)

    def echoed():
        server.probe.publish(
            LinkProbe(head='/robot/head', session=5, sequence=3, padding=array('B', bytes(5000)))
        )
        return server.echoes

    server.process.wait_until(echoed)
    echo = server.echoes[-1]
    assert (echo.sequence, len(echo.padding)) == (3, 0)
    assert 0 <= echo.hold_ms < 1000
    wait_until(lambda: ros_node.count_publishers('/robot/head/offloaded'))


def test_limits_change_while_the_tail_serves(server, ros_node):
    changed = set_parameters(ros_node, TAIL, max_batch=3, max_wait_ms=2.0, status_period_s=0.1)
    assert changed.successful
    server.process.wait_until(
        lambda: server.status and server.status[-1].period_s == pytest.approx(0.1)
    )
    assert server.answer(server.ask()).outcome == Outcome.OFFLOADED
    refused = set_parameters(ros_node, TAIL, bundle='another')
    assert not refused.successful
    assert 'fixed while the node is configured' in refused.reason
    assert not set_parameters(ros_node, TAIL, max_batch=0).successful
    server.ask()
    server.process.assert_ends_cleanly(times=2)


def test_lifecycle_manager_starts_and_stops_it(processes, ros_node, tiny):
    server = Server(processes, ros_node, tiny, autostart=False)
    assert get_state(ros_node, TAIL) == 'unconfigured'
    assert change_state(ros_node, TAIL, 'configure')
    assert change_state(ros_node, TAIL, 'activate')
    server.wait_until_known()
    assert change_state(ros_node, TAIL, 'deactivate')
    beats = len(server.status)
    assert change_state(ros_node, TAIL, 'cleanup')
    assert len(server.status) <= beats + 1
    server.process.assert_ends_cleanly()


@pytest.mark.parametrize('params', [{'bundle': 'nowhere'}, {'max_batch': 'many'}])
def test_wrong_setting_is_one_clear_line(processes, params):
    process = processes.node('tail', params=params)
    assert process.wait() == 1
    assert next(iter(params.values())) in process.output
    assert 'Traceback' not in process.output


def test_missing_bundle_leaves_a_managed_tail_alive(processes, ros_node):
    process = processes.node('tail', params={'bundle': 'nowhere', 'autostart': False})
    assert not change_state(ros_node, '/tail', 'configure')
    assert get_state(ros_node, '/tail') == 'unconfigured'
    process.assert_ends_cleanly()


def test_two_lives_of_one_tail_have_two_sessions(server, processes, tiny):
    first = wait_until(lambda: server.status and server.status[-1].session)
    server.process.kill()
    server.process = processes.node('tail', namespace='/edge', params={'bundle': str(tiny.path)})
    server.process.wait_until(lambda: server.status[-1].session != first)
