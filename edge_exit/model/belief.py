"""The belief recursion in torch: all exits at once for training, exit by exit for the graphs.

The recursion of Pomponi et al. (Entropy 24(1):1, 2022) in a form of ours that runs forwards:
R_0 = 1, S_0 = 0,
S_i = S_{i-1} + R_{i-1} h_i softmax(y_i / T_i),  R_i = R_{i-1} (1 - h_i),  p_i = S_i / (1 - R_i).
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softmax

# An exit that would spend less has nothing to say, yet its posterior must stay defined; the sigmoid
# of ONNX Runtime is 0 where its logit is below about -18.
SMALLEST_HALT = 1e-6


def halting_weights(halting: Sequence[Tensor]) -> list[Tensor]:
    """Return w_i = h_i * prod_{j<i} (1 - h_j), each (N, 1), with h_i = sigmoid(halting_i).

    Their sum is 1 once the last halting score is.

    :param halting: halting logits, each (N, 1).
    """
    weights, log_rest = [], torch.zeros_like(halting[0])
    for logit in halting:
        weights.append((logsigmoid(logit) + log_rest).exp())
        log_rest = log_rest + logsigmoid(-logit)
    return weights


def beliefs(
    logits: Sequence[Tensor], halting: Sequence[Tensor], temperatures: Sequence[float]
) -> list[Tensor]:
    """Return the posterior p_i after every exit, each (N, C).

    :param logits: of each exit, (N, C).
    :param halting: halting logits of each exit, (N, 1).
    :param temperatures: T_i > 0 of each exit.
    """
    mass = torch.zeros_like(logits[0])
    spent = torch.zeros_like(halting[0])
    posteriors = []
    for weight, y, temperature in zip(halting_weights(halting), logits, temperatures, strict=True):
        mass = mass + weight * softmax(y / temperature, dim=1)
        spent = spent + weight
        posteriors.append(mass / spent)
    return posteriors


def fold(rows: Tensor, said: Tensor, temperature: Tensor, *, classes: int, last: bool) -> Tensor:
    """Fold what one exit says into the beliefs, as the graphs of a bundle do.

    :param rows: class mass S and remaining mass R of each picture, (N, C + 1).
    :param said: logits and halting logit, (N, C + 1); of the last exit the logits alone.
    :param classes: C; a plain number, so that a graph has fixed shapes.
    :param last: whether this is the last exit, which spends all mass that is left.
    :returns: rows of the same form.
    """
    mass, remaining = rows.split([classes, 1], dim=1)
    logits, spent = said, remaining
    if not last:
        logits, halting = said.split([classes, 1], dim=1)
        spent = remaining * torch.sigmoid(halting).clamp_min(SMALLEST_HALT)
    given = mass + spent * softmax(logits / temperature, dim=1)
    return torch.cat([given, remaining - spent], dim=1)


def margin(posterior_NC: Tensor) -> Tensor:
    """Return top-1 minus top-2 probability, (N,)."""
    top = posterior_NC.topk(2, dim=1).values
    return top[:, 0] - top[:, 1]
