"""What a frame is worth, and that the weights mean the same for every bundle and robot."""

import math

import numpy as np
import pytest

from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.preference import WEIGHTS, Preference
from edge_exit.policy.profile import Profile
from edge_exit.policy.reward import References, references, reward

REFERENCE = References(joules=0.02, wire_bytes=1000.0)
FRAME = {'right': 1.0, 'latency': 0.05, 'joules': 0.01, 'wire_bytes': 500}
# What FRAME costs, or brings, in units of each reference.
UNITS = {'accuracy': 10.0, 'latency': -0.5, 'energy': -0.5, 'bandwidth': -0.5}


def only(weight: str, value: float = 1.0) -> Preference:
    return Preference(**dict.fromkeys(WEIGHTS, 0.0) | {weight: value})


@pytest.mark.parametrize('weight', WEIGHTS)
def test_each_weight_counts_its_own_part_alone_and_in_proportion(weight):
    assert reward(only(weight), REFERENCE, **FRAME) == pytest.approx(UNITS[weight])
    assert reward(only(weight, 3.0), REFERENCE, **FRAME) == pytest.approx(3 * UNITS[weight])


def test_parts_add_up():
    balanced = Preference(1.0, 1.0, 1.0, 1.0)
    assert reward(balanced, REFERENCE, **FRAME) == pytest.approx(sum(UNITS.values()))


def test_a_frame_later_than_its_budget_costs_a_budget_more():
    in_time = reward(only('latency'), REFERENCE, **FRAME | {'latency': 0.1})
    late = reward(only('latency'), REFERENCE, **FRAME | {'latency': 0.1001})
    assert in_time - late == pytest.approx(1.001)
    likely = reward(only('latency'), REFERENCE, **FRAME | {'latency': 0.05}, late=0.25)
    assert likely == pytest.approx(-0.75)


def test_budget_of_twice_the_time_halves_what_time_costs():
    patient = Preference(0, 1, 0, 0, latency_budget=0.2)
    assert reward(patient, REFERENCE, **FRAME) == pytest.approx(-0.25)


def test_arrays_of_frames_give_what_each_frame_gives():
    times = np.array([0.02, 0.15, 0.3])
    together = reward(Preference(), REFERENCE, **FRAME | {'latency': times})
    alone = [reward(Preference(), REFERENCE, **FRAME | {'latency': time}) for time in times]
    assert together == pytest.approx(alone)


def test_whole_network_on_board_costs_one_unit_of_energy_on_every_robot():
    profile = Profile(segment_times=(0.01, 0.03), split_bytes=((900, 300),))
    model = EnergyModel(compute_watts=5.0, idle_watts=3.0)
    for slowdown in (1.0, 32.0):
        reference = references(profile, model, slowdown)
        joules = model.of_frame(0.04 * slowdown, 0, math.inf, 0)
        worth = reward(only('energy'), reference, right=1, latency=1, joules=joules, wire_bytes=0)
        assert worth == pytest.approx(-1.0)
        assert reference.wire_bytes == 900


def test_robot_whose_computing_costs_nothing_more_is_worth_a_finite_number():
    free = EnergyModel(compute_watts=2.0, idle_watts=2.0)
    reference = references(Profile((0.01,), ()), free)
    assert math.isfinite(reward(Preference(), reference, **FRAME))


@pytest.mark.parametrize('value', [-0.1, 10.1, math.nan])
def test_impossible_weights_are_refused_by_name(value):
    with pytest.raises(ValueError, match='energy weighs'):
        Preference(energy=value)


@pytest.mark.parametrize('value', [0.0, -1.0, math.inf, math.nan])
def test_impossible_budgets_are_refused(value):
    with pytest.raises(ValueError, match='latency budget'):
        Preference(latency_budget=value)
