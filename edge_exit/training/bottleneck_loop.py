"""The loop of a bottleneck training."""

import time

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from edge_exit.errors import ConfigError
from edge_exit.model.bottleneck import sent_channels
from edge_exit.model.network import MultiExitNetwork

from . import bottleneck_files as files
from . import bottleneck_table as table
from .batches import Batches
from .bottleneck_config import BottleneckConfig
from .bottleneck_loss import answer_loss, even_out, received
from .bottleneck_setup import answers_after, features_at
from .epochs import run_epochs
from .pictures import Pictures

_REPORT_PICTURES, _WARM_UP_STEPS = 500, 20
# Share of the learning rate for the layers that begin as principal components: they are nearly
# right, and what Adam does to them in the first steps costs more than it brings.
_LINEAR_SCALE = 0.15


class Loop:
    """Bottlenecks, optimiser and data of one training, and where it stands."""

    def __init__(
        self,
        config: BottleneckConfig,
        network: MultiExitNetwork,
        bottlenecks: nn.ModuleDict,
        batches: Batches,
        validation: Pictures,
        position: files.Position,
    ) -> None:
        self._config, self._network, self._bottlenecks = config, network, bottlenecks
        self._batches, self._position = batches, position
        self._some = validation.some(_REPORT_PICTURES)
        self._splits = tuple(int(split) for split in bottlenecks)
        self.optimiser = make_optimiser(bottlenecks, config.lr)

    def run(self) -> None:
        """Train from the present position to the end."""
        run_epochs(
            self._config.epochs, self._batches, self._position,
            begin=self._bottlenecks.train, step=self._step, save=self._save, report=self._report,
        )  # fmt: skip

    def _step(self, pictures: Tensor, _: Tensor) -> float:
        config, steps = self._config, len(self._batches)
        step = self._position.epoch * steps + self._position.step
        for group in self.optimiser.param_groups:
            group['lr'] = config.lr * group['scale'] * _lr_factor(step, steps * config.epochs)
        with torch.no_grad():
            found = features_at(self._network, pictures, self._splits)
            # The answer from the first split on holds those from the others.
            taught = answers_after(self._network, self._splits[0], found[self._splits[0]])
        self.optimiser.zero_grad()
        total = 0.0
        for split in self._splits:
            rng = np.random.default_rng([config.seed, 4, step, split])
            loss = self._loss(split, found[split], taught[split - self._splits[0] :], rng)
            loss.backward()
            total += loss.item()
        if not np.isfinite(total):
            raise ConfigError(f'the loss is {total} at step {step}: lower lr ({config.lr})')
        self.optimiser.step()
        return total / len(self._splits)

    def _loss(
        self, split: int, features: Tensor, taught: list[Tensor], rng: np.random.Generator
    ) -> Tensor:
        config, bottleneck = self._config, self._bottlenecks[str(split)]
        least = sent_channels(config.least_width, bottleneck.plan.channels)
        back = received(bottleneck, features, rng, least)
        loss = answer_loss(
            taught, answers_after(self._network, split, back),
            temperature=config.temperature, early_weight=config.early_weight,
        )  # fmt: skip
        if config.features_weight:
            error = ((back - features) ** 2).mean((1, 2, 3)) / features.var()
            loss = loss + config.features_weight * error
        return even_out(loss)

    def _save(self) -> None:
        files.save_state(self._config, self._position, self._bottlenecks, self.optimiser)

    def _report(self) -> None:
        if self._position.epoch == self._config.epochs:
            return  # the table of all levels comes next
        levels = (table.FEATURES[0], table.slim(1, 4), table.slim(0.25, 4))
        rows = table.measure(self._network, self._bottlenecks, self._some, levels)
        said = ', '.join(f'{r["split"]} {r["level"]} {r["accuracy"]:.1%}' for r in rows)
        clock = time.strftime('%H:%M:%S')
        tqdm.write(f'{clock} epoch {self._position.epoch}: validation accuracy {said}')


def make_optimiser(bottlenecks: nn.ModuleDict, lr: float) -> torch.optim.AdamW:
    """Return Adam whose groups know their share of the learning rate as `scale`."""
    linear = [layer for b in bottlenecks.values() for layer in (b.encoder.conv, b.decoder.patches)]
    begun = {id(p): p for layer in linear for p in layer.parameters()}
    others = [p for p in bottlenecks.parameters() if id(p) not in begun]
    groups = [
        {'params': list(begun.values()), 'scale': _LINEAR_SCALE},
        {'params': others, 'scale': 1.0},
    ]
    return torch.optim.AdamW(groups, lr, weight_decay=1e-4)


def _lr_factor(step: int, steps: int) -> float:
    """Return the share of the peak rate: a short way up, then half a cosine down."""
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    return float(warm * (0.5 + 0.5 * np.cos(np.pi * step / steps)))
