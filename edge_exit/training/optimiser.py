"""Nesterov SGD under a triangular learning rate, and an average of the weights."""

import copy

import torch
from torch import Tensor, nn

from edge_exit.model.network import MultiExitNetwork

from .config import TrainConfig

_START, _PEAK_AT, _END = 0.2, 0.23, 0.01  # of the peak rate, of all steps, of the peak rate


def lr_factor(step: int, steps: int) -> float:
    """Return the share of the peak learning rate at a step: linear up, then linear down."""
    peak = max(1, round(_PEAK_AT * steps))
    if step < peak:
        return _START + (1 - _START) * step / peak
    return 1 - (1 - _END) * (step - peak) / max(1, steps - peak)


def make_optimiser(network: MultiExitNetwork, config: TrainConfig) -> torch.optim.SGD:
    """Return SGD whose groups know their share of the learning rate as `scale`."""
    groups = []
    for is_backbone, is_norm_bias in ((a, b) for a in (False, True) for b in (False, True)):
        scale = config.backbone_lr if is_backbone else 1.0
        scale *= config.bias_lr if is_norm_bias else 1.0
        parameters = [
            p
            for p, backbone, norm_bias in _trainable(network)
            if (backbone, norm_bias) == (is_backbone, is_norm_bias)
        ]
        if parameters and scale:
            # decay per step is lr * weight_decay: a group with a higher rate must not decay faster
            decay = config.weight_decay / max(scale, 1.0)
            groups.append({'params': parameters, 'scale': scale, 'weight_decay': decay})
    return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=True)


def _trainable(network: MultiExitNetwork) -> list[tuple[nn.Parameter, bool, bool]]:
    """Return (parameter, belongs to the backbone, is the bias of a normalisation)."""
    backbone = {id(p) for p in network.segments.parameters()}
    norm_biases = {
        id(m.bias) for m in network.modules() if isinstance(m, nn.BatchNorm2d) and m.affine
    }
    return [
        (p, id(p) in backbone, id(p) in norm_biases)
        for p in network.parameters()
        if p.requires_grad
    ]


def set_lr(optimiser: torch.optim.SGD, lr: float) -> None:
    """Give every group its share of the learning rate."""
    for group in optimiser.param_groups:
        group['lr'] = lr * group['scale']


class WeightAverage:
    """Exponential average of weights and normalisation statistics.

    :param decay: how much of the average stays at each step, once enough steps have been seen.
    """

    def __init__(self, network: MultiExitNetwork, decay: float) -> None:
        """Begin with the network's present weights."""
        self.network = copy.deepcopy(network).eval()
        self._decay = decay

    @torch.no_grad()
    def update(self, network: MultiExitNetwork, step: int) -> None:
        """Take in the weights after `step` (from 0); early steps are forgotten sooner."""
        decay = min(self._decay, (step + 1) / (step + 10))
        averages, news = _floats(self.network), _floats(network)
        torch._foreach_lerp_(averages, news, 1 - decay)


def _floats(network: nn.Module) -> list[Tensor]:
    return [t for t in network.state_dict().values() if t.is_floating_point()]
