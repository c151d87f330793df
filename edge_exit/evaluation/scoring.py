"""What a bundle gets right, and what that costs, at every exit threshold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation import exit_times, labelled
from edge_exit.evaluation.labelled import LabelledFile
from edge_exit.inference.belief import Belief, first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Outputs:
    """What every exit says of N pictures.

    :ivar labels: true classes, (N,).
    :ivar whole: class that the backbone without exits gives, (N,).
    :ivar own: class that each exit alone gives, (N, exits).
    :ivar believed: class that the belief after each exit gives, (N, exits).
    :ivar margins: margin of the belief after each exit, float32 (N, exits).
    """

    labels: np.ndarray
    whole: np.ndarray
    own: np.ndarray
    believed: np.ndarray
    margins: np.ndarray


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
    outputs = run_all(files, bundle, progress=progress)
    times = exit_times.measure(files, bundle, outputs.margins, progress=progress)
    right = outputs.own == outputs.labels[:, np.newaxis]
    return {
        'whole_accuracy': float((outputs.whole == outputs.labels).mean()),
        'whole_macs': bundle.backbone.macs,
        'whole_ms': 1e3 * times.whole,
        'exits': [
            {'exit': index, 'accuracy': float(share)} for index, share in enumerate(right.mean(0))
        ],
        'curve': [_point(threshold, outputs, bundle, times) for threshold in thresholds],
    }


def run_all(
    files: list[LabelledFile], bundle: Bundle, *, progress: Callable = lambda steps, **_: steps
) -> Outputs:
    """Run every exit and the backbone on every picture, in batches."""
    network = SegmentedNetwork(bundle)
    backbone = OnnxBackbone(bundle)
    steps = labelled.batches(files, bundle, size=_BATCH)
    parts = [
        _run_batch(pictures, labels, network, backbone)
        for pictures, labels in progress(
            steps, total=-(-len(files) // _BATCH), desc='accuracy', unit='batch'
        )
    ]
    return Outputs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def leaving_exits(margins: np.ndarray, threshold: float) -> np.ndarray:
    """Say at which exit each picture leaves: the first that is sure enough, else the last.

    :param margins: float32 (N, exits).
    :returns: indices of exits, (N,).
    """
    sure = margins >= np.float32(threshold)
    sure[:, -1] = True
    return sure.argmax(axis=1)


def spent_macs(bundle: Bundle) -> np.ndarray:
    """Give the MACs of a picture that leaves at each exit, those of the exits before included."""
    return np.cumsum([part.macs + part.exit.macs for part in bundle.segments])


def _point(
    threshold: float, outputs: Outputs, bundle: Bundle, times: exit_times.ExitTimes
) -> dict[str, float]:
    exits = leaving_exits(outputs.margins, threshold)
    answers = np.take_along_axis(outputs.believed, exits[:, np.newaxis], 1)[:, 0]
    return {
        'threshold': threshold,
        'accuracy': float((answers == outputs.labels).mean()),
        'mean_macs': float(spent_macs(bundle)[exits].mean()),
        'mean_ms': float(1e3 * np.array(times.exits)[exits].mean()),
    }


def _run_batch(
    pictures: np.ndarray, labels: np.ndarray, network: SegmentedNetwork, backbone
) -> tuple[np.ndarray, ...]:
    count = len(network.bundle.classes)
    features, rows = pictures, first_rows(len(pictures), count)
    own, believed, margins = [], [], []
    for index in network.segments:
        features, rows, said = network.hear(index, features, rows)
        own.append(said[:, :count].argmax(axis=1))
        believed.append(rows[:, :-1].argmax(axis=1))
        margins.append([Belief(row).margin for row in rows])
    whole = backbone.run(pictures).argmax(axis=1)
    return labels, whole, np.stack(own, 1), np.stack(believed, 1), np.array(margins, np.float32).T
