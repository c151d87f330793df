"""The codec's quantiser inside a training: real levels forwards, the identity backwards."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from edge_exit.coding import quantiser


def code_and_back(code_NKhw: Tensor, bits: int) -> Tensor:
    """Return what a decoder gets of each code, by the very quantiser that a robot uses.

    The gradient passes as if nothing had been rounded (straight-through).

    :param code_NKhw: the channels that are sent, of every picture.
    :param bits: of the codec's levels.
    """
    return _StraightThrough.apply(code_NKhw, bits)


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: Any, code_NKhw: Tensor, bits: int) -> Tensor:
        rows_NKP = code_NKhw.detach().contiguous().flatten(2).numpy()
        restored = np.empty_like(rows_NKP)
        for rows, back in zip(rows_NKP, restored, strict=True):
            grid = quantiser.fit(rows, bits)
            back[:] = quantiser.restore(quantiser.quantise(rows, grid, bits), grid)
        return torch.from_numpy(restored).view(code_NKhw.shape)

    @staticmethod
    def backward(_ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None
