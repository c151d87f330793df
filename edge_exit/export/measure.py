"""What only running a network tells: its times."""

from collections.abc import Callable

import numpy as np

from edge_exit.bundle import Bundle, rewriting
from edge_exit.evaluation.stopwatch import seconds
from edge_exit.inference.belief import first_rows
from edge_exit.inference.bottleneck import open_decoder, open_encoder
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone

_ROUNDS = 200


def timed(bundle: Bundle, picture: np.ndarray) -> Bundle:
    """Time a bundle on this machine and write that into its manifest; its answers stay the same.

    :param picture: uint8 (H, W, C).
    """
    values = rewriting.content(bundle)
    times, whole = reference_times(bundle, picture)
    for segment, seconds_ in zip(values['segments'], times, strict=True):
        segment['reference_ms'] = round(1e3 * seconds_, 4)
    for split, taken in bottleneck_times(bundle).items():
        values['splits'][split]['bottleneck'] |= taken
    values['backbone']['reference_ms'] = round(1e3 * whole, 4)
    return rewriting.update(bundle, {k: values[k] for k in ('segments', 'splits', 'backbone')})


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
            row[index] = seconds(lambda i=index, x=features: network.run(i, x, beliefs))
        row[-1] = seconds(lambda: backbone.run(inputs[0]))
    *segments, whole = np.median(spent, axis=0).tolist()
    return segments, whole


def bottleneck_times(bundle: Bundle) -> dict[int, dict[str, float]]:
    """Time every encoder and decoder; one picture, one thread.

    :returns: for each split with a bottleneck the median `encoder_ms` and `decoder_ms`.
    """
    chance, times = np.random.default_rng(0), {}
    for split in bundle.splits:
        if split.bottleneck:
            features, code = (
                chance.standard_normal((1, *shape), np.float32)
                for shape in (split.shape, split.bottleneck.shape)
            )
            encoder, decoder = open_encoder(bundle, split), open_decoder(bundle, split)
            times[split.split] = {
                'encoder_ms': _median_ms(lambda run=encoder.run, x=features: run(x)),
                'decoder_ms': _median_ms(lambda run=decoder.run, x=code: run(x)),
            }
    return times


def _median_ms(work: Callable[[], object]) -> float:
    return round(1e3 * float(np.median([seconds(work) for _ in range(_ROUNDS)])), 4)
