"""Fewer frames are sent the worse the channel is, at the user's own split."""

from dataclasses import replace

from policy_world import PROFILE, seen, wants

from edge_exit.policy.channel_threshold import ChannelThreshold


def chosen(rate, **settings):
    settings = {'split': 1, 'bandwidth': 0.0, 'energy': 0.0, 'latency': 3.0} | settings
    return ChannelThreshold().choose(seen(rate), wants(**settings))


def test_split_and_level_stay_the_users():
    for split, level in [(1, 0), (2, 1), (0, 0)]:
        point = chosen(5, split=split, codec_level=level)
        assert (point.split, point.codec_level, point.offload) == (split, level, True)


def test_a_worse_channel_lets_more_frames_leave_at_the_exit():
    thresholds = [chosen(rate).exit_threshold for rate in (0.05, 0.5, 5, 50)]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]


def test_a_channel_that_loses_frames_is_used_less():
    clean = ChannelThreshold().choose(seen(20), wants(1, 1, 0, 0, split=1))
    lossy = ChannelThreshold().choose(seen(20, loss=0.6), wants(1, 1, 0, 0, split=1, deadline=0.3))
    assert lossy.exit_threshold < clean.exit_threshold


def test_without_a_tail_the_robot_works_alone_and_without_counts_the_threshold_is_the_users():
    gone = replace(seen(5), link=replace(seen(5).link, connected=False))
    assert not ChannelThreshold().choose(gone, wants(split=1)).offload
    plain = seen(5, profile=replace(PROFILE, answers=None))
    assert ChannelThreshold().choose(plain, wants(exit_threshold=0.61)).exit_threshold == 0.61
