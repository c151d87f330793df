"""Where a bottleneck begins: the principal components of the features' patches."""

import torch
from torch import Tensor
from torch.nn.functional import pad, unfold

from edge_exit.model.bottleneck import Bottleneck

# Power of a component's deviation that it is divided by: 0 leaves all bits to the first channels,
# 1 gives noise as many as signal.
_EVENNESS = 0.5


@torch.no_grad()
def begin_with_components(bottleneck: Bottleneck, features_NCHW: Tensor) -> None:
    """Set the encoder to the leading components, ordered, and the decoder to their inverse.

    :param features_NCHW: of a few hundred pictures or more.
    """
    plan = bottleneck.plan
    height, width = plan.grid
    side = plan.stride
    extra = (0, width * side - plan.width, 0, height * side - plan.height)
    patches = unfold(pad(features_NCHW, extra), side, stride=side)
    patches = patches.transpose(1, 2).reshape(-1, plan.inputs * side**2).double()
    mean = patches.mean(0)
    values, vectors = torch.linalg.eigh((patches - mean).T @ (patches - mean) / len(patches))
    deviations = values.flip(0)[: plan.channels].clamp_min(1e-12).sqrt()
    basis = vectors.flip(1)[:, : plan.channels]
    gains = deviations.clamp_min(1e-3 * deviations[0]) ** -_EVENNESS
    _set_encoder(bottleneck, basis * gains, mean)
    _set_decoder(bottleneck, basis / gains, mean)


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
