"""What a policy learns from results."""

import math

import pytest

from edge_exit.inference.outcome import Outcome
from edge_exit.policy.interface import Profile
from edge_exit.policy.statistics import RECENT, Ended, Statistics

PROFILE = Profile(segment_times=(0.01, 0.02, 0.03), split_bytes=((100,), (50,)))


def ended(outcome=Outcome.EXITED, *, head=0.01, segments=1, margin=0.5, total=0.02):
    return Ended(outcome, margin, total, head, segments, 0)


def test_nothing_is_claimed_before_the_first_result():
    statistics = Statistics(PROFILE)
    assert statistics.head_slowdown() == 1.0
    assert statistics.outcomes().frames == 0


def test_slowdown_is_the_usual_ratio_to_the_profile_not_the_worst():
    statistics = Statistics(PROFILE)
    for _ in range(5):
        statistics.note(ended(head=0.08, segments=1))
        statistics.note(ended(Outcome.OFFLOADED, head=0.24, segments=2))
    statistics.note(ended(head=5.0, segments=1))
    assert statistics.head_slowdown() == pytest.approx(8.0)


def test_shares_follow_the_recent_frames():
    statistics = Statistics(PROFILE)
    for _ in range(RECENT):
        statistics.note(ended(Outcome.EXITED))
    for _ in range(RECENT // 2):
        statistics.note(ended(Outcome.FALLBACK, segments=0))
    outcomes = statistics.outcomes()
    assert (outcomes.frames, outcomes.exited, outcomes.fallback) == (RECENT, 0.5, 0.5)


def test_results_that_cannot_be_are_left_out():
    statistics = Statistics(PROFILE)
    statistics.note(ended(head=math.nan))
    statistics.note(ended(total=math.inf))
    assert statistics.outcomes().frames == 0
    assert statistics.head_slowdown() == 1.0
