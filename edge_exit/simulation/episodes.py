"""An episode under policies or fixed points, and what came of its frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge_exit.inference.outcome import Outcome
from edge_exit.policy.interface import Policy, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.profile import Profile
from edge_exit.simulation.observing import Observer
from edge_exit.simulation.outcomes import OutcomeTable
from edge_exit.simulation.points import points_of
from edge_exit.simulation.simulator import Scene, Simulator, Stepped

# The first seconds, in which everybody gets to know the link, do not count.
SETTLING = 2.0


@dataclass(frozen=True, slots=True)
class World:
    """What all episodes of a comparison share."""

    profile: Profile
    table: OutcomeTable
    overhead_bytes: int

    def begin(self, scene: Scene, *, seed: int, alike: int = 1) -> Simulator:
        """Begin an episode."""
        return Simulator(
            self.profile, self.table, scene,
            overhead_bytes=self.overhead_bytes, seed=seed, alike=alike,
        )  # fmt: skip


@dataclass(slots=True)
class Account:
    """What is kept of all frames taken; one entry for each.

    :ivar world: in which it was taken.
    """

    worlds: int
    columns: dict[str, list[np.ndarray]] = field(default_factory=dict)
    dropped: int = 0

    def add(self, simulator: Simulator, stepped: Stepped, rows: np.ndarray | None = None) -> None:
        """Keep the frames of a step, of all worlds or of these rows."""
        rows = np.arange(self.worlds) if rows is None else rows
        for all_ends, worth in zip(stepped.ends, stepped.worths, strict=True):
            joules = simulator.energy(all_ends)[rows]
            ends = all_ends.of(rows)
            values = {
                'world': np.arange(self.worlds), 'reward': worth[rows], 'right': ends.right,
                'latency': ends.latency, 'outcome': ends.outcome, 'missed': ends.missed,
                'joules': joules, 'bytes': ends.serialised,
            }  # fmt: skip
            for name, column in values.items():
                self.columns.setdefault(name, []).append(column[ends.taken])
            self.dropped += int(ends.dropped.sum())

    def figures(self) -> dict[str, float]:
        """Give the figures of all frames; the confidence interval is that over worlds."""
        all_of = {name: np.concatenate(parts) for name, parts in self.columns.items()}
        count = max(len(all_of['world']), 1)
        means = self.reward_by_world()
        spread = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else 0.0
        latency = 1e3 * all_of['latency']
        shares = {
            outcome.name.lower(): float((all_of['outcome'] == outcome).mean())
            for outcome in (Outcome.EXITED, Outcome.OFFLOADED, Outcome.FALLBACK)
        }
        return {
            'reward_mean': float(means.mean()),
            'reward_ci95': float(1.96 * spread),
            'accuracy': float(all_of['right'].mean()),
            'latency_ms_mean': float(latency.mean()),
            'latency_ms_p50': float(np.percentile(latency, 50)),
            'latency_ms_p99': float(np.percentile(latency, 99)),
            'deadline_miss_rate': float(all_of['missed'].mean()),
            'energy_j_per_frame': float(all_of['joules'].mean()),
            'bytes_per_frame': float(all_of['bytes'].mean()),
            **shares,
            'dropped': self.dropped / (self.dropped + count),
            'frames': count,
        }

    def reward_by_world(self) -> np.ndarray:
        """Give the mean reward of each world's frames, (worlds,); worlds without any left out."""
        world = np.concatenate(self.columns['world'])
        total = np.bincount(world, np.concatenate(self.columns['reward']), self.worlds)
        count = np.bincount(world, minlength=self.worlds)
        return total[count > 0] / count[count > 0]


def under_policies(
    world: World,
    scene: Scene,
    make: Callable[[], Policy],
    settings: Sequence[Settings],
    *,
    seed: int,
) -> Account:
    """Run an episode in which each world has its own policy of one kind.

    :param settings: of each world.
    """
    simulator = world.begin(scene, seed=seed)
    observer = Observer(simulator, world.profile)
    policies = [make() for _ in settings]
    account = Account(len(policies))
    while not over(simulator, scene):
        chosen = [
            policy.choose(observation, wanted)
            for policy, observation, wanted in zip(
                policies, observer.observe(), settings, strict=True
            )
        ]
        counts = simulator.now >= SETTLING
        stepped = simulator.step(_points(world, simulator, chosen))
        if counts:
            account.add(simulator, stepped)
    return account


def over(simulator: Simulator, scene: Scene) -> bool:
    """Say whether an episode has come to its end."""
    return simulator.now > scene.duration - 1e-9


def _points(world: World, simulator: Simulator, chosen: Sequence[OperatingPoint]):
    held = simulator.worlds.held
    return points_of(chosen, held, world.table.splits, world.table.levels)
