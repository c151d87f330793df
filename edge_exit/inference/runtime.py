"""What runs segments: one small interface, two runtimes."""

from typing import Any, Protocol

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError

RUNTIMES = ('onnx', 'torch')


class Runtime(Protocol):
    """One segment with its exit, ready to run.

    Features stay in whatever form the runtime likes between two segments of its own;
    `features_array` gives them as numpy. Both forms, and numpy of its own making, can be put in.
    """

    def run(self, inputs: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Run the segment.

        :param inputs: uint8 (N, H, W, C) for the first segment, else features (N, ...).
        :returns: features (None for the last segment), logits float32 (N, classes) and halting
            logits float32 (N,).
        """


def open_segment(bundle: Bundle, index: int, *, runtime: str, threads: int) -> Runtime:
    """Load one segment of a bundle.

    :param runtime: 'onnx' or 'torch'.
    :param threads: threads that one run may use.
    :raises ConfigError: if there is no such runtime, or its library is missing.
    :raises BundleError: if the segment is not what the manifest says.
    """
    if threads < 1:
        raise ConfigError(f'threads is {threads}, not 1 or more')
    if runtime == 'onnx':
        from edge_exit.inference.onnx_runtime import OnnxSegment

        return OnnxSegment(bundle, index, threads=threads)
    if runtime == 'torch':
        from edge_exit.inference.torch_runtime import TorchSegment

        return TorchSegment(bundle, index, threads=threads)
    raise ConfigError(f'runtime is {runtime!r}, not one of {", ".join(RUNTIMES)}')
