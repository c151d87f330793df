"""The joint loss of all exits (METHODS section 1)."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, softmax

from edge_exit.model.belief import halting_weights


def balanced_halting_loss(halting_N1: Tensor, right_N: Tensor) -> Tensor:
    """Return the cross-entropy of halting scores against "this exit is right".

    Right and wrong pictures weigh the same in it, however many there are of each.

    :param halting_N1: halting logits.
    :param right_N: 1.0 where the exit's own class is the true one.
    """
    count = len(right_N)
    right = right_N.sum()
    weight_N = torch.where(
        right_N > 0, count / (2 * right.clamp(min=1)), count / (2 * (count - right).clamp(min=1))
    )
    return binary_cross_entropy_with_logits(halting_N1[:, 0], right_N, weight_N)


def joint_loss(
    logits: Sequence[Tensor],
    halting: Sequence[Tensor],
    labels: Tensor,
    *,
    combined_weight: float,
    exit_weight: float,
    halting_weight: float,
    distillation: float,
    label_smoothing: float,
) -> Tensor:
    """Return a CE(sum_{i<b} w_i y_i) + CE(y_b) + beta BCE(h_i, right_i) + sum_i<b c L(y_i).

    The last term, deep supervision, is not the paper's: exits that only work in combination would
    be poor where a frame leaves at one of them. L(y_i) = (1 - d) CE(y_i, t) + d CE(y_i, softmax(y_b)):
    the last exit teaches the earlier ones what it knows (Zhang et al., "Be Your Own Teacher", 2019;
    without their hints on features), and does not learn from them.

    :param logits: of each exit, (N, C); the last is the backbone's.
    :param halting: halting logits of each exit, (N, 1).
    :param labels: true classes, (N,).
    :param combined_weight: a, which METHODS has as 1.
    :param exit_weight: weight of each early exit's own cross-entropy.
    :param halting_weight: METHODS' beta.
    :param distillation: d in 0..1.
    """
    loss = cross_entropy(logits[-1], labels, label_smoothing=label_smoothing)
    early, early_halting = logits[:-1], halting[:-1]
    if not early:
        return loss
    weights = halting_weights(early_halting)
    combined = sum(w * y for w, y in zip(weights, early, strict=True))
    loss = loss + combined_weight * cross_entropy(combined, labels, label_smoothing=label_smoothing)
    taught = softmax(logits[-1].detach(), dim=1)
    for y, score in zip(early, early_halting, strict=True):
        right = (y.argmax(1) == labels).float()
        own = cross_entropy(y, labels, label_smoothing=label_smoothing)
        loss = loss + exit_weight * ((1 - distillation) * own + distillation * cross_entropy(y, taught))
        loss = loss + halting_weight * balanced_halting_loss(score, right) / len(early)
    return loss
