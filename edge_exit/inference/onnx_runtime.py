"""Segments on ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnxruntime

from edge_exit.bundle import Bundle
from edge_exit.errors import BundleError

# A graph's outputs: features for the next segment, and what its exit says: the logits and, but for
# the last exit, the halting logit after them. One tensor, since each costs some microseconds.
FEATURES, SAID = 'out', 'said'


class OnnxSegment:
    """One segment with its exit as an ONNX Runtime session.

    :raises BundleError: if the graph is damaged or its inputs and outputs are not those that the
        manifest names.
    """

    def __init__(self, bundle: Bundle, index: int, *, threads: int) -> None:
        segment = bundle.segments[index]
        path = bundle.path / segment.graph
        self._session = open_session(path, threads)
        self._last = segment.output_shape is None
        self._input = self._session.get_inputs()[0].name
        self._outputs = [SAID] if self._last else [FEATURES, SAID]
        _check_signature(self._session, bundle, index, path)

    def run(self, inputs: np.ndarray) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        """Run the segment; see `Runtime`."""
        found = self._session.run(self._outputs, {self._input: inputs})
        if self._last:
            return None, found[0], np.zeros(len(found[0]), np.float32)
        features, said = found
        return features, said[:, :-1], said[:, -1]


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Open a graph so that it uses that many threads, keeps little memory and never spins.

    :raises BundleError: if ONNX Runtime cannot load it.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    except Exception as error:  # ONNX Runtime raises a type of its own for every kind of failure
        raise BundleError(f'ONNX Runtime cannot load {path}: {error}') from error


def _check_signature(
    session: onnxruntime.InferenceSession, bundle: Bundle, index: int, path: Path
) -> None:
    picture, classes = bundle.preprocessing, len(bundle.classes)
    if index == 0:
        taken = ('tensor(uint8)', (picture.height, picture.width, picture.channels))
    else:
        taken = ('tensor(float)', bundle.segments[index - 1].output_shape)
    given = {SAID: (classes,)}
    if bundle.segments[index].output_shape is not None:
        given = {FEATURES: bundle.segments[index].output_shape, SAID: (classes + 1,)}
    inputs = [(node.type, _known(node.shape)) for node in session.get_inputs()]
    outputs = {node.name: _known(node.shape) for node in session.get_outputs()}
    if inputs != [taken]:
        raise BundleError(f'{path} belongs to another model: it takes {inputs}, not {taken}')
    for name, shape in given.items():
        found = outputs.get(name)
        if found != shape:
            raise BundleError(
                f'{path} belongs to another model: {name} has shape {found}, not {shape}'
            )


def _known(shape: list) -> tuple[int | None, ...]:
    return tuple(axis if isinstance(axis, int) else None for axis in shape[1:])
