"""The operating points of a run: when they changed, and what each of them brought."""

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation.judged.columns import Columns
from edge_exit.evaluation.judged.figures import right_or_unknown
from edge_exit.evaluation.judged.plain import mean
from edge_exit.evaluation.judged.timeline import MOST_BINS
from edge_exit.evaluation.run import Run
from edge_exit.policy.operating_point import OperatingPoint

MOST_CHANGES = 2000
MOST_USED = 40


def changes(run: Run) -> list[dict]:
    """List the choices that differ from the one before; of very many, some in every stretch."""
    found = []
    before = None
    for time, point in run.points:
        if _key(point) != before:
            found.append((time, point))
        before = _key(point)
    if len(found) > MOST_CHANGES:
        stretch = max(run.duration, found[-1][0]) / MOST_BINS
        found = list({int(time / stretch): (time, point) for time, point in found}.values())
    return [{'t_s': time, **_point(point), 'reason': point.reason} for time, point in found]


def used(run: Run, columns: Columns) -> list[dict]:
    """Give what each operating point brought, the one of most frames first.

    Thresholds that agree in two digits count as one; beyond MOST_USED of them the rest is left
    out.
    """
    groups: dict[tuple, list[int]] = {}
    for frame, index in enumerate(columns.point):
        if index >= 0:
            groups.setdefault(_coarse(run.points[index][1]), []).append(frame)
    largest = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_USED]
    return [{**_choice(*key), **_brought(columns, np.array(frames))} for key, frames in largest]


def curve(bundle: Bundle | None) -> dict | None:
    """Give accuracy against cost at every exit threshold, as the bundle holds it; None without.

    :returns: rule, pictures, whole_accuracy, whole_macs, and points (threshold, accuracy,
        mean_macs).
    """
    found = (bundle.metrics if bundle else {}).get('calibration')
    try:
        return {
            'rule': str(found['rule']),
            'pictures': int(found['pictures']),
            'whole_accuracy': float(found['whole_accuracy']),
            'whole_macs': bundle.backbone.macs,
            'points': [
                {name: float(row[name]) for name in ('threshold', 'accuracy', 'mean_macs')}
                for row in found['curve']
            ],
        }
    except (KeyError, TypeError, ValueError):
        return None  # metrics are the only part of a bundle that nobody has checked


def _brought(columns: Columns, some: np.ndarray) -> dict:
    return {
        'frames': len(some),
        'judged': int(columns.judged[some].sum()),
        'right': mean(right_or_unknown(columns)[some]),
        'latency_ms_mean': 1e3 * float(columns.total[some].mean()),
        'bytes_per_frame': float(columns.wire_bytes[some].mean()),
        'macs_per_frame': mean(columns.robot_macs[some]),
        'network_macs_per_frame': mean(columns.network_macs[some]),
    }


def _key(point: OperatingPoint) -> tuple:
    return tuple(_point(point).values())


def _point(point: OperatingPoint) -> dict:
    return {
        'policy': point.policy,
        'split': point.split,
        'exit_threshold': point.exit_threshold,
        'growth_threshold': point.growth_threshold,
        'codec_level': point.codec_level,
        'offload': point.offload,
    }


def _coarse(point: OperatingPoint) -> tuple:
    threshold = round(point.exit_threshold, 2)
    if not point.offload:
        return (False, -1, threshold, -1)
    return (True, point.split, threshold, point.codec_level)


def _choice(offload: bool, split: int, threshold: float, level: int) -> dict:
    """Name a choice; without offloading, split and codec level mean nothing."""
    return {
        'offload': offload,
        'split': split if offload else None,
        'exit_threshold': threshold,
        'codec_level': level if offload else None,
    }
