"""What only running a network tells: its times."""

import time

import numpy as np

from edge_exit.bundle import Bundle, rewriting
from edge_exit.evaluation.frame_times import LEAST_FRAMES, PAUSE, frame_times
from edge_exit.evaluation.stopwatch import seconds
from edge_exit.inference.onnx_runtime import OnnxBackbone


def timed(bundle: Bundle, picture: np.ndarray) -> Bundle:
    """Time a bundle on this machine and write that into its manifest; its answers stay the same.

    :param picture: uint8 (H, W, C).
    """
    values = rewriting.content(bundle)
    times = frame_times(bundle, picture)
    for segment, taken in zip(values['segments'], times.segments, strict=True):
        segment['reference_ms'] = _ms(taken)
    for split, there, back in zip(values['splits'], times.encoding, times.decoding, strict=True):
        split |= {'encode_ms': [*map(_ms, there)], 'decode_ms': [*map(_ms, back)]}
    values['backbone']['reference_ms'] = _ms(backbone_time(bundle, picture))
    return rewriting.update(bundle, {k: values[k] for k in ('segments', 'splits', 'backbone')})


def backbone_time(bundle: Bundle, picture: np.ndarray) -> float:
    """Time the backbone without early exits; the median of frames that come one by one, s."""
    backbone, spent = OnnxBackbone(bundle), []
    for _ in range(LEAST_FRAMES):
        time.sleep(PAUSE)
        spent.append(seconds(lambda: backbone.run(picture[np.newaxis])))
    return float(np.median(spent))


def _ms(taken: float) -> float:
    return round(1e3 * float(taken), 4)
