"""Asking a bundle everything that a policy could let it answer: makes the outcome table."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation import labelled
from edge_exit.evaluation.exit_curves import NEVER
from edge_exit.inference.belief import Belief, first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.requests import TailRequest
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.inference.tail_session import TailSession
from edge_exit.simulation.outcomes import OutcomeTable

_BATCH = 16


def ask(
    bundle: Bundle,
    folder: Path,
    *,
    pictures: int = 0,
    progress: Callable = lambda steps, **_: steps,
) -> OutcomeTable:
    """Run labelled pictures through the head's segments, the codec and the tail.

    :param folder: one folder of pictures for each class, named like it.
    :param pictures: so many of them, spread evenly; all if 0.
    :param progress: wraps an iterable to show how far it is; called with total and desc.
    :raises ConfigError: if there are no pictures of the bundle's classes.
    """
    files = labelled.labelled_files(folder, bundle)
    if 0 < pictures < len(files):
        files = [files[place] for place in np.linspace(0, len(files) - 1, pictures).astype(int)]
    batches = labelled.batches(files, bundle, size=_BATCH)
    count = -(-len(files) // _BATCH)
    asked = _Asking(bundle)
    parts = [
        asked.batch(images, labels)
        for images, labels in progress(batches, total=count, desc='outcomes', unit='batch')
    ]
    return OutcomeTable(
        bundle.model_id, *(np.concatenate(part) for part in zip(*parts, strict=True))
    )


class _Asking:
    """The sessions of both sides, and what they say of one batch after the other."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._network = SegmentedNetwork(bundle)
        self._codec = SplitCodec(bundle, encodes=self._network.splits)
        self._tail = TailSession(bundle, self._network)
        self._codings = [_codings(bundle, split) for split in self._network.splits]

    def batch(self, images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
        """Give the arrays of an OutcomeTable for a batch, in their order."""
        values, rows = self._head(images)
        margins, right, scores = _judge(rows[:, 1:], labels)
        shape = (len(labels), len(self._bundle.splits), len(self._bundle.codec_levels))
        sizes = np.empty(shape, np.int32)
        shape = (*shape, margins.shape[1])
        tail = [np.empty(shape, np.float32), np.empty(shape, bool), np.empty(shape, np.float32)]
        for split, firsts in enumerate(self._codings):
            for level, first in enumerate(firsts):
                if first == level:
                    said, sizes[:, split, level] = self._send(split, level, values[split], rows)
                    for array, judged in zip(tail, _judge(said, labels), strict=True):
                        array[:, split, level] = judged
                else:
                    for array in (*tail, sizes):
                        array[:, split, level] = array[:, split, first]
        return margins, right, tail[0], tail[1], sizes, scores, tail[2]

    def _head(self, images: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Give what can be sent at each split, and the beliefs (N, 1 + exits, classes + 1)."""
        values, rows = [images], [first_rows(len(images), len(self._bundle.classes))]
        for index in self._network.segments:
            features, believed = self._network.run(index, values[-1], rows[-1])
            values.append(features)
            rows.append(believed)
        return values, np.stack(rows, axis=1)

    def _send(
        self, split: int, level: int, values: np.ndarray, rows: np.ndarray
    ) -> tuple[np.ndarray, list[int]]:
        """Give the beliefs after each exit of pictures that are sent, and their bytes."""
        coded = [self._codec.encode(split, level, one[np.newaxis]) for one in values]
        jobs = [
            self._tail.accept(
                TailRequest(
                    model_id=self._bundle.model_id,
                    split=split,
                    exit_threshold=NEVER,  # so that the exits at the tail all speak
                    belief=Belief(row[split]),
                    coded=part,
                )
            )
            for part, row in zip(coded, rows, strict=True)
        ]
        self._tail.run(jobs)
        exits = rows.shape[1] - 1
        said = rows[:, 1:].copy()
        for place, job in enumerate(jobs):
            for index, belief in zip(range(split, exits), job.beliefs[split > 0 :], strict=True):
                said[place, index] = belief.row
        return said, [part.nbytes for part in coded]


def _codings(bundle: Bundle, split: int) -> list[int]:
    """Give for each codec level the first one that codes the same way at a split."""
    cut, ways = bundle.splits[split], []
    for level, how in enumerate(bundle.codec_levels):
        if split == 0:
            ways.append(cut.quality[level])
        else:
            slim = how.width is not None and cut.bottleneck is not None
            ways.append((how.coding, cut.bottleneck.channels(how.width) if slim else 0))
    return [ways.index(way) for way in ways]


def _judge(rows: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give margins, correctness and probability of the answer, of (N, exits, classes + 1)."""
    beliefs = [[Belief(row) for row in of_one] for of_one in rows]
    margins = np.array([[belief.margin for belief in of_one] for of_one in beliefs], np.float32)
    scores = [[belief.posterior.max() for belief in of_one] for of_one in beliefs]
    right = rows[:, :, :-1].argmax(axis=2) == labels[:, np.newaxis]
    return margins, right, np.clip(np.array(scores, np.float32), 0.0, 1.0)
