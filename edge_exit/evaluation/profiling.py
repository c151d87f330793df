"""What every split and codec level costs on this machine, and which is best over which link."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation.stopwatch import seconds
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.split_codec import SplitCodec

RATES_MBPS = (1, 5, 20, 100)
_ROUNDS = 100
_CODEC_ROUNDS = 20


def profile(
    bundle: Bundle,
    *,
    levels: Sequence[int],
    max_loss: float,
    robot_slower: float = 1.0,
    threads: int = 1,
) -> dict[str, list]:
    """Measure every split and codec level and find the best for each rate.

    A frame that is offloaded at split s takes head(s) + 8 bytes(s) / rate + tail(s) (Dynamic split
    computing, arXiv 2205.11269), encoding and decoding counted; nothing leaves at an exit here. The
    last row never offloads.

    :param levels: indices of the codec levels to look at.
    :param max_loss: accuracy that the best may lose; a level of unknown accuracy is never best.
    :param robot_slower: how many times slower than this machine the robot is.
    :returns: `splits` (split, level, head_ms, bytes, tail_ms, accuracy) and `best` (rate_mbps,
        split, level, total_ms).
    """
    network = SegmentedNetwork(bundle, threads=threads)
    every = network.splits
    codec = SplitCodec(bundle, encodes=every, decodes=every, threads=threads)
    values = _run(network)
    seconds = [network.service(index) for index in network.segments]
    rows = []
    for split in every:
        for level in levels:
            encoding, decoding = _codec_seconds(codec, split, level, values[split])
            rows.append(
                {
                    'split': split,
                    'level': bundle.codec_levels[level].name,
                    'head_ms': 1e3 * robot_slower * (sum(seconds[:split]) + encoding),
                    'bytes': bundle.splits[split].bytes[level],
                    'tail_ms': 1e3 * (decoding + sum(seconds[split:])),
                    'accuracy': bundle.splits[split].accuracy[level],
                }
            )
    rows.append(_alone(bundle, 1e3 * robot_slower * sum(seconds)))
    least = rows[-1]['accuracy'] - max_loss
    good = [row for row in rows if row['accuracy'] is not None and row['accuracy'] >= least]
    return {'splits': rows, 'best': [_best(good, rate) for rate in RATES_MBPS]}


def _alone(bundle: Bundle, head_ms: float) -> dict[str, Any]:
    """Give the row of a frame that stays on the robot: as accurate as raw features would be."""
    accuracy = bundle.splits[-1].accuracy[0]
    return {
        'split': len(bundle.segments),
        'level': '',
        'head_ms': head_ms,
        'bytes': 0,
        'tail_ms': 0.0,
        'accuracy': bundle.backbone.accuracy if accuracy is None else accuracy,
    }


def _best(rows: list[dict[str, Any]], rate_mbps: float) -> dict[str, Any]:
    best, least = rows[-1], math.inf
    for row in rows:
        total = row['head_ms'] + row['bytes'] * 8 / (rate_mbps * 1e3) + row['tail_ms']
        if total < least:
            best, least = row, total
    return {
        'rate_mbps': rate_mbps,
        'split': best['split'],
        'level': best['level'],
        'total_ms': least,
    }


def _run(network: SegmentedNetwork) -> list[np.ndarray]:
    """Run all segments often enough to know their times; give what would be sent at each split."""
    picture = network.bundle.preprocessing
    shape = (1, picture.height, picture.width, picture.channels)
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for _ in range(_ROUNDS):
        values, beliefs = [noise], first_rows(1, len(network.bundle.classes))
        for index in network.segments:
            features, beliefs = network.run(index, values[-1], beliefs)
            values.append(features)
    return values


def _codec_seconds(
    codec: SplitCodec, split: int, level: int, values: np.ndarray
) -> tuple[float, float]:
    coded = codec.encode(split, level, values)
    encoding = [seconds(lambda: codec.encode(split, level, values)) for _ in range(_CODEC_ROUNDS)]
    decoding = [seconds(lambda: codec.decode(split, coded)) for _ in range(_CODEC_ROUNDS)]
    return statistics.median(encoding), statistics.median(decoding)
