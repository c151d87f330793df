"""What a bundle gets right, and what that costs, at every exit threshold."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation import exit_times, labelled
from edge_exit.evaluation.exit_curves import leaving_exits, point_at, sureness
from edge_exit.evaluation.observing import Observed, observe_files
from edge_exit.rules.registry import DEFAULT, rules_for


def score(
    folder: Path,
    bundle: Bundle,
    *,
    thresholds: list[float],
    progress: Callable = lambda steps, **_: steps,
) -> dict:
    """Measure a bundle on labelled pictures.

    :param folder: one folder of pictures for each class, named like it.
    :param thresholds: exit thresholds of the curve.
    :param progress: wraps an iterable to show how far it is; called with total and desc.
    :returns: whole_accuracy, whole_macs, whole_ms, exits and curve, ready for JSON; times are of
        one picture on one thread, the network alone.
    :raises ConfigError: if the folder cannot be scored.
    """
    files = labelled.labelled_files(folder, bundle)
    observed = observe_files(files, bundle, progress=progress)
    sure = sureness(rules_for(len(bundle.segments))[DEFAULT], observed.beliefs)
    times = exit_times.measure(files, bundle, sure, progress=progress)
    return {
        'whole_accuracy': observed.whole_accuracy,
        'whole_macs': bundle.backbone.macs,
        'whole_ms': 1e3 * times.whole,
        'exits': [
            {'exit': index, 'accuracy': float(share)}
            for index, share in enumerate(observed.own_right.mean(0))
        ],
        'curve': [_point(threshold, sure, observed, bundle, times) for threshold in thresholds],
    }


def _point(
    threshold: float,
    sure: np.ndarray,
    observed: Observed,
    bundle: Bundle,
    times: exit_times.ExitTimes,
) -> dict[str, float]:
    exits = leaving_exits(sure, threshold)
    point = point_at(threshold, exits, observed, bundle)
    return {**asdict(point), 'mean_ms': float(1e3 * np.array(times.exits)[exits].mean())}
