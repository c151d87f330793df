"""The network of the learned policy: it scores every candidate in its world. Needs torch."""

import copy

import numpy as np
import torch
from torch import Tensor, nn

from edge_exit.simulation.features import FEATURES, GLOBALS
from edge_exit.simulation.looking import Looked

WIDTH = 64
# A candidate that may not be chosen.
FORBIDDEN = -1e9
# The first feature is what a candidate is predicted to be worth less than the best one: before
# anything is learned, scores follow it so steeply.
STEEPNESS = 6.0


class Scorer(nn.Module):
    """Adds what it learns to the forecast: it begins as a planner and cannot be worse for long."""

    def __init__(self) -> None:
        super().__init__()
        self.of_candidate = nn.Linear(FEATURES, WIDTH)
        self.of_world = nn.Linear(GLOBALS, WIDTH, bias=False)
        self.hidden = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, 1)
        self.steepness = nn.Parameter(torch.tensor(STEEPNESS))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, features: Tensor, world: Tensor) -> Tensor:
        """Give scores.

        :param features: (B, A, FEATURES).
        :param world: (B, GLOBALS).
        :returns: (B, A).
        """
        seen = torch.relu(self.of_candidate(features) + self.of_world(world).unsqueeze(1))
        learned = self.out(torch.relu(self.hidden(seen))).squeeze(2)
        return learned + self.steepness * features[:, :, 0]

    def weakened(self, share: float) -> 'Scorer':
        """Give a scorer that adds only a share of what this one learned to the forecast."""
        other = copy.deepcopy(self)
        with torch.no_grad():
            other.out.weight *= share
            other.out.bias *= share
        return other

    def weights(self) -> dict[str, np.ndarray]:
        """Give what was learned, by name."""
        return {name: tensor.detach().numpy() for name, tensor in self.state_dict().items()}


def allowed_only(scores: Tensor, allowed: Tensor) -> Tensor:
    """Give scores that let nothing be chosen that may not be; both (B, A)."""
    return torch.where(allowed > 0.5, scores, FORBIDDEN)


@torch.no_grad()
def best(scorer: Scorer, looked: Looked) -> np.ndarray:
    """Give the candidate with the highest score in each world, (B,)."""
    return _scores(scorer, looked).argmax(dim=1).numpy()


@torch.no_grad()
def drawn(scorer: Scorer, looked: Looked) -> np.ndarray:
    """Draw a candidate for each world as probably as its score says, (B,)."""
    return torch.distributions.Categorical(logits=_scores(scorer, looked)).sample().numpy()


def _scores(scorer: Scorer, looked: Looked) -> Tensor:
    scores = scorer(torch.from_numpy(looked.features), torch.from_numpy(looked.world))
    return allowed_only(scores, torch.from_numpy(looked.allowed))
