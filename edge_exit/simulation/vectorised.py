"""Many robots as one environment of stable-baselines3: all are simulated at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from edge_exit.link.traces import Trace
from edge_exit.simulation.environment import observation, observation_space, possible
from edge_exit.simulation.episodes import World
from edge_exit.simulation.game import SECONDS, Game


class SplitVecEnv(VecEnv):
    """B worlds whose episodes begin and end together."""

    def __init__(
        self,
        world: World,
        families: Mapping[str, Sequence[Trace]],
        count: int,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self.game = Game(world, families, count, seconds=seconds)
        size = len(self.game.candidates)
        self._places = np.zeros(count, np.int64)
        self._total = np.zeros(count)
        super().__init__(count, observation_space(size), spaces.Discrete(size))

    def reset(self) -> dict[str, np.ndarray]:
        """Begin new episodes; those of a seed that was set before are the same each time."""
        seed, self._seeds = self._seeds[0], [None] * self.num_envs
        self._total = np.zeros(self.num_envs)
        return observation(self.game.reset(seed))

    def step_async(self, actions: np.ndarray) -> None:
        """Take what was chosen."""
        self._places = possible(self.game, np.asarray(actions))

    def step_wait(self) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, list[dict]]:
        """Let it hold for a step; episodes that are over begin anew."""
        rewards, over = self.game.step(self._places)
        self._total += rewards
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        seen = observation(self.game.look())
        if over:
            for place, info in enumerate(infos):
                info['terminal_observation'] = {name: seen[name][place] for name in seen}
                info['TimeLimit.truncated'] = True
                total, steps = float(self._total[place]), self.game.steps
                info['episode'] = {'r': total / steps, 'l': steps, 't': 0.0}
            seen = self.reset()
        dones = np.full(self.num_envs, over)
        return seen, rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """Do nothing: there is nothing to give back."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Give an attribute, once for each world."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of all worlds."""
        setattr(self, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list:
        """Refuse: worlds have no methods of their own."""
        raise NotImplementedError(f'{method_name}: worlds of SplitVecEnv have no own methods')

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """Say that no world is wrapped."""
        return [False] * len(list(self._get_indices(indices)))

    def _get_indices(self, indices: Any) -> Iterable[int]:
        return range(self.num_envs) if indices is None else np.atleast_1d(indices)
