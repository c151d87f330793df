"""What a policy learns from results."""

import math
from dataclasses import replace

import pytest

from edge_exit.inference.outcome import Outcome
from edge_exit.policy.ended import Ended
from edge_exit.policy.profile import Profile
from edge_exit.policy.slowness import FEWEST
from edge_exit.policy.statistics import RECENT, Statistics

PROFILE = Profile(segment_times=(0.01, 0.02, 0.03), split_bytes=((100,), (50,)))


def ended(outcome=Outcome.EXITED, *, at=0.0, head=0.01, exit=0, split=2, margin=0.5, total=0.02):
    return Ended(at, outcome, exit, split, margin, total, head, 0)


def test_nothing_is_claimed_before_the_first_result():
    statistics = Statistics(PROFILE)
    assert statistics.head_slowdown() == 1.0
    assert statistics.outcomes(1.0).frames == 0


def test_slowdown_is_the_usual_ratio_to_the_profile_not_the_worst():
    statistics = Statistics(PROFILE)
    for _ in range(5):
        statistics.note(ended(head=0.08))
        statistics.note(ended(Outcome.OFFLOADED, head=0.24, split=2))
    statistics.note(ended(head=5.0))
    assert statistics.head_slowdown() == pytest.approx(8.0)


def test_what_a_frame_takes_beside_the_network_does_not_make_a_robot_slow():
    statistics = Statistics(replace(PROFILE, overhead=0.05))
    for exit_, head in ((0, 0.06), (1, 0.08), (2, 0.11)) * 2:
        statistics.note(ended(head=3 * head, exit=exit_))
    assert statistics.head_slowdown() == pytest.approx(3.0)


def test_a_camera_whose_images_take_long_to_open_does_not_make_a_robot_slow():
    statistics = Statistics(replace(PROFILE, overhead=0.05, opening=0.04))
    assert statistics.opening(3.0) == 0
    for exit_, head in ((0, 0.02), (1, 0.04), (2, 0.07)) * 2:
        statistics.note(replace(ended(head=3 * head + 0.5, exit=exit_), opening=0.5))
    assert statistics.head_slowdown() == pytest.approx(3.0)
    assert statistics.opening(3.0) == pytest.approx(0.5 - 3 * 0.04)


def test_a_frame_that_took_no_longer_than_its_opening_says_nothing():
    statistics = Statistics(PROFILE)
    for _ in range(FEWEST):
        statistics.note(replace(ended(head=0.5), opening=0.5))
    assert statistics.head_slowdown() == 1.0


def test_what_sending_takes_does_not_make_a_robot_slow():
    coding = ((0.01,) * 3,) * 3
    profile = replace(PROFILE, overhead=0.05, around=0.02, encoding_times=coding, sending=0.005)
    statistics = Statistics(profile)
    for split, head in ((1, 0.01 + 0.015), (2, 0.03 + 0.015)) * 3:  # and what is not `around`
        statistics.note(ended(Outcome.OFFLOADED, head=4 * (0.03 + head), split=split))
    assert statistics.head_slowdown() == pytest.approx(4.0)


def test_a_cold_first_frame_does_not_make_a_robot_slow():
    statistics = Statistics(PROFILE)
    statistics.note(ended(head=5.0))
    assert statistics.head_slowdown() == 1.0
    for _ in range(FEWEST - 1):
        statistics.note(ended(head=0.02))
    assert statistics.head_slowdown() == pytest.approx(2.0)


def test_frames_that_are_never_done_in_time_tell_how_slow_a_robot_is_at_least():
    statistics = Statistics(PROFILE)
    for _ in range(FEWEST):  # the first exit has spoken, the second had not yet
        statistics.note(ended(Outcome.FALLBACK, head=0.6, exit=0, split=3))
    assert statistics.head_slowdown() == pytest.approx(0.6 / 0.03)


def test_one_frame_that_was_just_done_in_time_does_not_hide_those_that_were_not():
    statistics = Statistics(PROFILE)
    for _ in range(RECENT - 1):  # given up before the first exit
        statistics.note(ended(Outcome.FALLBACK, head=0.15, exit=-1, split=3))
    statistics.note(ended(head=0.2))
    assert statistics.head_slowdown() == pytest.approx(20.0)


def test_frames_that_fell_back_for_another_reason_do_not_make_a_robot_fast():
    statistics = Statistics(PROFILE)
    for _ in range(FEWEST):
        statistics.note(ended(Outcome.FALLBACK, head=0.001, exit=0, split=2))
        statistics.note(ended(head=0.04))
    assert statistics.head_slowdown() == pytest.approx(4.0)


def test_the_cameras_interval_is_seen_also_by_a_robot_that_lets_images_pass():
    statistics = Statistics(PROFILE)
    for image in (0, 1, 2, 4, 6, 7, 9, 11, 12, 14):  # most gaps are two intervals of 0.05 s
        statistics.note(ended(at=0.05 * image + 0.08, total=0.08))
    assert statistics.outcomes(1.0).interval == pytest.approx(0.05)


def test_an_interval_is_not_known_after_a_few_frames():
    statistics = Statistics(PROFILE)
    for image in range(4):
        statistics.note(ended(at=0.05 * image))
    assert statistics.outcomes(1.0).interval == 0


def test_shares_follow_the_recent_frames():
    statistics = Statistics(PROFILE)
    for _ in range(RECENT):
        statistics.note(ended(Outcome.EXITED))
    for _ in range(RECENT // 2):
        statistics.note(ended(Outcome.FALLBACK))
    outcomes = statistics.outcomes(1.0)
    assert (outcomes.frames, outcomes.exited, outcomes.fallback) == (RECENT, 0.5, 0.5)


def test_results_that_cannot_be_are_left_out():
    statistics = Statistics(PROFILE)
    statistics.note(ended(head=math.nan))
    statistics.note(ended(total=math.inf))
    assert statistics.outcomes(1.0).frames == 0
    assert statistics.head_slowdown() == 1.0


def test_exits_of_robot_and_tail_count_alike_and_a_fallback_as_none():
    statistics = Statistics(PROFILE)
    for frame in (
        ended(exit=0),
        ended(Outcome.OFFLOADED, exit=1),
        ended(Outcome.OFFLOADED, exit=2),
        ended(Outcome.FALLBACK, exit=0),
    ):
        statistics.note(frame)
    assert statistics.outcomes(1.0).exits == (0.25, 0.25, 0.25)


def test_rate_is_that_of_the_recent_results_and_sinks_when_none_come():
    statistics = Statistics(PROFILE)
    for number in range(200):
        statistics.note(ended(at=number / 15))
    assert statistics.outcomes(199 / 15).rate == pytest.approx(15)
    assert statistics.outcomes(199 / 15 + 10).rate < 5


def test_rate_is_not_claimed_from_a_few_results():
    statistics = Statistics(PROFILE)
    for number in range(3):
        statistics.note(ended(at=number / 15))
    assert statistics.outcomes(1.0).rate == 0.0
