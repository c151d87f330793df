"""The books of a head balance whatever happens, and results leave once each, in frame order."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_exit.inference.ledger import REMEMBERED, Ledger, Verdict
from edge_exit.inference.outcome import Outcome

OUTCOMES = st.sampled_from([Outcome.EXITED, Outcome.OFFLOADED, Outcome.FALLBACK])


class AnyLife(RuleBasedStateMachine):
    """Random lives of a head: images come, are taken, sent, answered, forgotten."""

    def __init__(self):
        super().__init__()
        self.ledger = Ledger()
        self.results = []
        self.taken = 0
        self.sent = set()
        self.answered = set()

    @rule()
    def an_image_arrives(self):
        self.ledger.receive()

    @precondition(lambda self: self.ledger.counts().waiting)
    @rule()
    def an_image_is_dropped(self):
        self.ledger.drop()

    @precondition(lambda self: self.ledger.counts().waiting)
    @rule(deadline=st.floats(0, 10))
    def an_image_is_taken(self, deadline):
        self.taken += 1
        assert self.ledger.take('frame', deadline).sequence == self.taken

    @rule(sequence=st.integers(0, 30))
    def a_frame_is_sent(self, sequence):
        if any(e.sequence == sequence for e in self.ledger.open()):
            self.sent.add(sequence)
        self.ledger.send(sequence)

    @rule(sequence=st.integers(0, 30))
    def an_answer_comes(self, sequence):
        is_open = any(e.sequence == sequence for e in self.ledger.open())
        verdict, entry = self.ledger.answer(sequence)
        assert (entry is not None) == (verdict is Verdict.TIMELY)
        if sequence not in self.sent:
            assert verdict is Verdict.UNKNOWN
        elif sequence in self.answered:
            assert verdict is Verdict.REPEATED
        else:
            assert verdict is (Verdict.TIMELY if is_open else Verdict.LATE)
            self.answered.add(sequence)
        if verdict is Verdict.TIMELY:
            self._leave(self.ledger.close(sequence, Outcome.OFFLOADED, 'answer'))

    @rule(sequence=st.integers(0, 30), outcome=OUTCOMES)
    def a_frame_ends(self, sequence, outcome):
        self._leave(self.ledger.close(sequence, outcome, 'ending'))

    @rule(now=st.floats(0, 10))
    def deadlines_pass(self, now):
        for entry in self.ledger.overdue(now):
            assert entry.deadline <= now
            self._leave(self.ledger.close(entry.sequence, Outcome.FALLBACK, 'deadline'))
        assert (self.ledger.next_deadline() or 11) > now

    def _leave(self, released):
        self.results += [entry.sequence for entry in released or []]

    @invariant()
    def nothing_is_lost(self):
        c = self.ledger.counts()
        assert c.received == c.taken + c.dropped + c.waiting
        assert c.taken == c.exited + c.offloaded + c.fallback + c.in_flight
        assert c.taken == self.taken
        assert len(self.results) == c.taken - c.in_flight

    @invariant()
    def results_leave_once_each_in_frame_order(self):
        assert self.results == list(range(1, len(self.results) + 1))

    @invariant()
    def the_oldest_frame_has_the_earliest_deadline(self):
        deadlines = [entry.deadline for entry in self.ledger.open()]
        assert deadlines == sorted(deadlines)


AnyLife.TestCase.settings = settings(max_examples=80, stateful_step_count=60, deadline=None)
TestAnyLife = AnyLife.TestCase


def taken(ledger, deadline=1.0):
    ledger.receive()
    return ledger.take('frame', deadline).sequence


def test_a_quick_exit_waits_for_the_offloaded_frame_before_it():
    ledger = Ledger()
    slow, quick = taken(ledger), taken(ledger)
    ledger.send(slow)
    assert ledger.close(quick, Outcome.EXITED, 'margin') == []
    assert ledger.counts().in_flight == 2
    released = ledger.close(slow, Outcome.OFFLOADED, 'answer')
    assert [entry.sequence for entry in released] == [slow, quick]


def test_the_first_to_end_a_frame_wins():
    ledger = Ledger()
    frame = taken(ledger)
    assert len(ledger.close(frame, Outcome.FALLBACK, 'deadline')) == 1
    assert ledger.close(frame, Outcome.OFFLOADED, 'answer') is None
    assert ledger.counts().fallback == 1
    assert ledger.counts().offloaded == 0


def test_a_shorter_deadline_holds_for_the_frames_in_front_too():
    ledger = Ledger()
    first, second = taken(ledger, deadline=5.0), taken(ledger, deadline=2.0)
    assert ledger.next_deadline() == 2.0
    assert [entry.sequence for entry in ledger.overdue(2.0)] == [first, second]


def test_late_repeated_and_unknown_answers_are_told_apart():
    ledger = Ledger()
    late, local = taken(ledger), taken(ledger)
    ledger.send(late)
    ledger.close(late, Outcome.FALLBACK, 'deadline')
    assert ledger.answer(late)[0] is Verdict.LATE
    assert ledger.answer(late)[0] is Verdict.REPEATED
    assert ledger.answer(local)[0] is Verdict.UNKNOWN
    assert ledger.answer(999)[0] is Verdict.UNKNOWN
    counts = ledger.counts()
    assert (counts.answers_late, counts.answers_repeated, counts.answers_unknown) == (1, 1, 2)


def test_a_long_life_leaves_no_frame_behind():
    ledger = Ledger()
    for _ in range(3 * REMEMBERED):
        frame = taken(ledger)
        ledger.send(frame)
        ledger.close(frame, Outcome.FALLBACK, 'deadline')
    assert ledger.counts().in_flight == 0
    assert ledger.answer(1)[0] is Verdict.UNKNOWN
    assert len(ledger._answered) == REMEMBERED


def test_nothing_is_taken_that_did_not_arrive():
    with pytest.raises(ValueError, match='no image is waiting'):
        Ledger().take('frame', 1.0)
