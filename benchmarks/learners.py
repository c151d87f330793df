"""Ways to learn a policy, each for the same time of a core: lessons, PPO and DQN of the scorer.

    python benchmarks/learners.py --bundle objects20 --traces FOLDER [--minutes 5]

All begin as the forecast alone, with the same network in the same simulated worlds, and are judged
in other ones, the same for all. `gain` is the mean reward over that of the forecast alone.

- `lessons`: what `edge_exit train-policy --play-steps 0` does;
- `ppo`: its play alone, without lessons;
- `lessons, then ppo`: half of the time each;
- `dqn`: stable-baselines3's DQN; the network's score of a candidate, and a value of the world added
  to it, is the action's worth.
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.dqn.policies import MultiInputPolicy, QNetwork
from torch import Tensor, nn

from edge_exit import bundle as bundles
from edge_exit.simulation.chosen import counted
from edge_exit.simulation.families import gathered
from edge_exit.simulation.fitting import Fitting
from edge_exit.simulation.game import Game
from edge_exit.simulation.ppo import GAMMA, ActorAndCritic, Flat, learner, scorer_of
from edge_exit.simulation.scorer import WIDTH, Scorer, best
from edge_exit.simulation.setting import world_of
from edge_exit.simulation.training import WORLDS, judge
from edge_exit.simulation.vectorised import SplitVecEnv


class Until(BaseCallback):
    """Ends learning when the time is over."""

    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def _on_step(self) -> bool:
        return time.process_time() < self._end


class _Worth(ActorAndCritic):
    """The worth of each action: a value of the world, and what the scorer gives to a candidate."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.level = nn.Linear(WIDTH, 1)
        nn.init.constant_(self.scorer.steepness, 1.0)  # the forecast is a worth already

    def forward(self, row: Tensor) -> Tensor:
        """Give worths, (B, A); what is not allowed counts as working alone, the last one."""
        features, allowed, world = self._parts(row)
        scores = self.scorer(features, world)
        scores = torch.where(allowed > 0.5, scores, scores[:, -1:])
        return self.level(self.forward_critic(row)) + scores


class ScorerWorth(MultiInputPolicy):
    """DQN's policy with that network."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options | {'features_extractor_class': Flat})

    def make_q_net(self) -> QNetwork:
        """Put it in place of stable-baselines3's own network."""
        made = super().make_q_net()
        made.q_net = _Worth(int(self.action_space.n))
        return made


def lessons(env: SplitVecEnv, game: Game, families: dict, end: float) -> Scorer:
    """Learn from what every candidate would have been worth."""
    fitting, start = Fitting(game.world, counted(game.world), families, seed=0), time.process_time()
    for _ in fitting.run():
        left = (end - time.process_time()) / (end - start)
        if left < 0:
            return fitting.scorer
        fitting.slow_down(left)
    raise AssertionError('lessons never end')


def ppo(env: SplitVecEnv, game: Game, families: dict, end: float, begin: Scorer | None = None):
    """Learn by playing."""
    learned = learner(env, seed=0)
    if begin is not None:
        scorer_of(learned).load_state_dict(begin.state_dict())
    learned.learn(10**9, callback=Until(end))
    return scorer_of(learned)


def lessons_then_ppo(env: SplitVecEnv, game: Game, families: dict, end: float) -> Scorer:
    """Learn from lessons first."""
    half = (time.process_time() + end) / 2
    return ppo(env, game, families, end, lessons(env, game, families, half))


def dqn(env: SplitVecEnv, game: Game, families: dict, end: float) -> Scorer:
    """Learn what actions are worth."""
    learned = DQN(
        ScorerWorth, env, learning_rate=3e-4, buffer_size=20_000, learning_starts=2_000,
        batch_size=256, gamma=GAMMA, train_freq=1, gradient_steps=4, target_update_interval=2_000,
        exploration_initial_eps=0.3, exploration_final_eps=0.05, exploration_fraction=1e-4,
        seed=0, device='cpu',
    )  # fmt: skip
    learned.learn(10**9, callback=Until(end))
    return learned.q_net.q_net.scorer


LEARNERS: dict[str, Callable[..., Scorer]] = {
    'lessons': lessons,
    'ppo': ppo,
    'lessons, then ppo': lessons_then_ppo,
    'dqn': dqn,
}


def main() -> None:
    """Let each learn, and judge it."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', 1)[0])
    parser.add_argument('--bundle', default='objects20')
    parser.add_argument('--traces', type=Path, required=True)
    parser.add_argument('--minutes', type=float, default=5.0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    bundle = bundles.load(arguments.bundle)
    families = gathered(0, 40, arguments.traces, 'training')
    world = world_of(bundle, None, learning=True)
    game = Game(world, families, WORLDS, thresholds=world.profile.answers.thresholds)

    def judged(scorer: Scorer) -> np.ndarray:
        return judge(game, lambda looked: best(scorer, looked))

    forecast, rows = judged(Scorer()), []
    for name, learn in LEARNERS.items():
        env = SplitVecEnv(world, families, WORLDS)
        env.seed(0)
        rewards = judged(learn(env, game, families, time.process_time() + 60 * arguments.minutes))
        gain = rewards - forecast
        rows.append(
            {
                'learner': name,
                'reward': rewards.mean(),
                'gain': gain.mean(),
                'ci95': 1.96 * gain.std() / math.sqrt(len(gain)),
            }
        )
        print(rows[-1], flush=True)
    facts = {'threads': 1, 'minutes': arguments.minutes, 'worlds': len(forecast)}
    report.write(f'learners_{bundle.name}', rows, forecast=forecast.mean(), **facts)


if __name__ == '__main__':
    main()
