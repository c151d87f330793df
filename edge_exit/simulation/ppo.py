"""Proximal policy optimisation of the scorer by stable-baselines3."""

from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from edge_exit.simulation.features import FEATURES, GLOBALS
from edge_exit.simulation.scorer import WIDTH, Scorer, allowed_only
from edge_exit.simulation.vectorised import SplitVecEnv

STEPS = 40
BATCH = 320
EPOCHS = 3
RATE = 1e-4
# What a choice leaves behind, in queues and in what is known, is gone after a second or two.
GAMMA = 0.7
LAMBDA = 0.9
ENTROPY = 0.003
CLIP = 0.15


class Flat(BaseFeaturesExtractor):
    """Puts an observation into one row, (B, A * FEATURES + A + GLOBALS)."""

    def __init__(self, space: spaces.Dict) -> None:
        size = space['allowed'].shape[0]
        super().__init__(space, size * (FEATURES + 1) + GLOBALS)

    def forward(self, seen: dict[str, Tensor]) -> Tensor:
        """Flatten."""
        parts = (seen['features'].flatten(1), seen['allowed'].float().flatten(1), seen['world'])
        return torch.cat(parts, dim=1)


class ActorAndCritic(nn.Module):
    """The scorer chooses; a network of the world and of the best forecasts values it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.latent_dim_pi, self.latent_dim_vf = size, WIDTH
        self._size = size
        self.scorer = Scorer()
        self.value = nn.Sequential(
            nn.Linear(GLOBALS + 2 * FEATURES, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU()
        )

    def forward(self, row: Tensor) -> tuple[Tensor, Tensor]:
        """Give scores, (B, A), and what the value follows from, (B, WIDTH)."""
        return self.forward_actor(row), self.forward_critic(row)

    def forward_actor(self, row: Tensor) -> Tensor:
        """Give scores, (B, A)."""
        features, allowed, world = self._parts(row)
        return allowed_only(self.scorer(features, world), allowed)

    def forward_critic(self, row: Tensor) -> Tensor:
        """Give what the value follows from, (B, WIDTH)."""
        features, allowed, world = self._parts(row)
        first = (features[:, :, 0] - 100 * (1 - allowed)).argmax(dim=1)
        best = features[torch.arange(len(row)), first]
        return self.value(torch.cat([world, best, features[:, -1]], dim=1))

    def _parts(self, row: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features, allowed, world = row.split([self._size * FEATURES, self._size, GLOBALS], dim=1)
        return features.view(-1, self._size, FEATURES), allowed, world


class ScorerPolicy(MultiInputActorCriticPolicy):
    """An actor whose scores are the logits of the candidates."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options |= {'features_extractor_class': Flat, 'ortho_init': False}
        super().__init__(*arguments, **options)

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor = ActorAndCritic(self.action_space.n)

    def _build(self, lr_schedule: Any) -> None:
        super()._build(lr_schedule)
        self.action_net = nn.Identity()
        self.optimizer = self.optimizer_class(
            self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs
        )


def learner(env: SplitVecEnv, *, seed: int) -> PPO:
    """Make what learns by playing."""
    return PPO(
        ScorerPolicy, env, learning_rate=lambda left: RATE * max(left, 0.05), n_steps=STEPS,
        batch_size=BATCH, n_epochs=EPOCHS, gamma=GAMMA, gae_lambda=LAMBDA, clip_range=CLIP,
        ent_coef=ENTROPY, seed=seed, device='cpu', verbose=0,
    )  # fmt: skip


def scorer_of(learned: PPO) -> Scorer:
    """Give the network that chooses."""
    return learned.policy.mlp_extractor.scorer
