"""The frames that went worst, for a human to look at."""

import numpy as np

from edge_exit.evaluation.judged.columns import Columns
from edge_exit.evaluation.run import Run
from edge_exit.inference.outcome import Outcome

SHOWN = 24


def worst(run: Run, columns: Columns) -> list[dict]:
    """List bad frames, the worst first, at most one in each stretch of the run.

    How bad: 1 + its own probability for a wrong answer, plus its time in deadlines. So a wrong
    answer that was sure of itself leads; then come late ones. Frames that are right and in time
    are not listed.
    """
    wrong = columns.judged & ~columns.right
    sure = np.clip(np.nan_to_num(columns.score), 0.0, 1.0)
    badness = wrong * (1 + sure) + columns.total / run.deadline
    stretch = max(run.duration / (4 * SHOWN), 1e-9)
    found: dict[int, int] = {}
    for frame in np.argsort(-badness, kind='stable'):
        if len(found) == SHOWN:
            break
        fell = columns.outcome[frame] == Outcome.FALLBACK
        if wrong[frame] or columns.late[frame] or fell:
            found.setdefault(int(columns.arrived[frame] / stretch), int(frame))
    return [_row(run, columns, frame, float(badness[frame])) for frame in found.values()]


def _row(run: Run, columns: Columns, frame: int, badness: float) -> dict:
    result = run.results[columns.place[frame]]
    truth = int(columns.truth[frame])
    return {
        'stamp_ns': result.stamp,
        't_s': result.arrived,
        'truth': _name(run, truth),
        'answer': _name(run, result.class_id),
        'right': bool(columns.right[frame]) if columns.judged[frame] else None,
        'late': bool(columns.late[frame]),
        'outcome': result.outcome.name.lower(),
        'exit': result.exit,
        'score': result.score,
        'margin': result.margin,
        'latency_ms': 1e3 * result.total,
        'reason': result.reason,
        'badness': badness,
    }


def _name(run: Run, index: int) -> str | None:
    return run.classes[index] if 0 <= index < len(run.classes) else None
