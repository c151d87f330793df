"""Flatten a classifier into the ordered units that it may be cut between."""

import torch
from torch import Tensor, nn

from edge_exit.errors import EdgeExitError

_POOLS = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


class CutError(EdgeExitError):
    """The network cannot be cut as asked."""


def _children_in_order(module: nn.Module) -> list[nn.Module]:
    """Open the network and plain `nn.Sequential` lists, but no block with a forward of its own."""
    units: list[nn.Module] = []
    for child in module.children():
        # type(), not isinstance(): torchvision's Conv2dNormActivation, a Sequential, is one unit
        units += _children_in_order(child) if type(child) is nn.Sequential else [child]
    return units


def split_body_and_classifier(model: nn.Module) -> tuple[list[nn.Module], nn.Sequential]:
    """Return the body's units in forward order, and the classifier (pooling to linear layers).

    Running the units one after the other and then the classifier is `model(x)`; what torchvision
    does in its `forward` (flatten, MobileNetV2's pooling) becomes a module here.

    :raises CutError: if the network has no linear classifier at its end.
    """
    units = _children_in_order(model)
    first = next(
        (i for i, u in enumerate(units) if isinstance(u, (*_POOLS, nn.Dropout, nn.Linear))), None
    )
    if not first or not any(isinstance(u, nn.Linear) for u in units[first:]):
        raise CutError(
            f'{type(model).__name__} does not end in pooling and linear layers: only such '
            'classifiers can be cut'
        )
    body, end = units[:first], units[first:]
    pool = end.pop(0) if isinstance(end[0], _POOLS) else nn.AdaptiveAvgPool2d(1)
    return body, nn.Sequential(pool, nn.Flatten(1), *end)


@torch.no_grad()
def check_cut(
    model: nn.Module, body: list[nn.Module], classifier: nn.Module, x_NCHW: Tensor
) -> None:
    """Raise CutError unless the units in order give exactly what the model gives (in eval mode)."""
    was_training = model.training
    model.eval()
    y = x_NCHW
    for unit in body:
        y = unit(y)
    same = torch.equal(classifier.eval()(y), model(x_NCHW))
    model.train(was_training)
    classifier.train(was_training)
    if not same:
        raise CutError(
            f'the children of {type(model).__name__}, run in order, do not give its output: '
            'its forward() does more than run them'
        )
