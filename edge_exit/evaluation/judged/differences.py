"""What a run did better or worse than another one, on the very same images."""

from dataclasses import dataclass

import numpy as np

from edge_exit.evaluation.judged.chance import Stretches, ci95
from edge_exit.evaluation.judged.columns import Columns
from edge_exit.evaluation.judged.figures import right_or_unknown

# Name in JSON and unit of a column; means are compared.
_MEANS = ('right', 'latency_ms_mean', 'deadline_miss_rate', 'bytes_per_frame',
          'energy_j_per_frame', 'macs_per_frame')  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frames:
    """What pairing needs of each frame, (N,) or (N, figures).

    :ivar stamp: of the image, ns; each once.
    :ivar arrived: s since the first image.
    :ivar values: one column for each of the means.
    """

    stamp: np.ndarray
    arrived: np.ndarray
    values: np.ndarray


def frames_of(columns: Columns) -> Frames:
    """Keep what pairing needs."""
    stamps, first = np.unique(columns.stamp, return_index=True)
    values = (
        right_or_unknown(columns),
        1e3 * columns.total,
        columns.late,
        columns.wire_bytes,
        columns.joules,
        columns.robot_macs,
    )
    return Frames(stamps, columns.arrived[first], np.stack(values, axis=1).astype(float)[first])


def difference(reference: Frames, other: Frames) -> dict:
    """Compare two runs on the images that both have a result of.

    :returns: frames (pairs), stretch_s, and metrics: for each its value in both runs, the
        difference (other less reference) and its 95 % interval.
    """
    _, left, right = np.intersect1d(
        reference.stamp, other.stamp, assume_unique=True, return_indices=True
    )
    stretches = Stretches(reference.arrived[left])
    before, after = reference.values[left], other.values[right]
    # A frame counts only where both runs know the figure.
    unknown = ~np.isfinite(before + after)
    before, after = np.where(unknown, np.nan, before), np.where(unknown, np.nan, after)
    metrics = {
        name: _mean(stretches, before[:, index], after[:, index])
        for index, name in enumerate(_MEANS)
    }
    latency = _MEANS.index('latency_ms_mean')
    metrics['latency_ms_p99'] = _percentile(stretches, before[:, latency], after[:, latency], 99)
    return {'frames': len(left), 'stretch_s': stretches.length, 'metrics': metrics}


def _mean(stretches: Stretches, before: np.ndarray, after: np.ndarray) -> dict:
    if not np.isfinite(before).any():
        return _metric(None, None, None)
    return _metric(
        float(np.nanmean(before)), float(np.nanmean(after)), ci95(stretches.means(after - before))
    )


def _percentile(stretches: Stretches, before: np.ndarray, after: np.ndarray, percent: int) -> dict:
    if not len(before):
        return _metric(None, None, None)
    drawn = stretches.percentiles(after, percent) - stretches.percentiles(before, percent)
    return _metric(*(float(np.percentile(v, percent)) for v in (before, after)), ci95(drawn))


def _metric(before: float | None, after: float | None, interval: list | None) -> dict:
    apart = None if before is None or after is None else after - before
    return {'reference': before, 'run': after, 'difference': apart, 'ci95': interval}
