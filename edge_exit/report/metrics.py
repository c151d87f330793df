"""The figures that runs are compared by: how they are written, and which way is better."""

from collections.abc import Callable
from dataclasses import dataclass

from edge_exit.report.numbers import count, milliseconds, percent, points, si


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure.

    :ivar key: in `figures` of a run.
    :ivar pair: in `metrics` of a difference; empty if it is not compared frame by frame.
    :ivar better: 1 if more is better, -1 if less is, 0 if neither.
    :ivar apart: writes a difference.
    """

    key: str
    pair: str
    name: str
    better: int
    write: Callable
    apart: Callable


def joules(value: float | None) -> str:
    """Write an energy."""
    return si(value, 'J')


def size(value: float | None) -> str:
    """Write bytes."""
    return si(value, 'B')


def macs(value: float | None) -> str:
    """Write multiply-accumulate operations."""
    return si(value, 'MAC')


METRICS = (
    Metric('accuracy', 'right', 'accuracy', 1, percent, points),
    Metric('agreement', 'right', 'agreement', 1, percent, points),
    Metric('latency_ms_mean', 'latency_ms_mean', 'mean latency', -1, milliseconds, milliseconds),
    Metric('latency_ms_p50', '', 'median latency', -1, milliseconds, milliseconds),
    Metric('latency_ms_p99', 'latency_ms_p99', '99th percentile', -1, milliseconds, milliseconds),
    Metric('deadline_miss_rate', 'deadline_miss_rate', 'late', -1, percent, points),
    Metric('bytes_per_frame', 'bytes_per_frame', 'sent a frame', -1, size, size),
    Metric('energy_j_per_frame', 'energy_j_per_frame', 'energy a frame', -1, joules, joules),
    Metric('macs_per_frame', 'macs_per_frame', 'on the robot a frame', 0, macs, macs),
    Metric('exited', '', 'exited', 0, count, count),
    Metric('offloaded', '', 'offloaded', 0, count, count),
    Metric('fallback', '', 'fallback', -1, count, count),
    Metric('dropped', '', 'dropped', -1, count, count),
)  # fmt: skip


def known(runs: list[dict], *, paired: bool = False) -> list[Metric]:
    """Give the figures that any of these runs has."""
    return [
        metric
        for metric in METRICS
        if any(run['figures'][metric.key] is not None for run in runs)
        and (metric.pair or not paired)
    ]
