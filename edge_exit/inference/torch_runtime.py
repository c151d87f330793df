"""Segments on torch, rebuilt from the bundle's architecture and weights: slower, an option."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from edge_exit.bundle import Bundle, load
from edge_exit.errors import BundleError, ConfigError


class TorchSegment:
    """One segment with its exit as torch modules.

    :raises ConfigError: if torch is not installed.
    :raises BundleError: if the network cannot be rebuilt from the bundle.
    """

    def __init__(self, bundle: Bundle, index: int, *, threads: int) -> None:
        self._torch = _import_torch()
        self._torch.set_num_threads(threads)
        network = _network(bundle.path, bundle.model_id)
        self._segment = network.segments[index]
        self._exit = network.exits[index]
        self._last = bundle.segments[index].output_shape is None

    def run(self, inputs: Any) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        """Run the segment; see `Runtime`."""
        with self._torch.inference_mode():
            # Decoded features may be read-only, which torch warns of.
            features = self._segment(self._torch.from_numpy(np.require(inputs, None, 'W')))
            logits, halt = self._exit(features)
        given = None if self._last else features.contiguous().numpy()
        return given, logits.numpy(), halt.numpy()[:, 0]


def _import_torch():
    try:
        import torch
    except ModuleNotFoundError as error:
        raise ConfigError(
            'runtime "torch" needs torch, which is not installed: pip install '
            '".[train]" in a clone of edge_exit, or choose runtime "onnx"'
        ) from error
    return torch


@lru_cache(maxsize=1)
def _network(path: Path, model_id: str):
    """Rebuild the network once for all of its segments."""
    from safetensors.torch import load_file

    from edge_exit.model.build import build

    bundle = load(path)

    if not bundle.architecture:
        raise BundleError(
            f'bundle "{bundle.name}" does not say how to rebuild its network; use runtime "onnx"'
        )
    try:
        network = build(bundle.architecture)
        weights = load_file(bundle.path / bundle.weights)
        missing, unexpected = network.load_state_dict(weights, strict=False)
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f'bundle "{bundle.name}" cannot be rebuilt in torch: {error}') from error
    missing = [name for name in missing if not name.endswith('num_batches_tracked')]
    if missing or unexpected:
        raise BundleError(
            f'bundle "{bundle.name}": weights {missing[:3]} are missing, {unexpected[:3]} not used'
        )
    return network.eval()
