"""Time the multi-exit network against the same backbone without exits, on one thread.

For each bundle: the whole network without leaving, and the belief and session code around it; a
head process that loads it (resident memory, time until it is ready).

Both take turns in blocks of frames, and the first frames of a block do not count: they find the
other network's weights in the caches, as no robot does that runs one of them. `ratio_by_turns` is
what is found if they take turns with every frame.

    python benchmarks/network_time.py [BUNDLE ...]
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import report

from edge_exit import bundle as bundles
from edge_exit.inference.belief import first_rows
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone

BLOCK = 20
# Frames at the beginning of a block that do not count.
SETTLING = 3

_HEAD = """
import json, sys, time
start = time.perf_counter()
import numpy as np
from edge_exit import bundle as bundles
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.preprocess import picture_from
bundle = bundles.load(sys.argv[1])
session = HeadSession(bundle, SegmentedNetwork(bundle))
run = session.begin(picture_from(np.zeros((480, 640, 3), np.uint8), bundle.preprocessing))
session.advance(run, exit_threshold=2.0, split=255, may_offload=False)
ready = time.perf_counter() - start
pages = int(open('/proc/self/statm').read().split()[1])
print(json.dumps({'ready_s': ready, 'resident_mb': pages * 4096 / 1e6}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('bundles', nargs='*', default=bundles.names())
    parser.add_argument('--rounds', type=int, default=1000)
    arguments = parser.parse_args()
    rows = [row(name, arguments.rounds) for name in arguments.bundles]
    report.write(
        'network_time',
        rows,
        threads=1,
        rounds=arguments.rounds,
        to_reach={'ratio': 1.10, 'ready_s': 3.0, 'resident_mb': 200},
    )


def row(name: str, rounds: int) -> dict:
    bundle = bundles.load(name)
    works = works_of(bundle)
    by_turns = measure(works, rounds, block=1)
    whole, exits, network_only = measure(works, rounds, block=BLOCK)
    process = subprocess.run(
        [sys.executable, '-c', _HEAD, name], check=True, capture_output=True, text=True
    )
    return {
        'bundle': name,
        'backbone_ms': 1e3 * np.median(whole),
        'backbone_p99_ms': 1e3 * np.quantile(whole, 0.99),
        'all_exits_ms': 1e3 * np.median(exits),
        'all_exits_p99_ms': 1e3 * np.quantile(exits, 0.99),
        # Of blocks next to each other, so that what else the machine does hits both.
        'ratio': np.median(in_blocks(exits) / in_blocks(whole)),
        'segments_only_ratio': np.median(in_blocks(network_only) / in_blocks(whole)),
        'ratio_by_turns': np.median(by_turns[1] / by_turns[0]),
        **json.loads(process.stdout),
    }


def works_of(bundle) -> tuple[Callable[[], None], ...]:
    """Give what is timed: the backbone, a frame heard by all exits, and its segments alone."""
    network = SegmentedNetwork(bundle)
    session = HeadSession(bundle, network)
    backbone = OnnxBackbone(bundle)
    shape = bundle.preprocessing
    picture = np.random.default_rng(0).integers(
        0, 256, (shape.height, shape.width, shape.channels), np.uint8
    )

    nothing = first_rows(1, len(bundle.classes))

    def whole() -> None:
        backbone.run(picture[np.newaxis])

    def exits() -> None:
        run = session.begin(picture)
        session.advance(run, exit_threshold=2.0, split=255, may_offload=False)

    def segments() -> None:
        features, beliefs = picture[np.newaxis], nothing
        for index in network.segments:
            features, beliefs = network.run(index, features, beliefs)

    return whole, exits, segments


def measure(works: Sequence[Callable[[], None]], rounds: int, block: int) -> np.ndarray:
    """Give the seconds of each work and round, (works, rounds); they take turns in blocks."""
    settling = SETTLING if block > 1 else 0
    spent = np.empty((len(works), rounds // block + 1, block))
    for turn in range(spent.shape[1]):
        for place in np.random.default_rng(turn).permutation(len(works)):
            for frame in range(-settling, block):
                start = time.perf_counter()
                works[place]()
                if frame >= 0:
                    spent[place, turn, frame] = time.perf_counter() - start
    return spent[:, 1:].reshape(len(works), -1)


def in_blocks(spent: np.ndarray) -> np.ndarray:
    """Give the median of each block."""
    return np.median(spent.reshape(-1, BLOCK), axis=1)


if __name__ == '__main__':
    main()
