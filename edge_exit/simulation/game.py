"""Learning by playing: drawn worlds, a candidate chosen at each step, what its frames are worth."""

from collections.abc import Mapping, Sequence

import numpy as np

from edge_exit.link.traces import Trace
from edge_exit.simulation.chosen import counted
from edge_exit.simulation.drawing import RANGES, Ranges, scene
from edge_exit.simulation.episodes import World
from edge_exit.simulation.looking import Looked, look, points_of_candidates
from edge_exit.simulation.simulator import STEP, Simulator

# Length of an episode, s.
SECONDS = 20.0


class Game:
    """Episodes of B worlds, one after the other.

    The reward of a step is the mean worth of the frames taken in it (that of the step before where
    there is none), with the user's weights brought to a sum of four. Answers count by how sure they
    are, which needs no label and varies less than whether they are right; the ease of a picture,
    which nobody can choose, is taken off.

    :ivar candidates: what can be chosen.
    """

    def __init__(
        self,
        world: World,
        families: Mapping[str, Sequence[Trace]],
        count: int,
        *,
        seconds: float = SECONDS,
        ranges: Ranges = RANGES,
    ) -> None:
        self.world, self.count = world, count
        self.candidates = counted(world)
        self.steps = round(seconds / STEP)
        self._families, self._ranges = families, ranges
        self._ease = float(world.table.right[:, -1].mean())
        self._random = np.random.default_rng(0)

    def reset(self, seed: int | None = None) -> Looked:
        """Begin new episodes; the same seed gives the same ones."""
        if seed is not None:
            self._random = np.random.default_rng(seed)
        drawn = scene(
            self._random, self._families, self.count,
            held=self.world.table.exits, duration=self.steps * STEP, ranges=self._ranges,
        )  # fmt: skip
        self.simulator: Simulator = self.world.begin(drawn, seed=int(self._random.integers(2**31)))
        self.simulator.judge_by_sureness(ease=self._ease)
        self.step_number = 0
        self.last = np.full(self.count, -1)
        self._before = np.zeros(self.count)
        return self.look()

    def look(self) -> Looked:
        """Give what the robots know."""
        return look(self.simulator, self.world.profile, self.candidates, self.last)[0]

    def step(self, places: np.ndarray) -> tuple[np.ndarray, bool]:
        """Let candidates hold for a step.

        :returns: rewards, (B,), and whether the episodes are over.
        """
        stepped = self.simulator.step(points_of_candidates(self.candidates, places))
        mean = stepped.rewards / np.maximum(stepped.frames, 1)
        reward = np.where(stepped.frames > 0, mean * self.scale(), self._before)
        self.last, self._before = np.asarray(places), reward
        self.step_number += 1
        return reward, self.step_number >= self.steps

    def scale(self) -> np.ndarray:
        """Give what brings each user's weights to a sum of four, (B,)."""
        wanted = self.simulator.worlds.preferences
        total = wanted.accuracy + wanted.latency + wanted.energy + wanted.bandwidth
        return 4.0 / np.maximum(total, 1e-3)
