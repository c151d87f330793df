"""How long a frame takes that leaves at each exit, next to the backbone without exits."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation.labelled import LabelledFile, read_picture
from edge_exit.evaluation.stopwatch import seconds
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone

_MOST_ROUNDS = 200
_PICTURES = 40
_BUDGET_S = 30.0


@dataclass(frozen=True, slots=True)
class ExitTimes:
    """Median seconds for one picture on one thread, measured by turns in one run.

    :ivar whole: of the backbone without exits.
    :ivar exits: of a frame that leaves at each exit; NaN where no picture does.
    """

    whole: float
    exits: tuple[float, ...]


def measure(
    files: list[LabelledFile],
    bundle: Bundle,
    margins: np.ndarray,
    *,
    progress: Callable = lambda steps, **_: steps,
) -> ExitTimes:
    """Time frames that really leave at each exit.

    A frame leaves at exit i where its margin there is larger than at all exits before; it is then
    given an exit threshold between the two. How long it takes depends on the exit, not on the
    threshold, so that the mean for a threshold follows from the share of frames at each exit.

    :param margins: of the belief after each exit for each file, float32 (N, exits).
    """
    candidates = _candidates(margins)
    pictures = {
        row: read_picture(files[row].path, bundle) for rows in candidates for row, _ in rows
    }
    session = HeadSession(bundle, SegmentedNetwork(bundle))
    backbone = OnnxBackbone(bundle)
    spent = [[] for _ in candidates]
    whole = []
    end = time.perf_counter() + _BUDGET_S
    for turn in progress(range(_MOST_ROUNDS), total=_MOST_ROUNDS, desc='time', unit='round'):
        if time.perf_counter() > end:
            break
        for index, rows in enumerate(candidates):
            if not rows:
                continue
            row, threshold = rows[turn % len(rows)]
            picture = pictures[row]
            whole.append(seconds(lambda x=picture[np.newaxis]: backbone.run(x)))
            taken, exit = _leave(session, picture, threshold)
            if exit == index:
                spent[index].append(taken)
    return ExitTimes(
        float(np.median(whole)),
        tuple(float(np.median(values)) if values else float('nan') for values in spent),
    )


def _candidates(margins: np.ndarray) -> list[list[tuple[int, float]]]:
    """Give, for each exit, pictures with an exit threshold that lets them leave just there."""
    found = []
    for index in range(margins.shape[1]):
        before = margins[:, :index].max(axis=1, initial=-1.0)
        last = index == margins.shape[1] - 1
        rows = np.arange(len(margins)) if last else np.flatnonzero(margins[:, index] > before)
        # Batches and single pictures round differently: stay away from both margins.
        middle = (before[rows] + margins[rows, index]) / 2
        thresholds = np.full(len(rows), 2.0) if last else middle
        chosen = np.linspace(0, len(rows) - 1, min(_PICTURES, len(rows))).astype(int)
        found.append([(int(rows[place]), float(thresholds[place])) for place in chosen])
    return found


def _leave(session: HeadSession, picture: np.ndarray, threshold: float) -> tuple[float, int]:
    start = time.perf_counter()
    run = session.begin(picture)
    session.advance(run, exit_threshold=threshold, split=255, may_offload=False)
    return time.perf_counter() - start, run.exit
