"""When a policy chooses: where its robot has time, and never too late."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_exit.control.rhythm import LONGEST, Rhythm

PERIOD = 0.2


def choices(results: list[float], until: float, period: float = PERIOD) -> list[tuple[float, bool]]:
    """Give when a policy chooses, and whether because a frame had left."""
    rhythm, found = Rhythm(), [(0.0, False)]
    rhythm.chosen(0.0)
    ahead = [*sorted(results), math.inf]
    while True:
        due = rhythm.due(period)
        now = min(due, ahead[0])
        if now > until:
            return found
        if now == ahead[0]:
            ahead.pop(0)
            if not rhythm.after_result(now, period):
                continue
        rhythm.chosen(now)
        found.append((now, now < due))


def test_before_the_first_choice_one_is_due():
    assert Rhythm().due(PERIOD) == -math.inf


def test_without_results_choices_come_once_a_period():
    times = [time for time, _ in choices([], 3.1)]
    assert times == pytest.approx([0.2 * index for index in range(16)])


@pytest.mark.parametrize('first', [0.01, 0.1, 0.19])
@pytest.mark.parametrize('interval', [0.16, 0.203, 0.25, 0.3])
def test_choices_follow_the_frames_of_a_camera_that_is_about_as_fast(interval, first):
    results = [first + interval * index for index in range(40)]
    after = choices(results, results[-1])[3:]
    assert all(on_result for _, on_result in after)
    assert [time for time, _ in after] == results[-len(after) :]


def test_of_a_fast_camera_only_some_frames_are_followed():
    results = [0.03 * index for index in range(1, 200)]
    after = choices(results, results[-1])[3:]
    assert all(on_result for _, on_result in after)
    assert len(after) == pytest.approx(results[-1] / PERIOD, rel=0.35)


def test_frames_far_apart_are_not_waited_for():
    results = [0.2 * index for index in range(1, 20)]
    assert len(choices(results, results[-1], period=0.02)) >= results[-1] / 0.02


@given(
    results=st.lists(st.floats(0.001, 2.0), max_size=60),
    period=st.floats(0.02, 1.0),
)
def test_no_choice_comes_much_too_early_or_too_late(results, period):
    """Whatever frames do: a head that hears nothing for a second would choose itself."""
    times, now = [], 0.0
    for gap in results:
        now += gap
        times.append(now)
    found = [time for time, _ in choices(times, now + 5.0, period)]
    gaps = [late - early for early, late in pairwise(found)]
    assert min(gaps) >= 0.75 * period - 1e-9
    assert max(gaps) <= max(period, LONGEST) + 1e-9
