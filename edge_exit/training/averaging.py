"""The mean of two trainings' backbones.

Two networks that were trained on from the same weights lie in one basin: between them the network
is as accurate as the better one, or more (Wortsman et al., "Model soups", arXiv 2203.05482, and
"Robust fine-tuning of zero-shot models", arXiv 2109.01903). Here one has learned alone, the other
with early exits: between them are nearly the accuracy of the one and nearly the exits of the other.
"""

from dataclasses import replace

import torch
from torch import nn

from edge_exit.errors import ConfigError
from edge_exit.model.network import MultiExitNetwork

from . import checkpoint
from .material import load_pictures
from .ranges import within
from .trainer import finish


def average(first: str, second: str, share: float, out: str, *, command: str) -> checkpoint.Record:
    """Write a network with the exits of `first` and a backbone between both into `out`/final.

    Its exits see features that they have not learned on: train them on, with regime `frozen`.

    :param first: result of a training (OUT/final); `second` likewise, its exits do not matter.
    :param share: of `second` in each weight and statistic of the backbone, in 0..1.
    :param command: the command line, for the record.
    :raises ConfigError: if the backbones are not the same, or the share is none.
    """
    within('share', share, 0.0, 1.0)
    network, record = checkpoint.load(first)
    other, _ = checkpoint.load(second)
    try:
        for unit, theirs in zip(_backbone(network), _backbone(other), strict=True):
            _mix(unit, theirs, share)
    except (KeyError, ValueError, RuntimeError) as error:
        raise ConfigError(f'"{first}" and "{second}" hold different backbones: {error}') from error
    config = replace(record.settings, out=out)
    return finish(config, network, load_pictures(config)[1], command)


def _backbone(network: MultiExitNetwork) -> list[nn.Module]:
    return [*network.body, network.exits[-1].classifier]


@torch.no_grad()
def _mix(unit: nn.Module, theirs: nn.Module, share: float) -> None:
    given = theirs.state_dict()
    mixed = {
        name: ours.lerp(given[name], share) if ours.is_floating_point() else ours
        for name, ours in unit.state_dict().items()
    }
    unit.load_state_dict(mixed)
