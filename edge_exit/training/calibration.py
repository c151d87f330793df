"""Make the halting scores honest, on held-out pictures."""

import torch
from torch import Tensor, nn
from torch.nn.functional import nll_loss

from edge_exit.model.belief import beliefs
from edge_exit.model.network import MultiExitNetwork

from .evaluation import Outputs

# Keeps the minimum finite where pictures do not decide, as those of a network that knows nothing.
_PULL = 1e-3
# Taken off every fitted halting logit. The likeliest beliefs are softer than the most accurate:
# only with this does the belief after the last exit agree with the last exit itself, while early
# scores keep their proportions.
_DOUBT = 3.0


def fit_halting(outputs: Outputs, temperatures: list[float]) -> list[tuple[float, float]]:
    """Return (scale, offset) of each early exit's halting logit that make the beliefs likely.

    Trained halting scores say how likely an exit is right, not how much a later one may correct it.
    Taken as they are, early exits keep so much of the mass that the belief at the end is less
    accurate than the last exit alone. Ours; Pomponi et al. (Entropy 24(1):1, 2022) leave the scores
    as trained.

    Scales are positive. Where a mean of two exits is better than either, the likelihood would have
    unsure exits keep the more of the mass, and the score would no longer say how sure one is.

    :param temperatures: of each exit.
    """
    early = len(outputs.logits) - 1
    early_halting = outputs.halting[:-1]
    # A common offset of -1 to start with: somewhat later exits count more.
    log_scale = nn.Parameter(torch.zeros(early))
    offset = nn.Parameter(-torch.ones(early))

    def loss() -> Tensor:
        scale = log_scale.exp()
        halting = [z * a + b for z, a, b in zip(early_halting, scale, offset, strict=True)]
        posteriors = beliefs(outputs.logits, [*halting, outputs.halting[-1]], temperatures)
        # The first belief is the first exit's softmax whatever its score.
        fit = sum(nll_loss(p.clamp_min(1e-9).log(), outputs.labels) for p in posteriors[1:])
        return fit + _PULL * (log_scale**2 + offset**2).sum()

    if early:
        _minimise(loss, [log_scale, offset])
    scales = log_scale.exp()
    return [(a.item(), b.item() - _DOUBT) for a, b in zip(scales, offset, strict=True)]


@torch.no_grad()
def apply_halting(network: MultiExitNetwork, corrections: list[tuple[float, float]]) -> None:
    """Work the corrections into the exits' last layers, where they cost nothing at run time."""
    for branch, (scale, offset) in zip(network.exits[:-1], corrections, strict=True):
        branch.head.weight[-1] *= scale
        branch.head.bias[-1] = branch.head.bias[-1] * scale + offset


def _minimise(loss, parameters: list[nn.Parameter]) -> None:
    optimiser = torch.optim.LBFGS(parameters, max_iter=100, line_search_fn='strong_wolfe')

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(closure)
