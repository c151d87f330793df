"""The bandit finds what pays without labels, from frames of its own arms alone."""

import math
from dataclasses import replace

import numpy as np
import pytest
from policy_world import after, ended, seen, wants

from edge_exit.inference.outcome import Outcome
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.arms import Arms
from edge_exit.policy.bandit import ON_ITS_WAY, THRESHOLDS, Bandit, gain, possible

PERIOD = 0.05


class World:
    """A robot whose frames gain by where they are sent; answers come in after a while."""

    def __init__(self, costs, *, lag=0.06):
        self.policy = Bandit()
        self.costs = costs
        self.lag = lag
        self.random = np.random.default_rng(1)
        self.points = []
        self.frames = []

    def live(self, seconds, settings=None):
        begin = len(self.points) * PERIOD
        for step in range(int(seconds / PERIOD)):
            now = begin + step * PERIOD
            recent = [frame for frame in self.frames if frame.at <= now][-64:]
            observation = after(seen(10), *recent, now=now)
            point = self.policy.choose(observation, settings or wants())
            self.points.append(point)
            latency = self.costs(point) + 0.003 * self.random.standard_normal()
            self.frames.append(
                ended(
                    now + latency + self.lag,
                    total=latency + self.lag,
                    outcome=Outcome.OFFLOADED if point.offload else Outcome.EXITED,
                    margin=0.9,
                )
            )
        return self.points[-int(seconds / PERIOD) // 2 :]


def nothing_ended(now):
    return after(seen(10), ended(-9.0), now=now)


def best_share(points, split):
    return sum(point.offload and point.split == split for point in points) / len(points)


def test_it_comes_to_choose_what_pays_most():
    world = World(lambda point: 0.02 if point.offload and point.split == 2 else 0.2)
    assert best_share(world.live(60), 2) > 0.7


def test_it_follows_a_link_that_changes():
    good = {'split': 2}
    world = World(lambda p: 0.02 if p.offload and p.split == good['split'] else 0.2)
    world.live(60)
    good['split'] = 1
    assert best_share(world.live(120), 1) > 0.6


def test_frames_taken_under_an_earlier_arm_are_counted_for_that_arm():
    policy, settings = Bandit(), wants()
    first = policy.choose(nothing_ended(0.0), settings)
    late = ended(2.6, total=2.4)  # taken at 0.2, under the first arm
    policy.choose(nothing_ended(2.5), settings)  # no frame came: next arm
    point = policy.choose(after(seen(10), late, now=2.7), settings)
    assert point.exit_threshold != first.exit_threshold
    arms = [arm for arm in possible(seen(10), settings) if not math.isnan(policy._arms.mean(arm))]
    assert [arm.threshold for arm in arms] == [first.exit_threshold]


@pytest.mark.parametrize('taken', [0.5 * ON_ITS_WAY, -1.0])
def test_frames_that_may_have_been_taken_under_another_point_are_not_counted(taken):
    policy, settings = Bandit(), wants()
    policy.choose(nothing_ended(0.0), settings)
    policy.choose(after(seen(10), ended(taken + 0.02, total=0.02), now=1.0), settings)
    assert all(math.isnan(policy._arms.mean(arm)) for arm in possible(seen(10), settings))


def test_gain_is_confidence_less_weighed_cost():
    settings = wants(energy=0.0, bandwidth=0.0)
    sure = gain(ended(1.0, score=0.9, total=0.05), seen(10), settings)
    assert sure == pytest.approx(0.9 - 0.1 * 0.5)
    hurried = gain(ended(1.0, score=0.9, total=0.05), seen(10), wants(1.0, 4.0, 0.0, 0.0))
    assert hurried == pytest.approx(0.9 - 0.1 * 4 * 0.5)
    assert gain(ended(1.0, margin=0.7, total=0.05), seen(10), settings) == pytest.approx(0.65)
    assert -1 <= gain(ended(1.0, total=1e9), seen(10), settings) <= 1


def test_without_a_tail_only_thresholds_are_tried():
    gone = replace(seen(10), link=LinkQuality())
    assert [arm.threshold for arm in possible(gone, wants())] == list(THRESHOLDS)
    assert not any(arm.place.offload for arm in possible(seen(10), wants(offload=False)))
    small = possible(seen(10), wants(local_segments=1))
    assert {arm.place.split for arm in small} == {0, 1}
    assert all(arm.place.offload for arm in small)


def test_a_new_wish_forgets_what_frames_gained_by_the_old_one():
    world = World(lambda point: 0.02 if point.offload and point.split == 2 else 0.2)
    world.live(30)
    world.policy.choose(nothing_ended(1e3), wants(latency=9.0))
    arms = possible(seen(10), wants())
    assert all(math.isnan(world.policy._arms.mean(arm)) for arm in arms)


def test_every_arm_is_tried_once_and_forgotten_ones_again():
    arms = Arms(memory=50, spread=0.1)
    names = ('good', 'bad', 'worse')
    for _ in range(3):
        arm = arms.best(names)
        arms.gain(arm, {'good': 0.9, 'bad': 0.5, 'worse': 0.1}[arm])
    assert not any(math.isnan(arms.mean(name)) for name in names)
    tried = []
    for _ in range(2000):
        tried.append(arms.best(names))
        arms.gain(tried[-1], {'good': 0.9, 'bad': 0.5, 'worse': 0.1}[tried[-1]])
    assert tried.count('good') > 1800
    assert tried[1000:].count('worse') > 0
