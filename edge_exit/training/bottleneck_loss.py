"""What one step of a bottleneck's training shows it, and what it is asked for."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import kl_div, log_softmax, softmax

from edge_exit.model.bottleneck import Bottleneck

from .straight_through import code_and_back

BITS = (8, 4, 2)
# In such a share of the steps, up to this share of the channels is lost.
_LOSSY_STEPS, _MOST_LOST = 0.2, 0.5
_SMALL = 0.02


def received(
    bottleneck: Bottleneck, features: Tensor, rng: np.random.Generator, least: int
) -> Tensor:
    """Return what the decoder makes of the features after a journey of random quality.

    Sandwich rule (Yu and Huang 2019) in one pass: a third of the batch is sent at full width, one
    at the least, one at a random width; each third at random bits.

    :param least: channels of the smallest width.
    """
    code = bottleneck.encoder(features)
    channels = code.shape[1]
    widths = (channels, least, int(rng.integers(least, channels + 1)))
    parts = [
        _journey(part, width, rng)
        for part, width in zip(code.tensor_split(3), widths, strict=True)
        if len(part)
    ]
    return bottleneck.decoder(torch.cat(parts))


def _journey(code: Tensor, width: int, rng: np.random.Generator) -> Tensor:
    bits = BITS[rng.integers(len(BITS))]
    back = torch.zeros_like(code)
    back[:, :width] = code_and_back(code[:, :width].contiguous(), bits)
    if rng.random() < _LOSSY_STEPS:
        share = rng.uniform(0, _MOST_LOST, (len(code), 1))
        there = rng.random((len(code), code.shape[1])) >= share
        back = back * torch.from_numpy(there.astype(np.float32))[:, :, None, None]
    return back


def answer_loss(
    taught: Sequence[Tensor], learnt: Sequence[Tensor], *, temperature: float, early_weight: float
) -> Tensor:
    """Return how far the rest of the network is from its answer on uncoded features, (N,).

    :param taught: logits (N, C) of every exit after the split on the uncoded features.
    :param learnt: those on the decoded features.
    :param temperature: of both answers, in the Kullback-Leibler divergence.
    :param early_weight: of each exit before the last, whose weight is 1.
    """
    weights = [early_weight] * (len(taught) - 1) + [1.0]
    return sum(
        weight * _divergence(theirs, ours, temperature)
        for weight, theirs, ours in zip(weights, taught, learnt, strict=True)
    )


def even_out(losses_N: Tensor) -> Tensor:
    """Return one loss in which the three thirds of a batch count alike.

    The smallest width loses many times what the full one does, and would be all that is learnt; the
    logarithm asks each third for the same relative gain.
    """
    thirds = [part.mean() for part in losses_N.tensor_split(3) if len(part)]
    return torch.stack([(third + _SMALL).log() for third in thirds]).mean()


def _divergence(taught_NC: Tensor, learnt_NC: Tensor, temperature: float) -> Tensor:
    target = softmax(taught_NC.detach() / temperature, dim=1)
    learnt = log_softmax(learnt_NC / temperature, dim=1)
    return temperature**2 * kl_div(learnt, target, reduction='none').sum(1)
