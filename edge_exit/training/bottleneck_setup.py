"""What a bottleneck training begins with: bottlenecks that already work a little."""

import torch
from torch import Tensor, nn

from edge_exit.errors import ConfigError
from edge_exit.model.bottleneck import plan_bottleneck
from edge_exit.model.build import cost
from edge_exit.model.network import MultiExitNetwork

from . import bottleneck_files as files
from .batches import Batches
from .bottleneck_config import BottleneckConfig
from .bottleneck_start import answer_gradients, begin_with_components

_START_PICTURES = 1000


def new_bottlenecks(
    network: MultiExitNetwork, config: BottleneckConfig, batches: Batches
) -> nn.ModuleDict:
    """Return bottlenecks that begin with the principal components of the features.

    :raises ConfigError: for a split that the network has not.
    """
    last = len(network.segments) - 1
    splits = config.splits or tuple(range(1, last + 1))
    if not splits or not set(splits) <= set(range(1, last + 1)):
        raise ConfigError(
            f'splits {splits} do not all exist in "{config.checkpoint}" (splits: 1..{last})'
        )
    features, spent = _first_features(network, batches, splits), cost(network)
    plans = {
        split: plan_bottleneck(tuple(x.shape[1:]), config.encoder_share * spent.upto(split - 1))
        for split, (x, _) in features.items()
    }
    bottlenecks = files.make(plans)
    for split, (x, gradients) in features.items():
        begin_with_components(bottlenecks[str(split)], x, gradients)
    return bottlenecks


def _first_features(
    network: MultiExitNetwork, batches: Batches, splits: tuple[int, ...]
) -> dict[int, list[Tensor]]:
    """Return features of the first pictures at each split, and the gradients of the last exit."""
    draw = torch.Generator().manual_seed(0)
    found: dict[int, list[list[Tensor]]] = {split: [] for split in splits}
    for step, (pictures, _) in enumerate(batches.epoch(0)):
        for split, features in features_at(network, pictures, splits).items():
            features.requires_grad_()
            logits = answers_after(network, split, features)[-1]
            found[split].append([features.detach(), answer_gradients(logits, features, draw)])
        if (step + 1) * len(pictures) >= _START_PICTURES:
            break
    return {
        split: [torch.cat(parts) for parts in zip(*batch, strict=True)]
        for split, batch in found.items()
    }


@torch.no_grad()
def features_at(
    network: MultiExitNetwork, pictures: Tensor, splits: tuple[int, ...]
) -> dict[int, Tensor]:
    """Return the features (N, C, H, W) at each of the splits."""
    found, features = {}, pictures
    for split, segment in enumerate(network.segments[: max(splits)], start=1):
        features = segment(features)
        if split in splits:
            found[split] = features
    return found


def answers_after(network: MultiExitNetwork, split: int, features: Tensor) -> list[Tensor]:
    """Return the logits of every exit after a split."""
    logits = []
    for segment, branch in zip(network.segments[split:], network.exits[split:], strict=True):
        features = segment(features)
        logits.append(branch(features)[0])
    return logits
