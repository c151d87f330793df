"""Segments on ONNX Runtime."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from edge_exit.bundle import Bundle
from edge_exit.errors import BundleError

# A graph's second input, and its outputs: features for the next segment, the beliefs with this exit
# folded in, and what this exit alone says: logits and, but for the last exit, the halting logit.
BELIEF = 'belief'
FEATURES, BELIEVED, SAID = 'out', 'believed', 'said'


class OnnxSegment:
    """One segment with its exit as an ONNX Runtime session.

    :raises BundleError: if the graph is damaged or its inputs and outputs are not those that the
        manifest names.
    """

    def __init__(self, bundle: Bundle, index: int, *, threads: int) -> None:
        segment = bundle.segments[index]
        path = bundle.path / segment.graph
        session = open_session(path, threads)
        _check_signature(session, bundle, index, path)
        self._run = runner(session)
        self._input = session.get_inputs()[0].name
        self._last = segment.output_shape is None
        self._outputs = [BELIEVED] if self._last else [FEATURES, BELIEVED]

    def run(self, inputs: np.ndarray, beliefs: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        """Run the segment; see `Runtime`."""
        found = self._run(self._outputs, {self._input: inputs, BELIEF: beliefs}, None)
        return (None, found[0]) if self._last else found

    def hear(
        self, inputs: np.ndarray, beliefs: np.ndarray
    ) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        """Run the segment and tell what its exit alone says; see `Runtime`."""
        found = self._run([*self._outputs, SAID], {self._input: inputs, BELIEF: beliefs}, None)
        return (None, *found) if self._last else tuple(found)


def runner(session: onnxruntime.InferenceSession) -> Callable[..., list]:
    """Give what runs a session: (names of outputs, inputs by name, None) to outputs.

    ONNX Runtime's own `run` asks for the names of all inputs anew each time, which costs a small
    robot computer as much as a small exit; the session within does without.
    """
    return getattr(session, '_sess', session).run


class OnnxBackbone:
    """The same backbone without exits, as one ONNX Runtime session.

    :raises BundleError: if the graph is damaged.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        session = open_session(bundle.path / bundle.backbone.graph, threads)
        self._run = runner(session)
        self._input = session.get_inputs()[0].name
        self._outputs = [session.get_outputs()[0].name]

    def run(self, pictures: np.ndarray) -> np.ndarray:
        """Give the logits, float32 (N, classes), of pictures uint8 (N, H, W, C)."""
        return self._run(self._outputs, {self._input: pictures}, None)[0]


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Open a graph so that it uses that many threads, keeps little memory and never spins.

    :raises BundleError: if ONNX Runtime cannot load it.
    """
    try:
        return session_of(str(path), threads)
    except Exception as error:  # ONNX Runtime raises a type of its own for every kind of failure
        raise BundleError(f'ONNX Runtime cannot load {path}: {error}') from error


def session_of(graph: str | bytes, threads: int) -> onnxruntime.InferenceSession:
    """Open a graph, by the name of its file or its content; raises whatever ONNX Runtime raises."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=['CPUExecutionProvider'])


def _check_signature(
    session: onnxruntime.InferenceSession, bundle: Bundle, index: int, path: Path
) -> None:
    picture, classes = bundle.preprocessing, len(bundle.classes)
    if index == 0:
        taken = ('tensor(uint8)', (picture.height, picture.width, picture.channels))
    else:
        taken = ('tensor(float)', bundle.segments[index - 1].output_shape)
    given = {BELIEVED: (classes + 1,), SAID: (classes,)}
    if bundle.segments[index].output_shape is not None:
        given |= {FEATURES: bundle.segments[index].output_shape, SAID: (classes + 1,)}
    taken = [taken, ('tensor(float)', (classes + 1,))]
    inputs = [(node.type, _known(node.shape)) for node in session.get_inputs()]
    outputs = {node.name: _known(node.shape) for node in session.get_outputs()}
    if inputs != taken:
        raise BundleError(f'{path} belongs to another model: it takes {inputs}, not {taken}')
    for name, shape in given.items():
        found = outputs.get(name)
        if found != shape:
            raise BundleError(
                f'{path} belongs to another model: {name} has shape {found}, not {shape}'
            )


def _known(shape: list) -> tuple[int | None, ...]:
    return tuple(axis if isinstance(axis, int) else None for axis in shape[1:])
