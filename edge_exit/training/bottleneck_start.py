"""Where a bottleneck begins: the components of the features' patches that the answer hangs on.

Principal components keep what varies most. What matters is what changes the answer: the error of a
patch is weighed by the Fisher information G = E[g g^T] of its features, g the gradient of the log
likelihood of a class drawn from the network's own answer. Components of G^1/2 C G^1/2 (C the
covariance) are then the best linear code, the most important first, and do not correlate, so that
those that are missing are best replaced by zero. Ours.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad, unfold

from edge_exit.model.bottleneck import Bottleneck, BottleneckPlan

# Power of a component's deviation that it is divided by: 0 leaves all bits to the first channels,
# 1 gives noise as many as signal.
_EVENNESS = 0.5
# Share of plain squared error in what is minimised: G is known from few pictures.
_PLAIN = 0.05


@torch.no_grad()
def begin_with_components(
    bottleneck: Bottleneck, features_NCHW: Tensor, gradients_NCHW: Tensor
) -> None:
    """Set the encoder to the leading components, ordered, and the decoder to their inverse.

    :param features_NCHW: of a few hundred pictures or more.
    :param gradients_NCHW: of each picture's answer by its features.
    """
    plan = bottleneck.plan
    patches = _patches(features_NCHW, plan)
    mean = patches.mean(0)
    root, inverse = _roots(_patches(gradients_NCHW, plan))
    covariance = (patches - mean).T @ (patches - mean) / len(patches)
    values, vectors = torch.linalg.eigh(root @ covariance @ root)
    deviations = values.flip(0)[: plan.channels].clamp_min(0).sqrt()
    gains = deviations.clamp_min(1e-3 * deviations[0] + 1e-12) ** -_EVENNESS
    basis = vectors.flip(1)[:, : plan.channels]
    _set_encoder(bottleneck, root @ basis * gains, mean)
    _set_decoder(bottleneck, inverse @ basis / gains, mean)


def answer_gradients(logits_NC: Tensor, features_NCHW: Tensor, draw: torch.Generator) -> Tensor:
    """Return the gradient of the likelihood of classes drawn from the answer, by the features.

    :param logits_NC: computed from the features, which record it.
    """
    likely = torch.log_softmax(logits_NC / 2, dim=1)  # softer, or sure pictures would tell nothing
    drawn = torch.multinomial(likely.detach().exp(), 1, generator=draw)
    return torch.autograd.grad(likely.gather(1, drawn).sum(), features_NCHW)[0]


def _patches(x_NCHW: Tensor, plan: BottleneckPlan) -> Tensor:
    """Return the patches of all pictures, (count, C * stride * stride)."""
    (height, width), side = plan.grid, plan.stride
    filled = pad(x_NCHW, (0, width * side - plan.width, 0, height * side - plan.height))
    patches = unfold(filled, side, stride=side).transpose(1, 2)
    return patches.reshape(-1, plan.inputs * side**2).double()


def _roots(gradients: Tensor) -> Sequence[Tensor]:
    """Return G^1/2 and its inverse."""
    fisher = gradients.T @ gradients / len(gradients)
    plain = fisher.diagonal().mean().clamp_min(1e-30) * torch.eye(len(fisher), dtype=fisher.dtype)
    values, vectors = torch.linalg.eigh((1 - _PLAIN) * fisher + _PLAIN * plain)
    values = values / values.mean()
    return [vectors * values**power @ vectors.T for power in (0.5, -0.5)]


def _set_encoder(bottleneck: Bottleneck, basis: Tensor, mean: Tensor) -> None:
    plan, conv = bottleneck.plan, bottleneck.encoder.conv
    kernel = basis.T.reshape(plan.channels, plan.inputs, plan.stride, plan.stride)
    conv.weight.zero_()
    inside = slice(plan.overlap, plan.overlap + plan.stride)
    conv.weight[:, :, inside, inside] = kernel.float()
    conv.bias.copy_(-(mean @ basis))


def _set_decoder(bottleneck: Bottleneck, basis: Tensor, mean: Tensor) -> None:
    patches = bottleneck.decoder.patches
    patches.weight.copy_(basis[:, :, None, None])
    patches.bias.copy_(mean)
