"""Figures of a stretch of frames: outcomes, accuracy, latency, bytes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a stretch of frames, named as in JSON; None where there is nothing to measure.

    :ivar frames_received: taken or dropped.
    :ivar accuracy: share of right answers among the results whose image has a label.
    :ivar latency_ms_p50, latency_ms_p99, latency_ms_max: arrival of the image to result.
    :ivar bytes_per_frame: mean bytes sent to the tail a taken frame, those not sent included.
    """

    frames_received: int
    frames_taken: int
    exited: int
    offloaded: int
    fallback: int
    dropped: int
    accuracy: float | None
    latency_ms_p50: float | None
    latency_ms_p99: float | None
    latency_ms_max: float | None
    bytes_per_frame: float | None

    def as_json(self) -> dict[str, float | int | None]:
        """Give them rounded to what is worth reading."""
        return {
            name: round(value, 4 if name == 'accuracy' else 2)
            if isinstance(value, float)
            else value
            for name, value in asdict(self).items()
        }


def measure(
    results: Sequence[FrameResult], labels: Mapping[int, int], *, taken: int, dropped: int
) -> Figures:
    """Measure a stretch of frames.

    :param labels: true class by stamp of the image, ns.
    :param taken: frames that the head says it took.
    :param dropped: frames that the head says it dropped.
    """
    outcomes = Counter(result.outcome for result in results)
    latency = [result.total * 1e3 for result in results]
    return Figures(
        frames_received=taken + dropped,
        frames_taken=taken,
        exited=outcomes[Outcome.EXITED],
        offloaded=outcomes[Outcome.OFFLOADED],
        fallback=outcomes[Outcome.FALLBACK],
        dropped=dropped,
        accuracy=accuracy(results, labels),
        latency_ms_p50=percentile(latency, 50),
        latency_ms_p99=percentile(latency, 99),
        latency_ms_max=max(latency, default=None),
        bytes_per_frame=sum(r.wire_bytes for r in results) / taken if taken else None,
    )


def accuracy(results: Sequence[FrameResult], labels: Mapping[int, int]) -> float | None:
    """Give the share of right answers among the results that have a label; None without any."""
    right = [
        result.class_id == labels[result.stamp] for result in results if result.stamp in labels
    ]
    return sum(right) / len(right) if right else None


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Interpolate a percentile, 0 to 100; None without values."""
    return float(np.percentile(values, percent)) if len(values) else None


def histogram(results: Sequence[FrameResult], exits: int) -> list[int]:
    """Count the results of each exit; results before any exit has spoken count nowhere."""
    counts = Counter(result.exit for result in results)
    return [counts[index] for index in range(exits)]
