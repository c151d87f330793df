"""One robot as a gymnasium environment: what a policy sees, chooses, and what comes of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from edge_exit.link.traces import Trace
from edge_exit.simulation.episodes import World
from edge_exit.simulation.features import FEATURES, GLOBALS
from edge_exit.simulation.game import SECONDS, Game
from edge_exit.simulation.looking import Looked


class SplitEnv(gymnasium.Env):
    """Chooses a candidate five times a second.

    Observations hold `features` of each candidate, the `world`, and which candidates are `allowed`;
    one that is not allowed counts as working alone.
    """

    metadata = {'render_modes': []}  # noqa: RUF012 - so gymnasium declares it

    def __init__(
        self,
        world: World,
        families: Mapping[str, Sequence[Trace]],
        *,
        seconds: float = SECONDS,
    ) -> None:
        self.game = Game(world, families, 1, seconds=seconds)
        self.observation_space = observation_space(len(self.game.candidates))
        self.action_space = spaces.Discrete(len(self.game.candidates))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begin an episode in another world; the same seed gives the same one."""
        super().reset(seed=seed)
        looked = self.game.reset(int(self.np_random.integers(2**31)))
        return {name: array[0] for name, array in observation(looked).items()}, {}

    def step(self, action: int) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Let a candidate hold for a step."""
        places = possible(self.game, np.array([action]))
        rewards, over = self.game.step(places)
        seen = {name: array[0] for name, array in observation(self.game.look()).items()}
        return seen, float(rewards[0]), False, over, {}


def observation_space(candidates: int) -> spaces.Dict:
    """Give the form of observations."""

    def box(*shape: int) -> spaces.Box:
        return spaces.Box(-np.inf, np.inf, shape, np.float32)

    return spaces.Dict(
        {
            'features': box(candidates, FEATURES),
            'world': box(GLOBALS),
            'allowed': spaces.MultiBinary(candidates),
        }
    )


def observation(looked: Looked) -> dict[str, np.ndarray]:
    """Give what was looked at in that form, with an axis of worlds in front."""
    allowed = looked.allowed.astype(np.int8)
    return {'features': looked.features, 'world': looked.world, 'allowed': allowed}


def possible(game: Game, places: np.ndarray) -> np.ndarray:
    """Give the candidates themselves, working alone in place of those that are not allowed."""
    allowed = game.look().allowed[np.arange(game.count), places]
    return np.where(allowed, places, len(game.candidates) - 1)
