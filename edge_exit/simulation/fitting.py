"""Fitting the scorer to lessons: it learns to choose what is expected to lose least. Needs torch.

No critic and no sampling of actions: the loss is the expectation itself, over all candidates, of
what the policy's choice is worth less than the best, by the lessons. What a lesson saw by chance
averages out over many.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from edge_exit.link.traces import Trace
from edge_exit.policy.learned_model import BOUNDED
from edge_exit.simulation.chosen import Candidates
from edge_exit.simulation.episodes import World
from edge_exit.simulation.looking import Looked, forecast_only
from edge_exit.simulation.scorer import Scorer, allowed_only, drawn
from edge_exit.simulation.teaching import Lesson, lesson

BATCH = 256
# Batches that follow each lesson, drawn from the last LESSONS.
BATCHES = 10
LESSONS = 120
# What loses more than that is bad enough.
WORST = 4.0
RATE = 1e-3
# Share of measurements at each end that do not count as having been seen.
OUTSIDE = 0.002
# One moment of so many is kept for that.
_THINNED = 4
# Weight of the entropy: while it is unsure, it looks around.
ENTROPY = 0.01


class Fitting:
    """Lessons and learning by turns.

    :ivar scorer: what learns.
    """

    def __init__(
        self,
        world: World,
        candidates: Candidates,
        families: Mapping[str, Sequence[Trace]],
        *,
        seed: int,
    ) -> None:
        torch.manual_seed(seed)
        self.scorer = Scorer()
        self._world, self._candidates, self._families = world, candidates, families
        self._random = np.random.default_rng([seed, 3])
        self._optimiser = torch.optim.Adam(self.scorer.parameters(), RATE)
        self._lessons: deque[Lesson] = deque(maxlen=LESSONS)
        self._measured: list[np.ndarray] = []

    def run(self) -> Iterator[dict[str, float]]:
        """Go on for as long as it is asked; give the loss of the policy and of the forecast."""
        while True:
            found = lesson(
                self._world, self._candidates, self._families, self._choose, self._random
            )
            self._lessons.append(found)
            self._measured.append(found.measured[::_THINNED])
            before = _loss_of_forecast(found)
            losses = [self._learn() for _ in range(BATCHES)]
            yield {'loss': float(np.mean(losses)), 'forecast_loss': before}

    def bounds(self) -> dict[str, tuple[float, float]]:
        """Give between what lay nearly all that was measured while it learned."""
        ends = np.nanquantile(np.concatenate(self._measured), (OUTSIDE, 1 - OUTSIDE), axis=0)
        return {
            name: (float(low), float(high)) for name, low, high in zip(BOUNDED, *ends, strict=True)
        }

    def slow_down(self, share: float) -> None:
        """Take smaller steps towards the end; share of the way that is left, 0..1."""
        for group in self._optimiser.param_groups:
            group['lr'] = RATE * max(share, 0.02)

    def state(self) -> dict:
        """Give what a checkpoint needs, tensors and numbers alone."""
        return {
            'scorer': self.scorer.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'measured': torch.from_numpy(np.concatenate(self._measured)),
        }

    def restore(self, state: dict, done: int) -> None:
        """Go on from a checkpoint after so many lessons, with other worlds than before."""
        self.scorer.load_state_dict(state['scorer'])
        self._optimiser.load_state_dict(state['optimiser'])
        self._measured = [state['measured'].numpy()]
        self._random = np.random.default_rng([done, 5])

    def _choose(self, looked: Looked) -> np.ndarray:
        return drawn(self.scorer, looked)

    def _learn(self) -> float:
        features, world, allowed, worse = map(torch.from_numpy, self._batch())
        scores = allowed_only(self.scorer(features, world), allowed)
        chances = torch.softmax(scores, dim=1)
        expected = (chances * worse.clamp(max=WORST)).sum(dim=1).mean()
        entropy = torch.distributions.Categorical(logits=scores).entropy().mean()
        self._optimiser.zero_grad()
        (expected - ENTROPY * entropy).backward()
        torch.nn.utils.clip_grad_norm_(self.scorer.parameters(), 1.0)
        self._optimiser.step()
        return float(expected.detach())

    def _batch(self) -> list[np.ndarray]:
        """Draw moments of four lessons."""
        places = self._random.integers(len(self._lessons), size=4)
        some = [self._lessons[place] for place in places]
        rows = [self._random.integers(len(one), size=BATCH // 4) for one in some]
        return [
            np.concatenate([getattr(one, name)[row] for one, row in zip(some, rows, strict=True)])
            for name in ('features', 'world', 'allowed', 'worse')
        ]


def _loss_of_forecast(found: Lesson) -> float:
    """Give what is lost by following the forecast alone."""
    chosen = forecast_only(found)
    return float(np.minimum(found.worse, WORST)[np.arange(len(found)), chosen].mean())
