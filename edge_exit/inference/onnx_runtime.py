"""Segments on ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnxruntime

from edge_exit.bundle import Bundle
from edge_exit.errors import BundleError

# Key of an ONNX graph's entries that say which file a weight lies in.
LOCATION = b'location'
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
    _check_locations(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    except Exception as error:  # ONNX Runtime raises a type of its own for every kind of failure
        raise BundleError(f'ONNX Runtime cannot load {path}: {error}') from error


def _check_locations(path: Path) -> None:
    """Refuse a graph whose weights lie outside of its folder, which older ONNX Runtimes would read.

    Looks at the bytes of the file: wherever the key `location` stands, a well-formed entry with a
    plain file name must be around it.
    """
    graph = path.read_bytes() + bytes(10)  # a key at the very end has an empty value
    place = graph.find(LOCATION)
    while place >= 0:
        if not _is_plain(graph, place):
            raise BundleError(f'{path} takes weights from outside of its folder; get it anew')
        place = graph.find(LOCATION, place + 1)


def _is_plain(graph: bytes, place: int) -> bool:
    """Say whether the key at a place is in an entry of external_data that names a plain file."""
    size = graph[place + 9]
    name = graph[place + 10 : place + 10 + size]
    entry = b'j' + bytes([size + 12]) + b'\n\x08' + LOCATION + b'\x12' + bytes([size]) + name
    return (
        graph[place - 4 : place + 10 + size] == entry
        and size < 100
        and not {b'/', b'\\'} & {name[i : i + 1] for i in range(size)}
    )


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
