"""Frames in chunks between real nodes: lost chunks lose no frame, and no chunk can do harm."""

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from diagnostic_msgs.msg import DiagnosticArray
from offloads import Offloads
from robots import HEAD, Robot, assert_balanced
from support import collect, set_parameters, wait_until
from tiny_bundle import BOTTLENECK, LEVELS_OF_CODEC, write_tiny_bundle

from edge_exit.nodes import qos
from edge_exit_interfaces.msg import Features, Inference

LEVEL = list(LEVELS_OF_CODEC).index('w100_8bit')
TAIL = '/edge/tail'


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


def start_tail(processes, model, **params):
    return processes.node('tail', namespace='/edge', params={'bundle': str(model.path)} | params)


def start_robot(processes, ros_node, model, **params):
    """Start a robot that holds half of the network and offloads after it, in chunks."""
    values = {
        'local_segments': 2,
        'split': BOTTLENECK,
        'codec_level': LEVEL,
        'sending': 'chunks',
        'deadline_ms': 150.0,
    }
    return Robot(processes, ros_node, model.path, **values | params).wait_until_ready()


def test_sending_in_chunks_is_switched_while_frames_flow(processes, ros_node, model):
    start_tail(processes, model)
    robot = start_robot(processes, ros_node, model, least_chunks=3)
    robot.offload(exit=3)
    robot.process.wait_for_line('levels raw, 8bit, 4bit, 2bit) are sent whole')
    cut = robot.offload('blue', exit=3)
    assert (cut.label, cut.exit) == ('blue', 3)
    assert (cut.chunks, cut.chunks_used) == (3, 3)
    assert set_parameters(ros_node, HEAD, sending='whole').successful
    whole = robot.offload('blue', exit=3)
    assert (whole.label, whole.chunks, whole.chunks_used) == ('blue', 0, 0)
    assert cut.bytes > whole.bytes
    assert set_parameters(ros_node, HEAD, sending='chunks', least_chunks=5).successful
    assert robot.ask('red', exit=3).chunks == 5
    assert set_parameters(ros_node, HEAD, codec_level=0).successful
    assert robot.ask('red', exit=3).chunks == 0, 'features are sent whole'
    refused = set_parameters(ros_node, HEAD, sending='pigeon')
    assert not refused.successful
    assert 'whole, chunks' in refused.reason
    assert not set_parameters(ros_node, HEAD, least_chunks=1).successful
    assert_balanced(robot.wait_for_report(in_flight=0))


def test_frames_are_answered_though_a_lossy_link_loses_chunks(processes, ros_node, model):
    tail = start_tail(processes, model, status_period_s=0.05)
    link = processes.node('link_emulator', params={'tail': TAIL})
    robot = start_robot(processes, ros_node, model, tails=['/link'], least_chunks=4)
    robot.offload(exit=3)
    assert set_parameters(ros_node, '/link', loss=0.3).successful
    robot.results.clear()
    wait_until(lambda: robot.see('green', exit=3) and len(robot.results) >= 40, interval=0.06)
    results = robot.results[:40]
    stamps = [result.header.stamp.sec for result in results]
    assert stamps == sorted({*stamps}), 'one result a frame, in order'
    answered = [r for r in results if r.outcome == Inference.OFFLOADED]
    torn = [r for r in answered if r.chunks_used < r.chunks]
    assert len(torn) > 5, 'of 40 frames about 20 lose a chunk but not their answer'
    assert {r.label for r in torn} == {'green'}, 'a colour that is in the base'
    assert all(1 <= r.chunks_used <= r.chunks == 4 for r in answered)
    assert all(r.chunks_used == 0 for r in results if r.outcome != Inference.OFFLOADED)
    assert_balanced(robot.wait_for_report(in_flight=0))
    for process in (tail, link, robot.process):
        process.assert_ends_cleanly()


class Sender:
    """A tail process, and a test that sends it chunks as a robot would."""

    def __init__(self, processes, node, model, **params):
        self.process = start_tail(processes, model, **params)
        self.offloads = Offloads(model)
        self.answers = collect(node, Inference, f'{HEAD}/offloaded', qos.FEATURES)
        self.reports = collect(node, DiagnosticArray, '/diagnostics')
        self.inbox = node.create_publisher(Features, f'{TAIL}/features', qos.FEATURES)
        self.sequence = 0
        self.process.wait_for_line('ready')
        self.process.wait_until(self.inbox.get_subscription_count)
        self.process.wait_until(self._gets_through)
        self.answers.clear()

    def chunks(self, least=3, **frame) -> list[Features]:
        """Give the chunks of a new frame."""
        self.sequence += 1
        return self.offloads.chunks(sequence=self.sequence, level=LEVEL, least=least, **frame)

    def send(self, *chunks: Features) -> int:
        """Send some chunks; give the number of their frame."""
        for chunk in chunks:
            self.inbox.publish(chunk)
        return chunks[0].sequence

    def answer(self, sequence: int) -> Inference:
        """Wait for the answer to a frame."""
        return self.process.wait_until(
            lambda: next((a for a in self.answers if a.sequence == sequence), None)
        )

    def counted(self, **expected: int) -> None:
        """Wait until the newest diagnostics count so much; spaces in names are written as _."""

        def found():
            for status in (s for report in reversed(self.reports) for s in report.status):
                if status.name == TAIL:
                    values = {v.key.replace(' ', '_'): v.value for v in status.values}
                    return {n: str(v) for n, v in expected.items()}.items() <= values.items()
            return False

        self.process.wait_until(found)

    def _gets_through(self) -> bool:
        sequence = self.send(*self.chunks())
        try:
            return wait_until(lambda: any(a.sequence == sequence for a in self.answers), 0.5)
        except AssertionError:
            return False


@pytest.fixture
def sender(processes, ros_node, model):
    return Sender(processes, ros_node, model, chunk_wait_ms=50.0)


def test_a_tail_answers_at_once_or_at_its_bound_and_once(sender):
    whole = sender.answer(sender.send(*sender.chunks()))
    assert (whole.outcome, whole.chunks, whole.chunks_used) == (Inference.OFFLOADED, 3, 3)
    first, middle, last = sender.chunks()
    no_wait = sender.answer(sender.send(first, last))
    assert (no_wait.chunks_used, no_wait.label) == (2, 'green')
    assert no_wait.tail_ms < 50
    sender.send(middle, last)
    first, middle, last = sender.chunks()
    bound = sender.answer(sender.send(first, middle))
    assert bound.chunks_used == 2
    assert 50 <= bound.tail_ms < 1000
    sender.send(last)
    sender.counted(**{'chunks:_late': 3, 'incomplete': 2})
    sequences = [answer.sequence for answer in sender.answers]
    assert sequences == sorted(set(sequences)), 'one answer a frame'


def test_a_frame_never_waits_for_chunks_until_its_robot_has_given_up(processes, ros_node, model):
    sender = Sender(processes, ros_node, model, chunk_wait_ms=1000.0)
    first, *_ = sender.chunks(time_left=0.3)
    answer = sender.answer(sender.send(first))
    assert (answer.outcome, answer.chunks_used) == (Inference.OFFLOADED, 1)
    assert 140 <= answer.tail_ms < 290
    assert sender.process.output.count('refused') == 0


def test_chunks_that_are_none_or_contradict_are_counted_and_change_nothing(sender):
    first, middle, last = sender.chunks()
    strange, damaged, endless = sender.chunks()
    strange.sequence = first.sequence
    strange.chunk, strange.split = 1, 1
    damaged.chunks, endless.deadline_ms = 200, float('nan')
    sequence = sender.send(first, first, strange, damaged, endless, middle, last)
    answer = sender.answer(sequence)
    assert (answer.outcome, answer.chunks_used) == (Inference.OFFLOADED, 3)
    expected = {'chunks:_repeated': 1, 'chunks:_contradicting': 1}
    sender.counted(**expected, **{'refused:_chunk': 1, 'refused:_deadline': 1})
    assert [a.sequence for a in sender.answers] == [sequence]


def test_a_frame_whose_chunks_do_not_decode_is_refused_once(sender):
    chunks = sender.chunks()
    for chunk in chunks:
        chunk.base = 9
    answer = sender.answer(sender.send(*chunks))
    assert answer.outcome == Inference.REFUSED
    assert 'do not decode' in answer.reason
    assert sender.answer(sender.send(*sender.chunks())).outcome == Inference.OFFLOADED
    assert len(sender.answers) == 2
