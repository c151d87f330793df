"""Energy-aware dynamic split moves along the trade-off that the user's weights name."""

import math
from dataclasses import replace

from policy_world import PROFILE, seen, wants

from edge_exit.link.quality import LinkQuality
from edge_exit.policy.energy_aware import EnergyAware
from edge_exit.policy.forecast import Forecaster
from edge_exit.policy.planning import loss


def chosen(observation, settings):
    return EnergyAware().choose(observation, settings)


def means(observation, settings, point):
    """Give what is predicted of a point."""
    found = Forecaster().forecast(observation, settings)
    place = (point.split, point.codec_level, point.offload)
    row, column = found.places.index(place), found.thresholds.index(point.exit_threshold)
    return {name: values[row, column] for name, values in found.means._asdict().items()}


def test_the_choice_loses_least_of_all():
    for rate in (0.1, 1.0, 10.0, 100.0):
        observation, settings = seen(rate, head_slowdown=4.0), wants()
        found = Forecaster().forecast(observation, settings)
        bad = loss(found, observation, settings)
        point = chosen(observation, settings)
        row = found.places.index((point.split, point.codec_level, point.offload))
        column = found.thresholds.index(point.exit_threshold)
        assert bad[row, column] == bad.min()


def test_each_weight_lowers_what_it_weighs_and_accuracy_raises_right_answers():
    observation = seen(2, head_slowdown=4.0)
    base = wants()
    before = means(observation, base, chosen(observation, base))
    for weight, quantity in [
        ('latency', 'latency'),
        ('energy', 'joules'),
        ('bandwidth', 'wire_bytes'),
    ]:
        heavy = wants(**{weight: 10.0})
        after = means(observation, heavy, chosen(observation, heavy))
        assert after[quantity] <= before[quantity]
    sure = wants(accuracy=10.0)
    assert means(observation, sure, chosen(observation, sure))['right'] > before['right']


def test_weight_of_latency_alone_leaves_at_the_first_exit_and_of_accuracy_alone_never_early():
    observation = seen(2, head_slowdown=4.0)
    hasty = chosen(observation, wants(accuracy=0, energy=0, bandwidth=0))
    careful = chosen(observation, wants(latency=0, energy=0, bandwidth=0, deadline=10.0))
    assert hasty.exit_threshold == 0.0
    assert means(observation, wants(), careful)['right'] >= 0.92


def test_robot_saves_its_battery_by_sending_and_an_expensive_radio_by_not():
    observation = seen(20, head_slowdown=8.0)
    thrifty = wants(latency=0, bandwidth=0)
    assert chosen(observation, thrifty).offload
    hungry = replace(thrifty.energy, radio_joule_per_bit=1e-3)
    assert not chosen(observation, replace(thrifty, energy=hungry)).offload


def test_a_place_is_kept_until_enough_is_saved_but_a_new_wish_is_followed_at_once():
    policy, settings = EnergyAware(), wants(hysteresis=0.9)
    first = policy.choose(seen(50, head_slowdown=8.0), settings)
    other = chosen(seen(0.2, head_slowdown=8.0), settings)
    assert (first.split, first.offload) != (other.split, other.offload)
    kept = policy.choose(seen(0.2, head_slowdown=8.0), settings)
    assert (kept.split, kept.codec_level, kept.offload) == (
        first.split,
        first.codec_level,
        first.offload,
    )
    still = wants(hysteresis=0.9, bandwidth=10.0)
    moved = policy.choose(seen(0.2, head_slowdown=8.0), still)
    assert moved == replace(chosen(seen(0.2, head_slowdown=8.0), still), reason=moved.reason)
    assert (moved.split, moved.codec_level, moved.offload) != (
        first.split,
        first.codec_level,
        first.offload,
    )


def test_small_robot_asks_over_a_link_that_was_never_measured():
    unknown = replace(seen(1), link=LinkQuality(connected=True))
    assert not chosen(unknown, wants()).offload
    point = chosen(unknown, wants(local_segments=2))
    assert (point.split, point.offload) == (2, True)
    assert point.reason.startswith('link not measured yet')
    gone = replace(seen(1), link=LinkQuality(connected=False, goodput_bps=1e8, rtt=0.001))
    assert not chosen(gone, wants(local_segments=2)).offload
    assert chosen(gone, wants()).reason.startswith('no tail')


def test_without_counted_answers_the_threshold_stays_the_users():
    plain = seen(5, profile=replace(PROFILE, answers=None))
    assert chosen(plain, wants(exit_threshold=0.66)).exit_threshold == 0.66


def test_worse_measurements_never_make_it_choose_nonsense():
    for rate in (0.0, -1.0, math.nan, math.inf):
        assert not chosen(seen(rate), wants()).offload
