"""Learning by playing: drawn worlds, a candidate chosen at each step, what its frames are worth."""

from collections.abc import Mapping, Sequence

import numpy as np

from edge_exit.link.traces import Trace
from edge_exit.policy.preference import weight_scale
from edge_exit.simulation.candidates import THRESHOLDS
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
        thresholds: Sequence[float] = THRESHOLDS,
    ) -> None:
        self.world, self.count = world, count
        self.candidates = counted(world, thresholds)
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
        self._looked: Looked | None = None
        return self.look()

    def look(self) -> Looked:
        """Give what the robots know; looked at once a step, however often it is asked for."""
        if self._looked is None:
            profile = self.world.profile
            self._looked = look(self.simulator, profile, self.candidates, self.last)[0]
        return self._looked

    def step(self, places: np.ndarray) -> tuple[np.ndarray, bool]:
        """Let candidates hold for a step.

        :returns: rewards, (B,), and whether the episodes are over.
        """
        stepped = self.simulator.step(points_of_candidates(self.candidates, places))
        mean = stepped.rewards / np.maximum(stepped.frames, 1)
        worth = mean * weight_scale(self.simulator.worlds.preferences)
        reward = np.where(stepped.frames > 0, worth, self._before)
        self.last, self._before = np.asarray(places), reward
        self.step_number += 1
        self._looked = None
        return reward, self.step_number >= self.steps
