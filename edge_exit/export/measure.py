"""What only running a network tells: times, and sizes of coded features."""

import time

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.coding import Coding, encode
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import open_session

_ROUNDS = 200


def reference_times(bundle: Bundle, picture: np.ndarray) -> tuple[list[float], float]:
    """Time every segment with its exit, and the backbone without exits, by turns; one thread.

    :param picture: uint8 (H, W, C).
    :returns: median seconds of each segment, and of the backbone.
    """
    network = SegmentedNetwork(bundle)
    backbone = open_session(bundle.path / bundle.backbone.graph, 1)
    source = backbone.get_inputs()[0].name
    inputs, beliefs = [picture[np.newaxis]], first_rows(1, len(bundle.classes))
    for index in network.segments[:-1]:
        inputs.append(network.run(index, inputs[-1], beliefs)[0])
    spent = np.empty((_ROUNDS, len(inputs) + 1))
    for row in spent:
        for index, features in enumerate(inputs):
            row[index] = _seconds(lambda i=index, x=features: network.run(i, x, beliefs))
        row[-1] = _seconds(lambda: backbone.run(None, {source: inputs[0]}))
    *segments, whole = np.median(spent, axis=0).tolist()
    return segments, whole


def coded_bytes(bundle: Bundle, pictures: np.ndarray) -> list[list[int]]:
    """Give the mean size of the coded features, for each split and codec level.

    :param pictures: uint8 (N, H, W, C).
    """
    network, beliefs = SegmentedNetwork(bundle), first_rows(1, len(bundle.classes))
    sizes = np.zeros((len(bundle.splits), len(bundle.codec_levels)))
    for picture in pictures:
        features = picture[np.newaxis]
        for split in range(len(bundle.splits)):
            features = network.run(split, features, beliefs)[0]
            for level, codec in enumerate(bundle.codec_levels):
                coded = encode(features[0], Coding(codec.coding))
                sizes[split, level] += coded.scale.nbytes + coded.offset.nbytes
                sizes[split, level] += memoryview(coded.data).nbytes
    return np.ceil(sizes / len(pictures)).astype(int).tolist()


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
