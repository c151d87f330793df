"""Writing a bundle: graphs that share one file of weights, manifest, hashes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from safetensors.numpy import save_file

from edge_exit.bundle import integrity, weights
from edge_exit.bundle.bundle import Bundle
from edge_exit.bundle.rewriting import WEIGHTS_FILE, write_manifest


def write(
    folder: Path,
    values: dict,
    *,
    graphs: Mapping[str, onnx.ModelProto],
    tensors: Mapping[str, np.ndarray],
) -> Bundle:
    """Write a bundle into a folder, which is made.

    :param values: the manifest without format, model_id, files and weights.
    :param graphs: ONNX graphs by file name; an initializer named like one of the tensors is not
        stored again but points at the tensor's bytes.
    :param tensors: all weights by name, float32 or float16.
    :returns: the bundle as it is read back.
    :raises BundleError: if the manifest's values are not possible.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ordered = {name: np.asarray(tensor, order='C') for name, tensor in tensors.items()}
    save_file(ordered, folder / WEIGHTS_FILE)
    (folder / WEIGHTS_FILE).chmod(0o644)  # safetensors lets only the owner read
    where = weights.places(folder / WEIGHTS_FILE)
    for name, graph in graphs.items():
        (folder / name).write_bytes(_pointing(graph, where).SerializeToString())
    files = {name: integrity.file_hash(folder / name) for name in (*graphs, WEIGHTS_FILE)}
    return write_manifest(folder, dict(values), files)


def _pointing(graph: onnx.ModelProto, where: dict[str, weights.Place]) -> onnx.ModelProto:
    """Let initializers point at the file of weights.

    Half-precision weights are widened by a Cast, which the runtime computes once, when it loads.
    """
    pointing = onnx.ModelProto()
    pointing.CopyFrom(graph)
    casts = []
    for tensor in pointing.graph.initializer:
        place = where.get(tensor.name)
        if place is None:
            continue
        if tuple(tensor.dims) != place.shape or tensor.data_type != onnx.TensorProto.FLOAT:
            raise ValueError(f'{tensor.name}: {tensor.dims} in the graph, {place} in the weights')
        if place.dtype == 'F16':
            name, tensor.name = tensor.name, f'{tensor.name}.half'
            tensor.data_type = onnx.TensorProto.FLOAT16
            casts.append(
                onnx.helper.make_node('Cast', [tensor.name], [name], to=onnx.TensorProto.FLOAT)
            )
        _point_at(tensor, place)
    nodes = [*casts, *pointing.graph.node]
    del pointing.graph.node[:]
    pointing.graph.node.extend(nodes)
    return pointing


def _point_at(tensor: onnx.TensorProto, place: weights.Place) -> None:
    tensor.ClearField('raw_data')
    tensor.ClearField('float_data')
    tensor.data_location = onnx.TensorProto.EXTERNAL
    del tensor.external_data[:]
    entries = {'location': WEIGHTS_FILE, 'offset': place.offset, 'length': place.length}
    for key, entry in entries.items():
        tensor.external_data.add(key=key, value=str(entry))
