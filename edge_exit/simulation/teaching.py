"""Lessons: what every candidate would really have been worth, in worlds where the policy is.

Each world has a copy for each candidate, with the same chance. At every step all candidates are
tried for some steps (bounds.AHEAD), then all copies take the one that the policy chooses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from edge_exit.link.traces import Trace
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.learned_known import Known
from edge_exit.policy.learned_model import BOUNDED
from edge_exit.policy.preference import weight_scale
from edge_exit.simulation.bounds import copies, tried_ahead
from edge_exit.simulation.chosen import Candidates
from edge_exit.simulation.drawing import scene
from edge_exit.simulation.episodes import World
from edge_exit.simulation.features import inputs
from edge_exit.simulation.looking import Looked, known_of, points_of_candidates
from edge_exit.simulation.simulator import STEP

# Worlds of a lesson, and its length, s. Short: so many different ones come together.
WORLDS = 8
SECONDS = 8.0

Choose = Callable[[Looked], np.ndarray]


@dataclass(frozen=True, slots=True)
class Lesson:
    """N moments: what the network takes, and what came of each candidate.

    :ivar worse: what each is worth less than the best, weights of all users brought to a sum of
        four, (N, A).
    :ivar measured: what of BOUNDED was measured, (N, 7); NaN where it was not known.
    """

    features: np.ndarray
    world: np.ndarray
    allowed: np.ndarray
    worse: np.ndarray
    measured: np.ndarray

    def __len__(self) -> int:
        return len(self.worse)


def lesson(
    world: World,
    candidates: Candidates,
    families: Mapping[str, Sequence[Trace]],
    choose: Choose,
    random: np.random.Generator,
) -> Lesson:
    """Play one short episode of WORLDS worlds and try everything at each step."""
    count, steps = len(candidates), round(SECONDS / STEP)
    one = scene(random, families, WORLDS, held=world.table.exits, duration=steps * STEP)
    simulator = world.begin(copies(one, count), seed=int(random.integers(2**31)), alike=count)
    simulator.judge_by_sureness()
    every = points_of_candidates(candidates, np.tile(np.arange(count), WORLDS))
    firsts, last, parts = np.arange(0, count * WORLDS, count), np.full(WORLDS, -1), []
    for _ in range(steps):
        known = _of(known_of(simulator, world.profile, np.repeat(last, count)), firsts)
        looked = Looked(*inputs(candidates, known, EnergyModel()))
        worth = tried_ahead(simulator, every, count) * weight_scale(known)
        last = choose(looked)
        measured = np.concatenate([getattr(known, name) for name in BOUNDED], axis=1)
        parts.append((looked, worth, measured))
        simulator.step(points_of_candidates(candidates, np.repeat(last, count)))
    return _together(parts)


def _together(parts: list[tuple[Looked, np.ndarray, np.ndarray]]) -> Lesson:
    worth = np.concatenate([worth for _, worth, _ in parts])
    allowed = np.concatenate([looked.allowed for looked, _, _ in parts])
    best = np.where(allowed, worth, -np.inf).max(axis=1, keepdims=True)
    return Lesson(
        features=np.concatenate([looked.features for looked, _, _ in parts]),
        world=np.concatenate([looked.world for looked, _, _ in parts]),
        allowed=allowed,
        worse=np.where(allowed, best - worth, 0.0).astype(np.float32),
        measured=np.concatenate([measured for _, _, measured in parts]),
    )


def _of(known: Known, rows: np.ndarray) -> Known:
    values = {field.name: getattr(known, field.name) for field in fields(known)}
    return Known(**{n: v[rows] if isinstance(v, np.ndarray) else v for n, v in values.items()})
