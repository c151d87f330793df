"""What every split costs on this machine, and which one is best over which link."""

import math

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork

RATES_MBPS = (1, 5, 20, 100)
_ROUNDS = 100


def profile(
    bundle: Bundle, *, level: int, robot_slower: float = 1.0, threads: int = 1
) -> dict[str, list]:
    """Measure every split and find the best one for each rate.

    A frame that is offloaded at split s takes head(s) + 8 bytes(s) / rate + tail(s) (Dynamic split
    computing, arXiv 2205.11269); nothing leaves at an exit here. The last row never offloads.

    :param level: index of the codec level.
    :param robot_slower: how many times slower than this machine the robot is.
    :returns: `splits` (split, head_ms, bytes, tail_ms) and `best` (rate_mbps, split, total_ms).
    """
    seconds = _segment_seconds(SegmentedNetwork(bundle, threads=threads))
    count = len(bundle.segments)
    rows = []
    for split in range(1, count + 1):
        size = bundle.split_at(split).bytes[level] if split < count else 0
        rows.append(
            {
                'split': split,
                'head_ms': 1e3 * robot_slower * sum(seconds[:split]),
                'bytes': size,
                'tail_ms': 1e3 * sum(seconds[split:]),
            }
        )
    return {'splits': rows, 'best': [_best(rows, rate) for rate in RATES_MBPS]}


def _best(rows: list[dict], rate_mbps: float) -> dict:
    best, least = rows[-1], math.inf
    for row in rows:
        total = row['head_ms'] + row['bytes'] * 8 / (rate_mbps * 1e3) + row['tail_ms']
        if total < least:
            best, least = row, total
    return {'rate_mbps': rate_mbps, 'split': best['split'], 'total_ms': least}


def _segment_seconds(network: SegmentedNetwork) -> list[float]:
    picture = network.bundle.preprocessing
    shape = (1, picture.height, picture.width, picture.channels)
    blank = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for _ in range(_ROUNDS):
        features, beliefs = blank, first_rows(1, len(network.bundle.classes))
        for index in network.segments:
            features, beliefs = network.run(index, features, beliefs)
    return [network.service(index) for index in network.segments]
