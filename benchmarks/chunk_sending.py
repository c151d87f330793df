"""What arrives of codes that are sent in some form over a link that loses, and what is answered.

For chunk_loss.py and chunk_partitions.py.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from pairs import bundles_with_folders
from rclpy.serialization import serialize_message
from std_msgs.msg import Header

from edge_exit.bundle import Bundle
from edge_exit.evaluation import labelled
from edge_exit.inference.belief import Belief, first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.result import Offload
from edge_exit.inference.split_codec import Chunking, SplitCodec
from edge_exit.link.wire import frames, wire_bytes
from edge_exit.nodes.chunk_conversions import offload_messages

HEAD = '/robot/head'
LOSSES = (0.05, 0.1, 0.2, 0.3)
JUDGED = 0.2
# A head that asks for less sureness than this would not have sent the picture.
SURE = 0.8
BATCH = 50


@dataclass(frozen=True, slots=True)
class Form:
    """A way to send codes.

    :ivar chunking: None sends them whole.
    :ivar parity: whether the exclusive or of all chunks is sent with them: it repairs one loss.
    """

    name: str
    chunking: Chunking | None
    parity: bool = False


def bundles_and_pictures(arguments):
    """Yield each bundle with some of its pictures, evenly spread."""
    for bundle, folder in bundles_with_folders(arguments.pairs):
        files = labelled.labelled_files(folder, bundle)
        places = np.linspace(0, len(files) - 1, min(arguments.pictures, len(files))).astype(int)
        yield bundle, [files[place] for place in places]


class Loss:
    """Sends the pictures of a bundle at each split that has a bottleneck."""

    def __init__(self, bundle: Bundle, files: list[labelled.LabelledFile]) -> None:
        every = range(len(bundle.splits))
        self._bundle = bundle
        self._network = SegmentedNetwork(bundle)
        self._codec = SplitCodec(bundle, encodes=every, decodes=every)
        self._features, self._beliefs, self._labels = self._heads(files)

    def rows(self, levels: list[int], forms: tuple[Form, ...]) -> list[dict]:
        """Give a row for each split, level and form."""
        splits = [cut.split for cut in self._bundle.splits if cut.bottleneck]
        return [self._row(s, level, form) for s in splits for level in levels for form in forms]

    def _heads(self, files: list[labelled.LabelledFile]) -> tuple[dict, dict, np.ndarray]:
        features, beliefs, labels = {}, {}, []
        for pictures, wanted in labelled.batches(files, self._bundle, size=BATCH):
            values, believed = pictures, first_rows(len(pictures), len(self._bundle.classes))
            for index in range(len(self._bundle.segments) - 1):
                values, believed = self._network.run(index, values, believed)
                features.setdefault(index + 1, []).append(values)
                beliefs.setdefault(index + 1, []).append(believed)
            labels.append(wanted)
        joined = [{split: np.concatenate(v) for split, v in d.items()} for d in (features, beliefs)]
        return *joined, np.concatenate(labels)

    def _row(self, split: int, level: int, form: Form) -> dict:
        beliefs = self._beliefs[split]
        sent = [self._send(split, level, one[np.newaxis], form) for one in self._features[split]]
        sizes = [self._sizes(split, *both) for both in zip(sent, beliefs, strict=True)]
        if form.parity:
            sizes = [[*one, max(one)] for one in sizes]
        right = self._right(split, sent)
        unsure = np.array([Belief(row).margin < SURE for row in beliefs])
        shares = {p: expected(right, sizes, p, form.parity) for p in (0.0, *LOSSES)}
        lost = {p: 100 * (shares[0.0][0] - shares[p][0]) for p in LOSSES}
        return {
            'bundle': self._bundle.name,
            'split': split,
            'level': self._bundle.codec_levels[level].name,
            'sending': form.name,
            'messages': round(float(np.mean([len(one) for one in sizes])), 2),
            'largest': max(max(one) for one in sizes),
            'wire_bytes': round(np.mean([sum(map(wire_bytes, one)) for one in sizes])),
            'accuracy': round(float(shares[0.0][0].mean()), 4),
            **{f'lost_at_{p:.0%}': round(float(lost[p].mean()), 2) for p in LOSSES},
            f'answered_at_{JUDGED:.0%}': round(float(shares[JUDGED][1].mean()), 3),
            f'unsure_lost_at_{JUDGED:.0%}': round(float(lost[JUDGED][unsure].mean()), 2),
        }

    def _send(self, split: int, level: int, values: np.ndarray, form: Form) -> tuple:
        if form.chunking is None:
            return (self._codec.encode(split, level, values),)
        return self._codec.encode_chunks(split, level, values, form.chunking)

    def _sizes(self, split, parts, belief) -> list[int]:
        """Give the serialised bytes of the messages of a frame."""
        offload = Offload(None, 1, '', split, SURE, 0.1, Belief(belief), parts[0], more=parts[1:])
        made = offload_messages(
            offload,
            header=Header(frame_id='camera'),
            head=HEAD,
            session=1,
            model_id=self._bundle.model_id,
        )
        return [len(serialize_message(message)) for message in made]

    def _right(self, split: int, sent: list[tuple]) -> list[dict[int, bool]]:
        """Say for each picture which sets of arrived messages, as bits, give the right answer."""
        beliefs, labels = self._beliefs[split], self._labels
        own = beliefs[:, :-1].argmax(axis=1) == labels
        right = [{0: bool(one)} for one in own]
        for arrived in range(1, 2 ** max(map(len, sent))):
            places = [place for place, parts in enumerate(sent) if arrived < 2 ** len(parts)]
            for start in range(0, len(places), BATCH):
                some = places[start : start + BATCH]
                said = self._answers(split, [chosen(sent[p], arrived) for p in some], beliefs[some])
                for place, answer in zip(some, said, strict=True):
                    right[place][arrived] = bool(answer == labels[place])
        return right

    def _answers(self, split, arrived, beliefs) -> np.ndarray:
        values = np.concatenate([self._codec.decode_chunks(split, parts) for parts in arrived])
        for index in range(split, len(self._bundle.segments)):
            values, beliefs = self._network.run(index, values, beliefs)
        return beliefs[:, :-1].argmax(axis=1)


def chosen(parts: tuple, arrived: int) -> tuple:
    """Give the messages whose bits are set."""
    return tuple(part for bit, part in enumerate(parts) if arrived >> bit & 1)


def expected(
    right: list[dict[int, bool]], sizes: list[list[int]], loss: float, parity: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Give for each picture the probability of a right answer, and of an answer by the tail."""
    accuracy, answered = np.zeros(len(right)), np.zeros(len(right))
    for place, (outcomes, messages) in enumerate(zip(right, sizes, strict=True)):
        there = [(1 - loss) ** frames(size) for size in messages]
        every = max(outcomes)
        for bits in itertools.product((0, 1), repeat=len(there)):
            share = math.prod(p if bit else 1 - p for p, bit in zip(there, bits, strict=True))
            repaired = parity and sum(bits) >= len(bits) - 1
            arrived = every if repaired else sum(bit << at for at, bit in enumerate(bits)) & every
            accuracy[place] += share * outcomes[arrived]
            answered[place] += share * (arrived > 0)
    return accuracy, answered
