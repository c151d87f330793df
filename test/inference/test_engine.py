"""A head's engine on a real network: every frame ends once, in order, in time."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from support import wait_until
from tiny_bundle import (
    BOTTLENECK,
    CLASSES,
    SEGMENTS,
    SLIM,
    THRESHOLD,
    picture,
    write_tiny_bundle,
)

from edge_exit.coding import Coding, decode
from edge_exit.errors import ImageError
from edge_exit.inference.engine import HeadEngine
from edge_exit.inference.flights import Limits
from edge_exit.inference.head_worker import Outlet
from edge_exit.inference.ledger import Verdict
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.requests import TailRequest
from edge_exit.inference.result import Answer
from edge_exit.inference.tail_session import TailSession
from edge_exit.policy.operating_point import OperatingPoint

DEADLINE = 0.3
# A result may leave one frame after its deadline, and as late as threads wake on a busy machine.
LATE = 0.066
# A segment that is said to take so long leaves a robot time that is late for it.
LONG = 0.04
POINT = OperatingPoint(
    split=2, exit_threshold=THRESHOLD, growth_threshold=0.0, codec_level=0, offload=True
)


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


class Robot:
    """An engine, what it sent and what it published; `tail` is the name that frames may go to.

    :param service: how long each segment is said to take, s; as long as it does if None.
    """

    def __init__(
        self,
        bundle,
        *,
        segments=SEGMENTS,
        point=POINT,
        deadline=DEADLINE,
        max_in_flight=16,
        service=None,
    ):
        self.bundle = bundle
        self.network = SegmentedNetwork(bundle, segments=range(segments))
        if service is not None:
            self.network.service = lambda index: service
        self.tail = '/edge/tail'
        self.sent, self.results, self.errors = [], [], []
        self.open_picture = self.check_picture
        self.publish = self.results.append
        self.transmit = self.sent.append
        outlet = Outlet(
            open_picture=lambda image: self.open_picture(image),
            choose_tail=lambda point: (self.tail, 'no tail') if point.offload else (None, 'off'),
            pack=lambda offload: (100, lambda: self.transmit(offload)),
            publish=lambda result: self.publish(result),
            failed=self.errors.append,
        )
        limits = Limits(deadline, max_in_flight)
        self.engine = HeadEngine(bundle, self.network, outlet, limits, point)
        self.engine.start()

    @staticmethod
    def check_picture(image):
        if isinstance(image, str):
            raise ImageError(image)
        return image

    def see(self, color='green', exit=0, tag=None):
        self.engine.offer(picture(color, exit), tag)

    def take(self, *args, **kwargs):
        """See an image and wait until it is taken."""
        taken = self.engine.counts().taken
        self.see(*args, **kwargs)
        wait_until(lambda: self.engine.counts().taken > taken, interval=0.001)

    def wait_for(self, count):
        wait_until(lambda: len(self.results) >= count, interval=0.001)
        return self.results


def in_time(machine, *results):
    """Say whether results left as soon as can be asked for after the deadline."""
    return all(result.total < DEADLINE + LATE + 2 * machine.late for result in results)


@pytest.fixture
def robot(bundle):
    robots = []

    def make(**options):
        robots.append(Robot(bundle, **options))
        return robots[-1]

    yield make
    for made in robots:
        made.engine.stop()


def answer_to(robot, offload):
    """Give the answer that a real tail would give."""
    session = TailSession(robot.bundle, SegmentedNetwork(robot.bundle))
    request = TailRequest(
        robot.bundle.model_id, offload.split, offload.exit_threshold, offload.belief, offload.coded
    )
    found = session.run([session.accept(request)])[0]
    return Answer(
        sequence=offload.sequence,
        outcome=Outcome.OFFLOADED,
        exit=found.exit,
        posterior=found.belief.posterior,
        margin=float(found.belief.margin),
        finished_by='/edge/tail',
        reason='last exit',
        tail_time=0.002,
        tail_compute=0.001,
    )


def refusal_of(offload):
    return Answer(
        sequence=offload.sequence,
        outcome=Outcome.REFUSED,
        exit=-1,
        posterior=np.empty(0, np.float32),
        margin=0.0,
        finished_by='/edge/tail',
        reason='another model',
        tail_time=0.0,
        tail_compute=0.0,
    )


def assert_in_order_and_balanced(robot):
    counts = robot.engine.counts()
    assert [r.sequence for r in robot.results] == list(range(1, len(robot.results) + 1))
    assert counts.received == counts.taken + counts.dropped + counts.waiting
    assert counts.taken == (counts.exited + counts.offloaded + counts.fallback + counts.in_flight)


def test_a_sure_frame_leaves_at_its_exit_and_runs_no_further_segment(robot):
    head = robot()
    before = list(head.network.runs)
    head.see('blue', 0, tag='stamp')
    result = head.wait_for(1)[0]
    assert result.tag == 'stamp'
    assert (result.outcome, result.conclusion.exit) == (Outcome.EXITED, 0)
    assert CLASSES[result.conclusion.posterior.argmax()] == 'blue'
    assert result.conclusion.reason == 'margin'
    assert [after - b for after, b in zip(head.network.runs, before, strict=True)] == [1, 0, 0, 0]
    assert 0 < result.head <= result.total


def test_an_unsure_frame_is_sent_at_the_split_and_the_tail_finishes_it(robot):
    head = robot(segments=2)
    head.see('red', 3)
    wait_until(lambda: head.sent)
    offload = head.sent[0]
    assert offload.split == 2
    assert 0 < offload.time_left <= DEADLINE
    assert decode(offload.coded, shape=head.bundle.splits[2].shape).dtype == np.float32
    assert head.engine.answer(answer_to(head, offload)) is Verdict.TIMELY
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit, result.split) == (Outcome.OFFLOADED, 3, 2)
    assert result.conclusion.finished_by == '/edge/tail'
    assert CLASSES[result.conclusion.posterior.argmax()] == 'red'
    assert result.wire_bytes == 100
    assert result.conclusion.link > 0


def test_at_split_0_the_picture_is_sent_before_anything_runs(robot):
    head = robot(point=replace(POINT, split=0))
    before = list(head.network.runs)
    head.see('red', 0)
    wait_until(lambda: head.sent)
    offload = head.sent[0]
    assert offload.split == 0
    assert offload.coded.coding == Coding.JPEG
    assert offload.belief.remaining == 1
    assert head.engine.answer(answer_to(head, offload)) is Verdict.TIMELY
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit, result.split) == (Outcome.OFFLOADED, 0, 0)
    assert CLASSES[result.conclusion.posterior.argmax()] == 'red'
    assert head.network.runs == before
    assert result.head > 0, 'coding the picture is counted'


@pytest.mark.parametrize(('segments', 'last'), [(SEGMENTS, 3), (2, 1)])
def test_a_robot_that_sent_the_picture_in_vain_runs_what_it_holds_from_the_start(
    machine, robot, segments, last
):
    head = robot(segments=segments, point=replace(POINT, split=0), service=LONG)
    before = list(head.network.runs)
    head.see('red', 3)
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit, result.split) == (Outcome.FALLBACK, last, 0)
    assert result.conclusion.reason == 'deadline'
    assert CLASSES[result.conclusion.posterior.argmax()] == 'red'
    assert in_time(machine, result)
    runs = [after - b for after, b in zip(head.network.runs, before, strict=True)]
    assert runs == [1] * (last + 1) + [0] * (SEGMENTS - 1 - last)


def test_a_slim_level_sends_the_first_channels_of_the_code(robot):
    head = robot(point=replace(POINT, split=BOTTLENECK, codec_level=SLIM))
    head.see('blue', 3)
    wait_until(lambda: head.sent)
    offload = head.sent[0]
    assert (offload.split, offload.coded.width, offload.coded.shape[0]) == (BOTTLENECK, 4, 4)
    head.engine.answer(answer_to(head, offload))
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit) == (Outcome.OFFLOADED, 3)
    assert CLASSES[result.conclusion.posterior.argmax()] == 'blue'


def test_a_quick_exit_waits_behind_an_offloaded_frame(robot):
    head = robot(segments=2)
    head.take('red', 3)
    head.take('blue', 0)
    wait_until(lambda: head.sent)
    head.engine.answer(answer_to(head, head.sent[0]))
    head.wait_for(2)
    assert [r.outcome for r in head.results] == [Outcome.OFFLOADED, Outcome.EXITED]
    assert_in_order_and_balanced(head)


def test_a_small_robot_gives_its_best_belief_at_the_deadline(machine, robot):
    head = robot(segments=2)
    head.see('red', 3)
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit) == (Outcome.FALLBACK, 1)
    assert result.conclusion.reason == 'deadline'
    assert result.total >= DEADLINE
    assert in_time(machine, result)
    assert CLASSES[result.conclusion.posterior.argmax()] == 'red'


def test_a_robot_with_the_whole_network_finishes_alone_before_the_deadline(machine, robot):
    head = robot(service=LONG)
    head.see('red', 3)
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit) == (Outcome.FALLBACK, 3)
    assert in_time(machine, result)
    assert head.sent


def test_finishing_alone_may_leave_at_a_later_exit(robot):
    head = robot(service=LONG)
    before = head.network.runs[3]
    head.see('red', 2)
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit) == (Outcome.FALLBACK, 2)
    assert head.network.runs[3] == before


def test_an_answer_in_time_spares_the_robot_the_rest(robot):
    head = robot()
    before = head.network.runs[2]
    head.see('red', 3)
    wait_until(lambda: head.sent)
    head.engine.answer(answer_to(head, head.sent[0]))
    assert head.wait_for(1)[0].outcome is Outcome.OFFLOADED
    wait_until(lambda: time.sleep(DEADLINE) is None)
    assert head.network.runs[2] == before
    assert len(head.results) == 1


def answered(head, count):
    """Let the tail answer some frames at once, so that the robot knows how long that takes."""
    for number in range(count):
        head.see('red', 3)
        wait_until(lambda wanted=number + 1: len(head.sent) >= wanted, interval=0.001)
        head.engine.answer(answer_to(head, head.sent[-1]))
        head.wait_for(number + 1)


def test_a_frame_whose_answer_is_overdue_is_finished_alone_by_an_idle_robot(robot):
    head = robot(deadline=10.0)
    answered(head, 8)
    head.see('red', 3)
    result = head.wait_for(9)[-1]
    assert (result.outcome, result.conclusion.exit) == (Outcome.FALLBACK, 3)
    assert result.conclusion.reason == 'overdue'
    assert result.total < 10.0
    assert head.engine.answer(answer_to(head, head.sent[-1])) is Verdict.LATE
    assert_in_order_and_balanced(head)


def test_a_refused_frame_falls_back_at_once(robot):
    head = robot(segments=2)
    head.see('red', 3)
    wait_until(lambda: head.sent)
    head.engine.answer(refusal_of(head.sent[0]))
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.reason) == (
        Outcome.FALLBACK,
        'refused: another model',
    )
    assert result.total < DEADLINE


def test_a_refused_frame_is_finished_alone_at_once_by_a_robot_that_can(robot):
    head = robot()
    head.see('red', 3)
    wait_until(lambda: head.sent)
    head.engine.answer(refusal_of(head.sent[0]))
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.exit) == (Outcome.FALLBACK, 3)
    assert result.total < DEADLINE / 2


def test_late_and_repeated_answers_change_nothing(robot):
    head = robot(segments=2)
    head.see('red', 3)
    head.wait_for(1)
    answer = answer_to(head, head.sent[0])
    assert head.engine.answer(answer) is Verdict.LATE
    assert head.engine.answer(answer) is Verdict.REPEATED
    head.engine.disown()
    counts = head.engine.counts()
    assert (counts.answers_late, counts.answers_repeated, counts.answers_unknown) == (1, 1, 1)
    assert len(head.results) == 1


def test_without_a_tail_the_robot_runs_all_that_it_holds(robot):
    whole, small = robot(), robot(segments=3)
    whole.tail = small.tail = None
    whole.see('red', None)
    small.see('red', None)
    result = whole.wait_for(1)[0]
    assert (result.outcome, result.conclusion.reason) == (Outcome.EXITED, 'last exit')
    result = small.wait_for(1)[0]
    assert (result.outcome, result.conclusion.reason) == (Outcome.FALLBACK, 'no tail')
    assert result.conclusion.exit == 2
    assert result.total < DEADLINE / 2
    assert not whole.sent
    assert not small.sent


def test_a_frame_that_cannot_be_sent_falls_back_at_once(robot):
    head = robot(segments=2)

    def broken(offload):
        raise OSError('no buffer space')

    head.transmit = broken
    head.see('red', 3)
    result = head.wait_for(1)[0]
    assert (result.outcome, result.conclusion.reason) == (Outcome.FALLBACK, 'not sent')
    assert result.total < DEADLINE
    assert 'no buffer space' in str(head.errors[0])


def test_an_operating_point_holds_from_the_next_frame(robot):
    head = robot(segments=3)
    head.take('red', 3)
    wait_until(lambda: head.sent)
    head.engine.set_point(
        OperatingPoint(
            split=3, exit_threshold=2.0, growth_threshold=0.0, codec_level=2, offload=True
        )
    )
    head.take('red', 0)
    wait_until(lambda: len(head.sent) == 2)
    assert [offload.split for offload in head.sent] == [2, 3]
    assert [offload.coded.coding for offload in head.sent] == [32, 4]


def test_slow_growth_sends_a_frame_before_the_split(robot):
    point = OperatingPoint(
        split=3, exit_threshold=THRESHOLD, growth_threshold=1.0, codec_level=1, offload=True
    )
    head = robot(point=point)
    head.see('red', None)
    wait_until(lambda: head.sent)
    assert head.sent[0].split == 2


def test_an_image_that_is_none_is_dropped_and_counted(robot):
    head = robot()
    head.engine.offer('not a picture', None)
    head.take('green', 0)
    head.wait_for(1)
    counts = head.engine.counts()
    assert (counts.received, counts.dropped, counts.taken) == (2, 1, 1)
    assert not head.errors


@pytest.mark.filterwarnings('error')
def test_no_error_ends_the_worker(robot, monkeypatch):
    head = robot()
    run = head.network.run

    def broken(index, inputs, rows):
        if index == 1:
            raise MemoryError('broken on purpose')
        return run(index, inputs, rows)

    monkeypatch.setattr(head.network, 'run', broken)
    head.take('red', 3)
    head.open_picture = lambda image: {}['broken too']
    head.see('red', 3)
    wait_until(lambda: head.engine.counts().dropped)
    head.open_picture = head.check_picture
    head.see('green', 0)
    head.wait_for(2)
    assert [r.outcome for r in head.results] == [Outcome.FALLBACK, Outcome.EXITED]
    assert head.results[0].conclusion.exit == 0
    assert [type(error) for error in head.errors] == [MemoryError, KeyError]


def test_an_error_before_the_first_exit_gives_the_uniform_belief(robot, monkeypatch):
    head = robot()
    monkeypatch.setattr(head.network, 'run', lambda index, *given: 1 / 0)
    head.see()
    conclusion = head.wait_for(1)[0].conclusion
    assert conclusion.exit == -1
    np.testing.assert_allclose(conclusion.posterior, 1 / 3)


def test_a_worker_that_hangs_keeps_no_result_back(machine, robot, monkeypatch):
    head = robot()
    go_on = threading.Event()
    run = head.network.run
    monkeypatch.setattr(
        head.network, 'run', lambda index, *given: (index and go_on.wait(), run(index, *given))[1]
    )
    head.see('red', 3)
    result = head.wait_for(1)[0]
    go_on.set()
    assert (result.outcome, result.conclusion.exit) == (Outcome.FALLBACK, 0)
    assert result.total >= DEADLINE
    assert in_time(machine, result)
    assert result.head >= DEADLINE - LATE  # what it still computes is counted


def test_no_more_frames_are_under_way_than_allowed(robot):
    head = robot(segments=2, max_in_flight=2)
    for _ in range(10):
        head.see('red', 3)
        time.sleep(0.01)
    assert head.engine.counts().in_flight == 2
    assert head.engine.counts().dropped == 7
    head.wait_for(3)
    assert_in_order_and_balanced(head)


def test_stopping_gives_every_taken_frame_its_result_and_starting_again_works(robot):
    head = robot(segments=2)
    for _ in range(3):
        head.take('red', 3)
    head.engine.stop()
    assert [r.conclusion.reason for r in head.results] == ['stopped'] * 3
    head.see()
    assert head.engine.counts().dropped == 1
    head.engine.start()
    head.see('green', 0)
    assert head.wait_for(4)[3].outcome is Outcome.EXITED
    assert_in_order_and_balanced(head)


def test_a_hard_life_loses_no_frame(machine, robot):
    """Frames at 200 Hz; a tail that answers, refuses, answers twice, late or not at all."""
    head = robot(segments=2, max_in_flight=64)
    random = np.random.default_rng(1)
    published = []

    def publish(result):
        published.append(time.monotonic())
        head.results.append(result)

    head.publish = publish

    def tail(offload):
        head.sent.append(offload)
        delay, kind = random.uniform(0, 1.2 * DEADLINE), random.integers(4)
        if kind == 3:
            return
        answer = refusal_of(offload) if kind == 2 else answer_to(head, offload)
        for repeat in range(1 + (kind == 1)):
            timer = threading.Timer(delay + 0.01 * repeat, head.engine.answer, [answer])
            timer.daemon = True
            timer.start()

    head.transmit = tail
    for _ in range(200):
        head.see('red', random.choice([0, 3]))
        time.sleep(0.005)
    wait_until(lambda: not head.engine.counts().in_flight)
    counts = head.engine.counts()
    assert counts.taken == len(head.results)
    assert counts.received == 200 == counts.taken + counts.dropped
    assert min(counts.exited, counts.offloaded, counts.fallback) > 5
    assert in_time(machine, *head.results)
    assert_in_order_and_balanced(head)
