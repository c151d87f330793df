"""Segments on torch, rebuilt from the bundle's architecture and weights: slower, an option."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from edge_exit.bundle import Bundle, load
from edge_exit.errors import ConfigError


class TorchSegment:
    """One segment with its exit as torch modules.

    :raises ConfigError: if torch is not installed.
    :raises BundleError: if the network cannot be rebuilt from the bundle.
    """

    def __init__(self, bundle: Bundle, index: int, *, threads: int) -> None:
        self._torch = _import_torch()
        self._torch.set_num_threads(threads)
        network = _network(bundle.path, bundle.model_id)
        self._segment = network.step(index)
        self._last = bundle.segments[index].output_shape is None

    def run(self, inputs: np.ndarray, beliefs: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        """Run the segment; see `Runtime`."""
        return self.hear(inputs, beliefs)[:2]

    def hear(
        self, inputs: np.ndarray, beliefs: np.ndarray
    ) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        """Run the segment and tell what its exit alone says; see `Runtime`."""
        with self._torch.inference_mode():
            features, believed, said = self._segment(*map(self._tensor, (inputs, beliefs)))
        given = None if self._last else features.contiguous().numpy()
        return given, believed.numpy(), said.numpy()

    def _tensor(self, array: np.ndarray):
        # Decoded features may be read-only, which torch warns of.
        return self._torch.from_numpy(np.require(array, None, 'W'))


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
    from edge_exit.model.rebuild import rebuild

    return rebuild(load(path))
