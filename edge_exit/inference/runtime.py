"""What runs segments: one small interface, two runtimes."""

from typing import Any, Protocol

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError

RUNTIMES = ('onnx', 'torch')


class Runtime(Protocol):
    """One segment with its exit, ready to run.

    Takes inputs, uint8 (N, H, W, C) for the first segment, else float32 features (N, ...), and
    beliefs, float32 (N, classes + 1): class mass S and remaining mass R of each picture.
    """

    def run(self, inputs: np.ndarray, beliefs: np.ndarray) -> tuple[Any, np.ndarray]:
        """Run the segment, and fold what its exit says into the beliefs.

        :returns: features, None after the last segment, and beliefs of the same form.
        """

    def hear(self, inputs: np.ndarray, beliefs: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
        """Run the segment, and give also what its exit alone says.

        :returns: as `run`, and logits with the halting logit last, float32 (N, classes + 1); the
            last exit has no halting logit.
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
