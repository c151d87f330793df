"""When an answer is overdue: RFC 6298 on answers of a tail."""

import math

from hypothesis import given
from hypothesis import strategies as st

from edge_exit.link.patience import DEVIATIONS, LEAST, NEEDED, REMEMBERED, Patience

KIND = ('/tail', 1, 2)


def learn(patience, times, kind=KIND, first=0):
    """Send a frame a second, of which each is answered after its time."""
    for sequence, took in enumerate(times, first):
        patience.send(sequence, kind, float(sequence))
        patience.answer(sequence, sequence + took)


def wait_of(patience, kind=KIND):
    return patience.send(10**6, kind, 100.0) - 100.0


def test_nothing_is_overdue_before_it_is_known_how_long_answers_take():
    patience = Patience()
    learn(patience, [0.02] * (NEEDED - 1))
    assert wait_of(patience) == math.inf
    learn(patience, [0.02], first=NEEDED)
    assert wait_of(patience) < math.inf


def test_as_the_rfc_says():
    patience = Patience()
    learn(patience, [0.1, 0.2, 0.1])
    mean = deviation = None
    for took in (0.1, 0.2, 0.1):
        if mean is None:
            mean, deviation = took, took / 2
        else:
            deviation = 0.75 * deviation + 0.25 * abs(mean - took)
            mean = 0.875 * mean + 0.125 * took
    assert math.isclose(wait_of(patience), mean + DEVIATIONS * deviation)


@given(st.lists(st.floats(1e-4, 5.0), min_size=NEEDED, max_size=60))
def test_it_lies_beyond_the_mean_and_not_far_beyond_all_that_was_seen(times):
    patience = Patience()
    learn(patience, times)
    wait = wait_of(patience)
    assert wait >= min(times) + LEAST - 1e-9
    assert wait <= max(times) + max(DEVIATIONS * max(times), LEAST) + 1e-9


def test_even_answers_leave_little_room_and_uneven_ones_more():
    even, uneven = Patience(), Patience()
    learn(even, [0.02] * 40)
    learn(uneven, [0.01, 0.05] * 20)
    assert math.isclose(wait_of(even), 0.02 + LEAST)
    assert wait_of(uneven) > 0.05 + LEAST


def test_what_answers_take_as_a_rule_is_their_mean():
    patience = Patience()
    assert patience.usual(KIND, 5.0) == 5.0
    learn(patience, [0.02] * 20)
    assert math.isclose(patience.usual(KIND, 5.0), 5.02)


def test_answers_that_come_too_late_teach_too_and_only_once():
    patience = Patience()
    learn(patience, [0.02] * 20)
    before = wait_of(patience)
    patience.send(50, KIND, 50.0)
    patience.answer(50, 51.0)
    after = wait_of(patience)
    assert after > before
    patience.answer(50, 90.0)
    assert wait_of(patience) == after


def test_what_is_sent_otherwise_takes_another_time():
    patience = Patience()
    learn(patience, [0.02] * 5)
    assert wait_of(patience, ('/tail', 0, 2)) == math.inf


def test_it_forgets_frames_that_are_never_answered():
    patience = Patience()
    for sequence in range(REMEMBERED + 10):
        patience.send(sequence, KIND, 0.0)
    for sequence in range(10):
        patience.answer(sequence, 0.02)
    assert wait_of(patience) == math.inf
