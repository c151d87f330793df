"""What is seen of a running robot: the last minute in full, the rest as counts."""

import threading
import time
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.ledger import Counts
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint

WINDOW_S = 60.0
# Labels wait for the result of their image.
MOST_LABELS = 4096


@dataclass(frozen=True, slots=True)
class TailSeen:
    """A tail as its newest heartbeat tells.

    :ivar heard: s on the observer's clock.
    :ivar period: between two heartbeats, s.
    """

    name: str
    heard: float
    period: float
    model_id: str
    load: float
    queue: int
    heads: int
    served: int
    refused: int

    def silent(self, now: float) -> bool:
        """Say whether some heartbeats have not come."""
        return now - self.heard > max(3 * self.period, 1.0)


@dataclass(frozen=True, slots=True)
class HealthSeen:
    """What a node last said of itself on /diagnostics.

    :ivar level: 0 is fine.
    """

    heard: float
    level: int
    message: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known at one moment; times in s on the observer's clock.

    :ivar since: when watching began.
    :ivar results, links: those of the last WINDOW_S; links with their times.
    :ivar exits: results of each exit since then.
    :ivar judged, right: results whose image has a label, and those of them that are right.
    """

    head: str
    since: float
    now: float
    results: tuple[FrameResult, ...] = ()
    exits: dict[int, int] = field(default_factory=dict)
    judged: int = 0
    right: int = 0
    books: Counts | None = None
    links: tuple[tuple[float, LinkQuality], ...] = ()
    point: OperatingPoint | None = None
    tails: tuple[TailSeen, ...] = ()
    health: dict[str, HealthSeen] = field(default_factory=dict)


class Seeing:
    """Collects what the watcher's thread hears, for the thread that shows it.

    :param head: fully qualified name of the robot's head.
    """

    def __init__(self, head: str) -> None:
        self._lock = threading.Lock()
        self._head, self._since = head, time.monotonic()
        self._results: deque[FrameResult] = deque()
        self._links: deque[tuple[float, LinkQuality]] = deque()
        self._labels: OrderedDict[int, int] = OrderedDict()
        self._exits: Counter[int] = Counter()
        self._judged = self._right = 0
        self._books: Counts | None = None
        self._point: OperatingPoint | None = None
        self._tails: dict[str, TailSeen] = {}
        self._health: dict[str, HealthSeen] = {}

    def add_result(self, result: FrameResult) -> None:
        """Note a result."""
        with self._lock:
            self._results.append(result)
            self._exits[result.exit] += 1
            label = self._labels.pop(result.stamp, None)
            if label is not None:
                self._judged += 1
                self._right += label == result.class_id

    def add_label(self, stamp: int, class_id: int) -> None:
        """Note the true class of an image."""
        with self._lock:
            self._labels[stamp] = class_id
            while len(self._labels) > MOST_LABELS:
                self._labels.popitem(last=False)

    def add_books(self, books: Counts) -> None:
        """Note the head's books."""
        with self._lock:
            self._books = books

    def add_link(self, quality: LinkQuality) -> None:
        """Note what the head measures of its link."""
        with self._lock:
            self._links.append((time.monotonic(), quality))

    def add_point(self, point: OperatingPoint) -> None:
        """Note what the policy chose."""
        with self._lock:
            self._point = point

    def add_tail(self, tail: TailSeen) -> None:
        """Note a heartbeat."""
        with self._lock:
            self._tails[tail.name] = tail

    def add_health(self, node: str, health: HealthSeen) -> None:
        """Note what a node says of itself."""
        with self._lock:
            self._health[node] = health

    def look(self) -> Seen:
        """Give what is known now."""
        now = time.monotonic()
        with self._lock:
            while self._results and self._results[0].received < now - WINDOW_S:
                self._results.popleft()
            while self._links and self._links[0][0] < now - WINDOW_S:
                self._links.popleft()
            return Seen(
                head=self._head,
                since=self._since,
                now=now,
                results=tuple(self._results),
                exits=dict(self._exits),
                judged=self._judged,
                right=self._right,
                books=self._books,
                links=tuple(self._links),
                point=self._point,
                tails=tuple(tail for _, tail in sorted(self._tails.items())),
                health=dict(self._health),
            )
