"""Dynamic split computing picks what is fastest now, and never what cannot be."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_world import ANY_FLOAT, ANY_LINK, ANY_TAIL

from edge_exit.link.quality import LinkQuality
from edge_exit.policy.dynamic_split import DynamicSplit
from edge_exit.policy.interface import Observation, Outcomes, Settings, TailState
from edge_exit.policy.profile import Profile

# Four segments of 10 ms; the features shrink on the way, and the picture is far too large to send.
PROFILE = Profile(
    segment_times=(0.01,) * 4,
    split_bytes=(
        (10**7,) * 3,
        (64_000, 16_000, 8_000),
        (32_000, 8_000, 4_000),
        (4_000, 1_000, 500),
    ),
)
FAST_TAIL = TailState(service=(0.001,) * 4)


def seen(rate_mbps: float, *, rtt: float = 0.002, loss: float = 0.0, **changes) -> Observation:
    link = LinkQuality(connected=True, goodput_bps=1e6 * rate_mbps, rtt=rtt, loss=loss)
    return Observation(profile=PROFILE, link=link, tail=FAST_TAIL, **changes)


def chosen(observation: Observation, **settings):
    return DynamicSplit().choose(observation, Settings(**settings))


def test_fast_link_sends_early_and_narrow_link_sends_late():
    assert chosen(seen(200)).split == 1
    assert chosen(seen(2), local_segments=3).split == 3


def test_the_predicted_time_is_that_of_the_whole_frame():
    observation = seen(0.1, head_slowdown=2.0)
    more = replace(observation, profile=replace(PROFILE, overhead=0.005))
    assert 'alone: 80.0 ms' in chosen(observation).reason
    assert 'alone: 90.0 ms' in chosen(more).reason


def test_messages_take_time_of_a_slow_robot_too():
    observation = seen(200, head_slowdown=2.0)
    more = replace(observation, profile=replace(PROFILE, sending=0.02, answering=0.01))
    before, after = (float(chosen(one).reason.split()[2]) for one in (observation, more))
    assert after - before == pytest.approx(41.0, abs=0.11)  # its tail is ten times faster


def test_robot_with_the_whole_network_works_alone_where_that_is_faster():
    assert not chosen(seen(0.05)).offload
    assert chosen(seen(200)).offload


def test_robot_with_a_part_of_the_network_offloads_although_alone_would_be_faster():
    point = chosen(seen(0.5), local_segments=3)
    assert point.offload
    assert point.split == 3


def test_split_is_never_one_that_the_robot_does_not_hold():
    assert chosen(seen(0.5), local_segments=2).split == 2


def test_slow_robot_sends_earlier_than_a_fast_one():
    fast, slow = seen(4), seen(4, head_slowdown=8.0)
    assert chosen(fast, local_segments=3).split == 3
    assert chosen(slow, local_segments=3).split == 1


def test_busy_tail_makes_the_robot_work_alone():
    observation = replace(seen(200), tail=TailState(service=(0.005,) * 4, queue=40))
    assert not chosen(observation).offload


def test_without_a_tail_nothing_is_offloaded():
    observation = replace(seen(200), link=LinkQuality(connected=False, goodput_bps=1e8, rtt=0.001))
    point = chosen(observation)
    assert not point.offload
    assert point.reason == 'no tail'


def test_link_that_is_not_measured_is_used_only_by_a_robot_that_needs_it():
    unknown = replace(seen(1), link=LinkQuality(connected=True))
    assert not chosen(unknown).offload
    point = chosen(unknown, local_segments=3)
    assert point.offload
    assert point.split == 3  # the fewest bytes


def test_codec_gets_coarser_only_where_the_deadline_asks_for_it():
    narrow = seen(0.3)
    assert chosen(narrow, codec_level=0, local_segments=3).codec_level == 0
    assert chosen(narrow, codec_level=0, local_segments=3, deadline=0.1).codec_level == 1
    assert chosen(seen(200), codec_level=0, local_segments=3, deadline=0.1).codec_level == 0


def test_link_too_slow_for_the_deadline_is_left_alone():
    point = chosen(seen(0.01), local_segments=3, deadline=0.1)
    assert not point.offload
    assert point.reason == 'link too slow for the deadline'


def test_lossy_link_counts_as_slow():
    clean = chosen(seen(50), deadline=0.2)
    lossy = chosen(seen(50, loss=0.9), deadline=0.2)
    assert clean.offload
    assert not lossy.offload


def longest_wait(split: int, level: int, *, rate: float, goodput: float, frames: int) -> float:
    """Send frames of a camera one after the other, and give the longest wait for the link, s."""
    transfer = 8 * PROFILE.split_bytes[split][level] / goodput
    free, longest = 0.0, 0.0
    for number in range(frames):
        start = max(free, number / rate)
        longest = max(longest, start - number / rate)
        free = start + transfer
    return longest


def test_queue_of_frames_before_a_narrow_link_does_not_grow_without_bound():
    narrow = seen(5, head_slowdown=8.0)
    user = {'codec_level': 0, 'local_segments': 3}
    one = chosen(narrow, **user)
    many = chosen(replace(narrow, outcomes=Outcomes(frames=64, rate=15.0)), **user)
    growing = longest_wait(one.split, one.codec_level, rate=15, goodput=5e6, frames=300)
    bounded = longest_wait(many.split, many.codec_level, rate=15, goodput=5e6, frames=300)
    assert one.split == 1
    assert growing > 5.0
    assert many.offload
    assert bounded < 0.1


def test_only_frames_that_no_exit_lets_go_fill_the_link():
    narrow = seen(6, head_slowdown=8.0)
    hard = Outcomes(frames=64, rate=15.0, exits=(0.0, 0.0, 0.0, 1.0))
    easy = Outcomes(frames=64, rate=15.0, exits=(0.9, 0.0, 0.0, 0.1))
    assert chosen(replace(narrow, outcomes=hard), codec_level=0, local_segments=3).split > 1
    assert chosen(replace(narrow, outcomes=easy), codec_level=0, local_segments=3).split == 1


def test_coarser_level_is_taken_where_the_finest_fills_the_link_at_every_split():
    many = replace(seen(0.3), outcomes=Outcomes(frames=64, rate=15.0))
    point = chosen(many, codec_level=0, local_segments=3)
    assert (point.split, point.codec_level, point.offload) == (3, 1, True)


def test_link_that_carries_no_level_of_so_many_frames_is_left_alone():
    many = replace(seen(0.05), outcomes=Outcomes(frames=64, rate=15.0))
    point = chosen(many, local_segments=3)
    assert not point.offload
    assert point.reason == 'link too narrow for so many frames'


def test_picture_is_not_sent_where_most_frames_would_leave_the_robot_at_its_first_exit():
    small = replace(PROFILE, split_bytes=((3_000,) * 3, *PROFILE.split_bytes[1:]))
    busy = replace(seen(200), profile=small, tail=TailState(service=(0.005,) * 4))
    assert chosen(busy).split == 0
    easy = Outcomes(frames=64, rate=5.0, exits=(0.9, 0.0, 0.0, 0.1))
    point = chosen(replace(busy, outcomes=easy))
    assert (point.split, point.offload) == (1, True)


def test_choice_does_not_flap_on_a_link_between_two_splits():
    policy = DynamicSplit()
    rates = [20 * (1.05 if step % 2 else 0.95) for step in range(40)]
    points = [policy.choose(seen(rate), Settings()) for rate in rates]
    assert len({(point.split, point.offload) for point in points}) == 1


def test_choice_follows_a_link_that_really_changes():
    policy = DynamicSplit()
    settings = Settings(local_segments=3)
    splits = [policy.choose(seen(rate), settings).split for rate in (200, 2, 200)]
    assert splits == [1, 3, 1]


def test_user_may_forbid_offloading():
    assert not chosen(seen(200), offload=False).offload


@given(
    link=ANY_LINK,
    tail=ANY_TAIL,
    slowdown=ANY_FLOAT,
    local=st.integers(0, 4),
    outcomes=st.builds(
        Outcomes,
        rate=st.floats(0, 1e9),
        exits=st.sampled_from([(), (1.0, 0.0, 0.0, 0.0), (0.1, 0.2, 0.3, 0.4), (0.25,) * 4]),
    ),
)
def test_whatever_is_measured_the_choice_is_one_that_the_robot_can_carry_out(
    link, tail, slowdown, local, outcomes
):
    observation = Observation(PROFILE, link, tail, slowdown, outcomes=outcomes)
    policy = DynamicSplit()
    for _ in range(2):
        point = policy.choose(observation, Settings(local_segments=local))
        assert point.is_finite()
        assert 0 <= point.split <= min(local or 4, 3)
        assert 0 <= point.codec_level < 3


def test_small_picture_is_sent_over_a_fast_link_before_anything_runs_here():
    small = replace(PROFILE, split_bytes=((3_000,) * 3, *PROFILE.split_bytes[1:]))
    assert chosen(replace(seen(200), profile=small)).split == 0
    assert not chosen(replace(seen(0.05), profile=small)).offload


def test_model_of_one_segment_can_send_its_picture():
    profile = Profile(segment_times=(0.1,), split_bytes=((3_000,),))
    assert not chosen(Observation(profile)).offload
    point = chosen(replace(seen(200), profile=profile, tail=TailState(service=(0.001,))))
    assert (point.split, point.offload) == (0, True)


@pytest.mark.parametrize('rate', [0.0, -1.0, math.nan, math.inf])
def test_impossible_goodput_is_an_unknown_link(rate):
    point = chosen(seen(rate), local_segments=3)
    assert (point.split, point.reason) == (3, 'link not measured yet')
