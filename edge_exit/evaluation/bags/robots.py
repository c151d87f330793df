"""What a bag holds of robots: results, books, links, operating points, models, and images."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from edge_exit.evaluation.bags.bag import Bag, Recorded
from edge_exit.evaluation.bags.camera import OPENED_BY
from edge_exit.evaluation.bags.links import INFERENCE, QUALITY
from edge_exit.evaluation.bags.stamps import image_stamp
from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.heard import books_from, point_from, quality_from, result_from
from edge_exit.inference.ledger import Counts
from edge_exit.inference.outcome import Outcome

POINT = 'edge_exit_interfaces/msg/OperatingPoint'
STATUS = 'edge_exit_interfaces/msg/TailStatus'
DIAGNOSTICS = 'diagnostic_msgs/msg/DiagnosticArray'
KINDS = (INFERENCE, QUALITY, POINT, STATUS, DIAGNOSTICS)


@dataclass
class Heard:
    """What robots have said, times of recording in ns.

    :ivar results, books: by full name of the head.
    :ivar links, points: with their topics.
    :ivar models: how often tails have named each.
    :ivar images: when the first image of each topic was recorded.
    :ivar stamps: of the images of each topic, ns.
    """

    results: dict[str, list[tuple[int, FrameResult]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    books: dict[str, list[Counts]] = field(default_factory=lambda: defaultdict(list))
    links: list[tuple[str, int, Any]] = field(default_factory=list)
    points: list[tuple[str, int, Any]] = field(default_factory=list)
    models: Counter[str] = field(default_factory=Counter)
    images: dict[str, int] = field(default_factory=dict)
    stamps: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, bag: Bag, recorded: Recorded) -> None:
        """Note a message of KINDS, or an image.

        :raises ConfigError: if it is of another version.
        """
        if recorded.type in OPENED_BY:
            self.images.setdefault(recorded.topic, recorded.time)
            stamp = image_stamp(recorded.serialised, recorded.time)
            self.stamps[recorded.topic].add(stamp)
            return
        bag.understood(recorded, lambda message: self._add_message(recorded, message))

    def _add_message(self, recorded: Recorded, message: Any) -> None:
        if recorded.type == INFERENCE:
            self._add_result(recorded, message)
        elif recorded.type == QUALITY:
            self.links.append((recorded.topic, recorded.time, quality_from(message)))
        elif recorded.type == POINT:
            self.points.append((recorded.topic, recorded.time, point_from(message)))
        elif recorded.type == STATUS:
            self.models[message.model_id] += 1
        elif found := books_from(message, None):
            self.books[found[0]].append(found[1])

    def _add_result(self, recorded: Recorded, message: Any) -> None:
        # A bag of all topics holds the tails' answers to the head, too.
        is_answer = recorded.topic == f'{message.head}/offloaded'
        if not is_answer and message.outcome != Outcome.REFUSED:
            self.results[message.head].append((recorded.time, result_from(message, 0.0)))
