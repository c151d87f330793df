"""What every split and codec level costs on this machine, and which is best over which link."""

import math
from collections.abc import Sequence
from typing import Any

from edge_exit.bundle import Bundle, Split
from edge_exit.evaluation.frame_times import FrameTimes, frame_times, soft_picture

RATES_MBPS = (1, 5, 20, 100)


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
    times = frame_times(bundle, soft_picture(bundle), threads=threads)
    rows = [
        _sent(split, level, bundle, times, robot_slower)
        for split in bundle.splits
        for level in levels
    ]
    rows.append(_alone(bundle, 1e3 * robot_slower * float(times.segments.sum())))
    least = rows[-1]['accuracy'] - max_loss
    good = [row for row in rows if row['accuracy'] is not None and row['accuracy'] >= least]
    return {'splits': rows, 'best': [_best(good, rate) for rate in RATES_MBPS]}


def _sent(
    split: Split, level: int, bundle: Bundle, times: FrameTimes, robot_slower: float
) -> dict[str, Any]:
    """Give the row of a frame that is sent."""
    ran = split.split
    head = times.segments[:ran].sum() + times.encoding[ran, level]
    tail = times.decoding[ran, level] + times.segments[ran:].sum()
    return {
        'split': ran,
        'level': bundle.codec_levels[level].name,
        'head_ms': 1e3 * robot_slower * float(head),
        'bytes': split.bytes[level],
        'tail_ms': 1e3 * float(tail),
        'accuracy': split.accuracy[level],
    }


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
