"""Training of the learned policy: lessons, then play; kept is what proves good in other worlds."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback
from torch.utils.tensorboard import SummaryWriter

from edge_exit.evaluation.files import write_json, write_whole
from edge_exit.link.traces import Trace
from edge_exit.simulation.chosen import counted
from edge_exit.simulation.fitting import Fitting
from edge_exit.simulation.game import Game
from edge_exit.simulation.looking import Looked
from edge_exit.simulation.ppo import learner, scorer_of
from edge_exit.simulation.scorer import Scorer, best
from edge_exit.simulation.vectorised import SplitVecEnv

CHECKPOINT = 'lessons.pt'
PLAYED = 'played.pt'
# Robots that play at one time.
WORLDS = 64
# Lessons from one checkpoint to the next.
_OFTEN = 10
# Seeds of the worlds in which policies are judged; training draws others.
_JUDGED = (90_001, 90_002, 90_003)
# Shares of what was learned that are judged beside all and nothing of it.
_SHARES = (0.25, 0.5)
# Nothing learned.
FORECAST = 'forecast'
# Standard errors by which something must be better, and by which share of the reward beside that.
SURE, WORTH = 2.0, 0.01


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is learned.

    :ivar lessons: of lessons and learning by turns.
    :ivar steps: of play (proximal policy optimisation), over all robots; 0 for none.
    """

    lessons: int = 300
    steps: int = 300_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it.

    :ivar scorer: the best one, and `kept` what it comes from.
    :ivar bounds: between what lay what was measured.
    :ivar judged: mean reward of each scorer in the judged worlds, by what it comes from.
    """

    scorer: Scorer
    kept: str
    bounds: dict[str, tuple[float, float]]
    judged: dict[str, float]
    seconds: float


def train(
    game: Game,
    families: Mapping[str, Sequence[Trace]],
    folder: Path,
    effort: Effort,
    *,
    resume: bool = False,
    progress: Callable = lambda steps, **_: steps,
) -> Trained:
    """Train a scorer; checkpoints and tensorboard's records go into a folder.

    :param game: worlds to judge in; what it has learned is tried on all of its candidates.
    :param progress: wraps an iterable to show how far it is; called with total, desc and unit.
    """
    start = time.monotonic()
    torch.set_num_threads(1)  # fastest for so small a network
    folder.mkdir(parents=True, exist_ok=True)
    with SummaryWriter(str(folder / 'tensorboard')) as writer:
        fitting = _lessons(game, families, folder, effort, resume, progress, writer)
        learned = {'lessons': fitting.scorer}
        if effort.steps:
            learned['play'] = _play(
                game, families, folder, effort, fitting.scorer, progress, writer
            )
    scorers = {FORECAST: Scorer(), **learned, **_weakened(learned)}
    rewards = {
        name: judge(game, lambda looked, scorer=scorer: best(scorer, looked))
        for name, scorer in scorers.items()
    }
    judged = {name: float(found.mean()) for name, found in rewards.items()}
    write_json(folder / 'judged.json', judged)
    kept = proven(rewards, FORECAST)
    return Trained(scorers[kept], kept, fitting.bounds(), judged, time.monotonic() - start)


def proven(rewards: Mapping[str, np.ndarray], known: str) -> str:
    """Give the name of the best, or of the known one unless another is surely better.

    What is better by chance, or by little, may be far worse where nobody looked: on links beyond
    those of training a forecast still holds, and what was learned is extrapolated.

    :param rewards: of each, in the same worlds, (worlds,).
    """
    gains = {name: found - rewards[known] for name, found in rewards.items()}
    least = {
        name: gain.mean() - SURE * gain.std() / math.sqrt(len(gain)) for name, gain in gains.items()
    }
    worth_it = max(least.values()) > WORTH * abs(rewards[known].mean())
    return max(least, key=least.__getitem__) if worth_it else known


def _weakened(learned: Mapping[str, Scorer]) -> dict[str, Scorer]:
    """Give scorers that add only a share of what they learned to the forecast.

    What they learned of single pictures and links by chance is weakened with the rest.
    """
    return {
        f'{share:g} of {name}': scorer.weakened(share)
        for name, scorer in learned.items()
        for share in _SHARES
    }


def judge(game: Game, choose: Callable[[Looked], np.ndarray]) -> np.ndarray:
    """Give mean rewards in worlds that are the same for everybody, (worlds,)."""
    found = []
    for seed in _JUDGED:
        looked, over = game.reset(seed), False
        steps = []
        while not over:
            rewards, over = game.step(choose(looked))
            steps.append(rewards)
            looked = game.look()
        found.append(np.mean(steps, axis=0))
    return np.concatenate(found)


def _lessons(game, families, folder, effort, resume, progress, writer) -> Fitting:
    fitting = Fitting(game.world, counted(game.world), families, seed=effort.seed)
    done, path = 0, folder / CHECKPOINT
    if resume and path.is_file():
        state = torch.load(path, weights_only=True)
        done = int(state['done'])
        fitting.restore(state, done)
    turns = fitting.run()
    numbers = range(done, max(effort.lessons, done + 1))
    for number in progress(numbers, total=len(numbers), desc='lessons', unit='lesson'):
        fitting.slow_down(1 - number / max(effort.lessons, 1))
        for name, value in next(turns).items():
            writer.add_scalar(f'lessons/{name}', value, number)
        if number % _OFTEN == _OFTEN - 1 or number == numbers[-1]:
            _save({**fitting.state(), 'done': number + 1}, path)
    return fitting


def _play(game, families, folder, effort, scorer, progress, writer) -> Scorer:
    """Let stable-baselines3 improve the scorer."""
    env = SplitVecEnv(game.world, families, WORLDS)
    learned = learner(env, seed=effort.seed)
    scorer_of(learned).load_state_dict(scorer.state_dict())
    bar = progress(range(effort.steps), total=effort.steps, desc='play', unit='step')
    learned.learn(effort.steps, callback=_Showing(bar, writer))
    _save({'scorer': scorer_of(learned).state_dict()}, folder / PLAYED)
    return scorer_of(learned)


def _save(state: dict, path: Path) -> None:
    write_whole(path, lambda file: torch.save(state, file))


class _Showing(BaseCallback):
    """Moves the progress bar, and keeps the mean reward of each rollout."""

    def __init__(self, bar, writer: SummaryWriter) -> None:
        super().__init__()
        self._bar, self._writer = bar, writer

    def _on_step(self) -> bool:
        if hasattr(self._bar, 'update'):
            self._bar.update(self.training_env.num_envs)
        return True

    def _on_rollout_end(self) -> None:
        mean = float(self.model.rollout_buffer.rewards.mean())
        self._writer.add_scalar('play/reward', mean, self.num_timesteps)
        for name, value in self.model.logger.name_to_value.items():
            if name.startswith('train/') and isinstance(value, float):
                self._writer.add_scalar(f'play/{name[6:]}', value, self.num_timesteps)

    def _on_training_end(self) -> None:
        if hasattr(self._bar, 'close'):
            self._bar.close()
