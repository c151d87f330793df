"""What every exit of a bundle says of labelled pictures, and what is believed after it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation import labelled
from edge_exit.evaluation.labelled import LabelledFile
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Observed:
    """N pictures, all exits.

    :ivar labels: true classes, (N,).
    :ivar whole: class that the backbone without exits gives, (N,).
    :ivar logits: of each exit alone, float32 (N, exits, classes).
    :ivar beliefs: class mass and, last, remaining mass after each exit, float32
        (N, exits, classes + 1).
    """

    labels: np.ndarray
    whole: np.ndarray
    logits: np.ndarray
    beliefs: np.ndarray

    @property
    def whole_accuracy(self) -> float:
        """Give the accuracy of the backbone without exits."""
        return float((self.whole == self.labels).mean())

    @property
    def own_right(self) -> np.ndarray:
        """Say which exits alone are right, (N, exits)."""
        return self.logits.argmax(axis=2) == self.labels[:, np.newaxis]

    @property
    def believed_right(self) -> np.ndarray:
        """Say which beliefs are right, (N, exits)."""
        return self.beliefs[:, :, :-1].argmax(axis=2) == self.labels[:, np.newaxis]


def observe_files(
    files: list[LabelledFile], bundle: Bundle, *, progress: Callable = lambda steps, **_: steps
) -> Observed:
    """Run every exit and the backbone on every picture file.

    :param progress: wraps an iterable to show how far it is; called with total and desc.
    """
    batches = labelled.batches(files, bundle, size=_BATCH)
    count = -(-len(files) // _BATCH)
    return observe(bundle, progress(batches, total=count, desc='accuracy', unit='batch'))


def observe(bundle: Bundle, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Observed:
    """Run every exit and the backbone on every picture.

    :param batches: pictures uint8 (N, H, W, C) with their labels (N,).
    """
    network, backbone = SegmentedNetwork(bundle), OnnxBackbone(bundle)
    parts = [
        (labels, backbone.run(pictures).argmax(axis=1), *_all_exits(network, pictures))
        for pictures, labels in batches
    ]
    return Observed(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _all_exits(network: SegmentedNetwork, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    classes = len(network.bundle.classes)
    features, rows = pictures, first_rows(len(pictures), classes)
    logits, beliefs = [], []
    for index in network.segments:
        features, rows, said = network.hear(index, features, rows)
        logits.append(said[:, :classes])
        beliefs.append(rows)
    return np.stack(logits, axis=1), np.stack(beliefs, axis=1)
