"""Does a bundle answer as the torch network does that it was made of?"""

import numpy as np
import torch

from edge_exit.bundle import Bundle
from edge_exit.errors import BundleError
from edge_exit.export.bottlenecks import Bottlenecks
from edge_exit.inference.belief import first_rows
from edge_exit.inference.bottleneck import open_decoder, open_encoder
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone
from edge_exit.model.network import MultiExitNetwork

# Difference of a logit between torch and ONNX Runtime, which fuses and so rounds differently,
# against the largest logit.
_TOLERANCE = 1e-3


@torch.no_grad()
def check_same_answers(bundle: Bundle, network: MultiExitNetwork, pictures: np.ndarray) -> None:
    """Compare each exit and the backbone with torch.

    :param pictures: uint8 (N, H, W, C).
    :raises BundleError: naming the exit that differs.
    """
    features, beliefs = pictures, first_rows(len(pictures), len(bundle.classes))
    inputs, rows = torch.from_numpy(features), torch.from_numpy(beliefs)
    segmented = SegmentedNetwork(bundle)
    for index in segmented.segments:
        features, beliefs, said = segmented.hear(index, features, beliefs)
        inputs, rows, expected = network.eval().step(index)(inputs, rows)
        _check_close(f'{bundle.path}: exit {index}', said, expected.numpy())
        _check_close(f'{bundle.path}: belief after exit {index}', beliefs, rows.numpy())
    _check_close(f'{bundle.path}: backbone', OnnxBackbone(bundle).run(pictures), expected.numpy())


@torch.no_grad()
def check_same_codes(bundle: Bundle, small: Bottlenecks, pictures: np.ndarray) -> None:
    """Compare each encoder and decoder with torch.

    :param pictures: uint8 (N, H, W, C).
    :raises BundleError: naming the one that differs.
    """
    network, values = SegmentedNetwork(bundle), pictures
    beliefs = first_rows(len(pictures), len(bundle.classes))
    for split in bundle.splits[1:]:
        values, beliefs = network.run(split.split - 1, values, beliefs)
        if split.bottleneck:
            where, half = f'{bundle.path}: split {split.split}', small.modules[str(split.split)]
            code = half.encoder(torch.from_numpy(values))
            found = open_encoder(bundle, split).run(values)
            _check_close(f'{where}: encoder', found, code.numpy())
            found = open_decoder(bundle, split).run(code.numpy())
            _check_close(f'{where}: decoder', found, half.decoder(code).numpy())


def _check_close(what: str, found: np.ndarray, expected: np.ndarray) -> None:
    difference = float(np.abs(found - expected).max())
    allowed = _TOLERANCE * max(1.0, float(np.abs(expected).max()))
    if not difference <= allowed:
        raise BundleError(f'{what} differs from torch by {difference:.2g}, more than {allowed:.2g}')
