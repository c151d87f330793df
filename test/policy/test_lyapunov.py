"""Lyapunov keeps mean latency and energy within their budgets, and is as right as they allow."""

from dataclasses import replace

import pytest
from policy_world import after, ended, seen, wants

from edge_exit.policy.forecast import Forecaster
from edge_exit.policy.lyapunov import LONGEST_QUEUE, STEP, Lyapunov
from edge_exit.policy.reward import reference_of

PERIOD = 0.05


def lived(policy, observation, settings, frames):
    """Let frames end as is predicted of each choice; give the means of the last half of them."""
    latencies, energies, rights = [], [], []
    found = Forecaster().forecast(observation, settings)
    for number in range(frames):
        point = policy.choose(observation, settings)
        row = found.places.index((point.split, point.codec_level, point.offload))
        at = row, found.thresholds.index(point.exit_threshold)
        means = {name: values[at] for name, values in found.means._asdict().items()}
        # The robot's own estimate of a frame's energy must be the predicted one.
        frame = ended(PERIOD * number, total=means['latency'], head=means['joules'] / 0.925)
        observation = after(observation, frame)
        latencies.append(means['latency'])
        energies.append(means['joules'] / reference_of(observation, settings).joules)
        rights.append(means['right'])
    half = frames // 2
    return [sum(values[half:]) / half for values in (latencies, energies, rights)]


NO_LINK = replace(seen(1), link=replace(seen(1).link, connected=False))


def test_generous_budgets_cost_no_accuracy():
    _, _, right = lived(Lyapunov(), NO_LINK, wants(budget=0.1, energy_budget=2.0), 60)
    assert right == pytest.approx(0.93, abs=0.001)


@pytest.mark.parametrize('budget', [0.012, 0.02, 0.026])
def test_mean_latency_is_kept_within_its_budget_and_not_far_below(budget):
    settings = wants(budget=budget, energy_budget=2.0)
    latency, _, right = lived(Lyapunov(), NO_LINK, settings, 300)
    assert 0.85 * budget <= latency <= 1.02 * budget
    assert right > 0.75


def test_mean_energy_is_kept_within_its_budget_too():
    settings = wants(budget=1.0, energy_budget=0.5)
    _, energy, right = lived(Lyapunov(), NO_LINK, settings, 300)
    assert 0.4 <= energy <= 0.51
    assert right > 0.8


def test_budget_whose_weight_is_nothing_is_ignored():
    latency, _, _ = lived(Lyapunov(), NO_LINK, wants(latency=0.0, budget=0.012, energy=0.0), 60)
    assert latency == pytest.approx(0.03)


def test_a_frame_counts_once_however_often_the_policy_is_asked():
    policy, settings = Lyapunov(), wants(budget=0.01, energy_budget=9.0)
    late = after(seen(10), ended(1.0, total=0.03))
    for _ in range(5):
        policy.choose(late, settings)
    assert policy.queues == (pytest.approx(STEP * 2.0), 0.0)


def test_a_budget_that_cannot_be_kept_is_not_remembered_for_ever():
    policy, settings = Lyapunov(), wants(budget=0.001)
    for number in range(3000):
        policy.choose(after(seen(10), ended(number, total=0.5)), settings)
    assert policy.queues[0] == LONGEST_QUEUE
