"""The encoder or decoder of a split as an ONNX Runtime session: open, checked and warm."""

from pathlib import Path

import numpy as np

from edge_exit.bundle import Bundle, Split
from edge_exit.errors import BundleError
from edge_exit.inference.onnx_runtime import open_session, runner

# The first runs of a session allocate and are slow; no frame should wait for them.
_WARM_UP_RUNS = 3


def open_encoder(bundle: Bundle, split: Split, *, threads: int = 1) -> 'BottleneckHalf':
    """Load the encoder of a split that has one: features to code."""
    small = split.bottleneck
    path = bundle.path / small.encoder
    return BottleneckHalf(path, taken=split.shape, given=small.shape, threads=threads)


def open_decoder(bundle: Bundle, split: Split, *, threads: int = 1) -> 'BottleneckHalf':
    """Load the decoder of a split that has one: code to features."""
    small = split.bottleneck
    path = bundle.path / small.decoder
    return BottleneckHalf(path, taken=small.shape, given=split.shape, threads=threads)


class BottleneckHalf:
    """Makes features into their code, or a code into features.

    :param taken: shape of what it takes, without the batch axis.
    :param given: shape of what it gives.
    :raises BundleError: if the graph is damaged or does anything else.
    """

    def __init__(
        self, path: Path, *, taken: tuple[int, ...], given: tuple[int, ...], threads: int
    ) -> None:
        session = open_session(path, threads)
        inputs, outputs = session.get_inputs(), session.get_outputs()
        found = [(node.type, tuple(node.shape[1:])) for node in (*inputs, *outputs)]
        if found != [('tensor(float)', taken), ('tensor(float)', given)]:
            raise BundleError(
                f'{path} belongs to another model: its inputs and outputs are {found}, '
                f'not {taken} and {given}'
            )
        self._run = runner(session)
        self._input, self._outputs = inputs[0].name, [outputs[0].name]
        for _ in range(_WARM_UP_RUNS):
            self.run(np.zeros((1, *taken), np.float32))

    def run(self, values: np.ndarray) -> np.ndarray:
        """Run it.

        :param values: float32 (N, *taken).
        :returns: float32 (N, *given).
        """
        return self._run(self._outputs, {self._input: values}, None)[0]
