"""The joint loss of all exits, after Pomponi et al. (Entropy 24(1):1, 2022)."""

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
    exit_weights: Sequence[float],
    halting_weight: float,
    distillation: float,
    label_smoothing: float,
    teacher: Tensor | None = None,
) -> Tensor:
    """Return CE(y_b) + a CE(sum_{i<b} w_i y_i) + sum_{i<b} c_i L(y_i) + beta BCE(h_i, right_i).

    Deep supervision, c, is not the paper's: exits that only work in combination would be poor where
    a frame leaves at one of them. L(y_i) = (1 - d) CE(y_i, t) + d CE(y_i, softmax(y_b)): the last
    exit teaches the earlier ones what it knows (Zhang et al., "Be Your Own Teacher", 2019; without
    their hints on features), and does not learn from them. A teacher takes its place, and the last
    exit learns from it as they do: L(y_b) instead of CE(y_b).

    :param logits: of each exit, (N, C); the last is the backbone's.
    :param halting: halting logits of each exit, (N, 1).
    :param labels: true classes, (N,).
    :param combined_weight: a, which the paper has as 1.
    :param exit_weights: c_i of each early exit.
    :param halting_weight: beta, which the paper has as 1.
    :param distillation: d in 0..1.
    :param teacher: logits of another network, (N, C).
    """

    def fit(y: Tensor) -> Tensor:
        return cross_entropy(y, labels, label_smoothing=label_smoothing)

    taught = softmax(logits[-1].detach() if teacher is None else teacher, dim=1)

    def learn(y: Tensor) -> Tensor:
        return (1 - distillation) * fit(y) + distillation * cross_entropy(y, taught)

    early, early_halting = logits[:-1], halting[:-1]
    terms = {'last': fit(logits[-1]) if teacher is None else learn(logits[-1])}
    if early:
        shares = zip(halting_weights(early_halting), early, strict=True)
        terms['combined'] = combined_weight * fit(sum(w * y for w, y in shares))
        terms['exits'] = sum(
            weight * learn(y) for weight, y in zip(exit_weights, early, strict=True)
        )
        terms['halting'] = halting_weight * _halting_loss(early, early_halting, labels)
    return sum(terms.values())


def _halting_loss(logits: Sequence[Tensor], halting: Sequence[Tensor], labels: Tensor) -> Tensor:
    losses = [
        balanced_halting_loss(score, (y.argmax(1) == labels).float())
        for y, score in zip(logits, halting, strict=True)
    ]
    return torch.stack(losses).mean()
