"""Count multiply-accumulate operations of convolutions and linear layers."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def count_macs(module: nn.Module, x: Tensor) -> tuple[int, Tensor]:
    """Return the multiply-accumulates of `module` for ONE picture, and its output.

    Biases, normalisation and activations are not counted, as in the published figures.

    :param x: input of any batch size.
    """
    total = 0

    def add(layer: nn.Module, _inputs: tuple, output: Tensor) -> None:
        nonlocal total
        positions = output[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
        total += layer.weight.numel() * positions

    layers = [m for m in module.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    handles = [layer.register_forward_hook(add) for layer in layers]
    was_training = module.training
    try:
        y = module.eval()(x)
    finally:
        module.train(was_training)
        for handle in handles:
            handle.remove()
    return total, y
