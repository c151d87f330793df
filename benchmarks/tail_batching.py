"""Throughput and latency of one tail for 1, 4 and 16 heads, by the bounded wait of its batches.

python benchmarks/tail_batching.py [--bundle NAME] [--seconds S]

Each head offloads frames of its own at a steady rate, with a random phase; together they ask for
half of what the tail can do alone (`half`), or for four times that (`full`).
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator

import numpy as np
import report

from edge_exit import bundle as bundles
from edge_exit.errors import RefusedError
from edge_exit.inference import belief as beliefs
from edge_exit.inference.batching import Batcher, BatchLimits, Waiting
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.tail_session import TailJob, TailSession
from edge_exit.rules.registry import DEFAULT, rules_for

HEADS = (1, 4, 16)
WAITS_MS = (0.0, 2.0, 5.0)
SIZES = (1, 8)
LOADS = {'half': 0.5, 'full': 4.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', default='objects20')
    parser.add_argument('--seconds', type=float, default=4.0)
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--split', type=int, default=2)
    arguments = parser.parse_args()
    bundle = bundles.load(arguments.bundle)
    tail = Tail(bundle, arguments.split)
    settings = [
        (heads, load, size, wait)
        for load in LOADS
        for heads in HEADS
        for size in SIZES
        for wait in (WAITS_MS if size > 1 and load == 'half' else WAITS_MS[:1])
    ]
    # Interleaved, so that a busy moment of the machine does not fall on one setting alone.
    rounds = [
        [measure(tail, *setting, arguments.seconds) for setting in settings]
        for _ in range(arguments.repeats)
    ]
    rows = [median(list(repeats)) for repeats in zip(*rounds, strict=True)]
    report.write(
        'tail_batching',
        rows,
        bundle=bundle.name,
        split=arguments.split,
        threads=1,
        seconds=arguments.seconds,
        repeats=arguments.repeats,
        alone_ms=1e3 * tail.alone,
    )


class Tail:
    """Makes accepted frames of one split, and knows how long one takes alone."""

    def __init__(self, bundle: bundles.Bundle, split: int) -> None:
        network = SegmentedNetwork(bundle, segments=range(1, len(bundle.segments)))
        self.session = TailSession(bundle, network)
        self.split = split
        self._features = np.random.default_rng(0).random(
            (1, *bundle.split_at(split).shape), np.float32
        )
        self._belief = beliefs.first(len(bundle.classes))
        self._rule = rules_for(len(bundle.segments))[DEFAULT]
        times = []
        for _ in range(60):
            start = time.perf_counter()
            self.session.run([self.job()])
            times.append(time.perf_counter() - start)
        self.alone = float(np.median(times))

    def job(self) -> TailJob:
        """Give a frame that leaves at the last exit."""
        return TailJob(self._features, self._belief, 2.0, self.split, self._rule, [self._belief])


def measure(tail: Tail, heads: int, load: str, size: int, wait_ms: float, seconds: float) -> dict:
    latencies: list[float] = []
    refused = 0

    def work(batch: list[Waiting]) -> None:
        tail.session.run([frame.item for frame in batch])
        now = time.monotonic()
        latencies.extend(now - frame.arrived for frame in batch)

    limits = BatchLimits(size=size, wait=wait_ms / 1e3, queue=2 * heads + 16)
    batcher = Batcher(work, lambda frame: None, limits)
    start = time.monotonic()
    offered = frames(tail, heads, heads * tail.alone / LOADS[load])
    frame = next(offered)
    while (now := time.monotonic()) < start + seconds:
        while frame.arrived <= now:
            try:
                batcher.offer(frame)
            except RefusedError:
                refused += 1
            frame = next(offered)
        left = batcher.work_off()
        idle = frame.arrived - time.monotonic()
        time.sleep(max(0, idle if left is None else min(idle, left)))
    took = time.monotonic() - start
    return {
        'heads': heads,
        'load': load,
        'max_batch': size,
        'max_wait_ms': wait_ms,
        'frames_per_s': round(len(latencies) / took, 1),
        'mean_batch': round(len(latencies) / max(batcher.batches, 1), 2),
        'latency_ms_p50': round(1e3 * float(np.percentile(latencies, 50)), 2),
        'latency_ms_p99': round(1e3 * float(np.percentile(latencies, 99)), 2),
        'refused': refused,
    }


def median(repeats: list[dict]) -> dict:
    """Give the median of each figure over repeats of one setting."""
    return {
        key: value
        if isinstance(value, str)
        else round(statistics.median(r[key] for r in repeats), 2)
        for key, value in repeats[0].items()
    }


def frames(tail: Tail, heads: int, period: float) -> Iterator[Waiting]:
    """Give the frames of all heads in the order of time, each head at its period."""
    draw = random.Random(0)
    start = time.monotonic()
    due = sorted((start + draw.random() * period, head) for head in range(heads))
    while True:
        when, head = due.pop(0)
        yield Waiting(f'/head{head}', when, when + 60, tail.job())
        due.append((when + period, head))


if __name__ == '__main__':
    main()
