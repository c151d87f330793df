"""Figures of a run: outcomes, accuracy, latency and where it comes from, bytes, energy."""

import numpy as np

from edge_exit.evaluation.judged.chance import Stretches
from edge_exit.evaluation.judged.columns import Columns
from edge_exit.evaluation.judged.plain import mean, percentiles
from edge_exit.evaluation.run import Run
from edge_exit.inference.outcome import Outcome

LABELS, WHOLE = 'labels', 'whole network'
OUTCOMES = (Outcome.EXITED, Outcome.OFFLOADED, Outcome.FALLBACK)
PARTS = ('queue', 'head', 'link', 'tail', 'waited')
_SLICES = 100


def judged_by(run: Run) -> str | None:
    """Say what answers are compared with; None if there is nothing."""
    if run.labels:
        return LABELS
    return WHOLE if run.whole else None


def notes_on_truth(run: Run) -> list[str]:
    """Say what a share of right answers means where there are no labels."""
    return {
        LABELS: [],
        WHOLE: [
            'no labels: answers are compared with those of the whole network without exits on the '
            'same images; that is agreement, not accuracy'
        ],
        None: ['no labels, no answers of the whole network: nothing tells what is right'],
    }[judged_by(run)]


def right_or_unknown(columns: Columns) -> np.ndarray:
    """Give 1.0 for a right answer, 0.0 for a wrong one, NaN where that is not known, (N,)."""
    return np.where(columns.judged, columns.right.astype(float), np.nan)


def figures(run: Run, columns: Columns, stretches: Stretches) -> dict:
    """Give the figures of the whole run."""
    latency = 1e3 * columns.total
    p50, p90, p99 = percentiles(latency, (50, 90, 99))
    right = right_or_unknown(columns)
    return {
        'frames_received': run.taken + run.dropped,
        'frames_taken': run.taken,
        **{outcome.name.lower(): _count(columns, outcome) for outcome in OUTCOMES},
        'dropped': run.dropped,
        'judged': int(columns.judged.sum()),
        **_shares(judged_by(run), mean(right), stretches.share_ci95(right)),
        'latency_ms_mean': mean(latency),
        'latency_ms_p50': p50,
        'latency_ms_p90': p90,
        'latency_ms_p99': p99,
        'latency_ms_max': float(latency.max()) if len(latency) else None,
        'deadline_miss_rate': mean(columns.late),
        'bytes_per_frame': mean(columns.wire_bytes),
        'energy_j_per_frame': mean(columns.joules),
        'macs_per_frame': mean(columns.robot_macs),
        'network_macs_per_frame': mean(columns.network_macs),
    }


def by_outcome(columns: Columns) -> dict[str, dict]:
    """Give the figures of the frames that ended in each way."""
    return {
        outcome.name.lower(): _of_some(columns, columns.outcome == outcome) for outcome in OUTCOMES
    }


def breakdown(columns: Columns) -> dict[str, dict]:
    """Say where the time went, over all frames: what a frame did not do took it 0 ms."""
    return {name: _spread(1e3 * getattr(columns, name)) for name in (*PARTS, 'total')}


def distribution(columns: Columns) -> dict[str, list]:
    """Give mean times of frames that took alike: sorted by their total, in up to 100 slices.

    :returns: percentile (the middle of each slice, 0 to 100), the parts and the total, ms.
    """
    count = min(_SLICES, len(columns))
    slices = np.array_split(np.argsort(columns.total, kind='stable'), count) if count else []
    return {
        'percentile': [100 * (index + 0.5) / count for index in range(count)],
        **{
            name: [1e3 * float(getattr(columns, name)[some].mean()) for some in slices]
            for name in (*PARTS, 'total')
        },
    }


def _count(columns: Columns, outcome: Outcome) -> int:
    return int((columns.outcome == outcome).sum())


def _shares(by: str | None, share: float | None, interval: list | None) -> dict:
    """Name the share of right answers for what it is; the other name stays empty."""
    labels, whole = by == LABELS, by == WHOLE
    return {
        'accuracy': share if labels else None,
        'accuracy_ci95': interval if labels else None,
        'agreement': share if whole else None,
        'agreement_ci95': interval if whole else None,
    }


def _of_some(columns: Columns, some: np.ndarray) -> dict:
    latency = 1e3 * columns.total[some]
    p50, p99 = percentiles(latency, (50, 99))
    return {
        'frames': int(some.sum()),
        'right': mean(right_or_unknown(columns)[some]),
        'latency_ms_mean': mean(latency),
        'latency_ms_p50': p50,
        'latency_ms_p99': p99,
        'deadline_miss_rate': mean(columns.late[some]),
        'bytes_per_frame': mean(columns.wire_bytes[some]),
        'energy_j_per_frame': mean(columns.joules[some]),
    }


def _spread(values: np.ndarray) -> dict:
    p50, p90, p99 = percentiles(values, (50, 90, 99))
    return {'mean': mean(values), 'p50': p50, 'p90': p90, 'p99': p99}
