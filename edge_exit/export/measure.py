"""What only running a network tells: its times."""

import time

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone

_ROUNDS = 200


def reference_times(bundle: Bundle, picture: np.ndarray) -> tuple[list[float], float]:
    """Time every segment with its exit, and the backbone without exits, by turns; one thread.

    :param picture: uint8 (H, W, C).
    :returns: median seconds of each segment, and of the backbone.
    """
    network = SegmentedNetwork(bundle)
    backbone = OnnxBackbone(bundle)
    inputs, beliefs = [picture[np.newaxis]], first_rows(1, len(bundle.classes))
    for index in network.segments[:-1]:
        inputs.append(network.run(index, inputs[-1], beliefs)[0])
    spent = np.empty((_ROUNDS, len(inputs) + 1))
    for row in spent:
        for index, features in enumerate(inputs):
            row[index] = _seconds(lambda i=index, x=features: network.run(i, x, beliefs))
        row[-1] = _seconds(lambda: backbone.run(inputs[0]))
    *segments, whole = np.median(spent, axis=0).tolist()
    return segments, whole


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
