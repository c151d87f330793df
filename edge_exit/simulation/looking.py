"""What the learned policy of every simulated robot looks at; the same numbers as on a real one."""

from dataclasses import dataclass

import numpy as np

from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.learned_known import Known
from edge_exit.policy.profile import Profile
from edge_exit.simulation.chosen import Candidates
from edge_exit.simulation.features import inputs
from edge_exit.simulation.points import Points
from edge_exit.simulation.simulator import Simulator

# Finest codec level that users allow: that of the policy node's default.
FINEST = 1


@dataclass(frozen=True, slots=True)
class Looked:
    """Inputs of the network: (B, A, FEATURES), (B, GLOBALS), and what is allowed, (B, A)."""

    features: np.ndarray
    world: np.ndarray
    allowed: np.ndarray


def look(
    simulator: Simulator, profile: Profile, candidates: Candidates, last: np.ndarray
) -> tuple[Looked, Known]:
    """Give what all robots know now.

    :param last: candidate that holds in each world, -1 if none does, (B,).
    """
    known = known_of(simulator, profile, last)
    return Looked(*inputs(candidates, known, EnergyModel())), known


def known_of(simulator: Simulator, profile: Profile, last: np.ndarray) -> Known:
    """Put what all robots have measured and what their users want into arrays."""
    link, results, worlds = simulator.sight().link, simulator.results(), simulator.worlds
    wanted, count = worlds.preferences, len(worlds)
    tail = simulator.sight().tail_slowdown
    columns = (
        link.connected, link.goodput_bps, link.goodput_age, link.rtt, link.jitter, link.loss,
        results.head_slowdown, np.zeros(count), np.where(np.isfinite(tail), tail, 1.0),
        results.rate, results.interval, results.offloaded, results.fallback, results.total,
        worlds.deadline,
        wanted.accuracy, wanted.latency, wanted.energy, wanted.bandwidth, wanted.latency_budget,
        np.ones(count), np.full(count, FINEST),
    )  # fmt: skip
    return Known(
        *(np.asarray(column, float)[:, np.newaxis] for column in columns),
        whole_time=sum(profile.segment_times),
        picture_bytes=float(profile.split_bytes[0][0]),
        last=np.asarray(last)[:, np.newaxis],
    )


def points_of_candidates(candidates: Candidates, places: np.ndarray) -> Points:
    """Give the operating points of chosen candidates, (B,)."""
    return Points(
        split=candidates.split[places],
        exit_threshold=candidates.exit_threshold[places].astype(np.float32),
        growth_threshold=np.zeros(len(places)),
        level=candidates.level[places],
        offload=candidates.offload[places],
    )


def forecast_only(looked) -> np.ndarray:
    """Choose what is predicted to be worth most: where learning begins.

    :param looked: anything with the features of candidates, and which are allowed.
    """
    return np.where(looked.allowed, looked.features[:, :, 0], -np.inf).argmax(axis=1)
