"""Everything that an observer of the demo has seen, with the times at which it saw it."""

import threading
import time
from dataclasses import dataclass

from edge_exit.demo.phases import Phase
from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.ledger import Counts
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint


@dataclass(frozen=True, slots=True)
class Mark:
    """The beginning of a phase; the frames taken after `books` are the phase's own.

    :ivar began: s on the observer's clock.
    :ivar books: the head's books at that moment.
    """

    phase: Phase
    began: float
    books: Counts


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded up to one moment; times in s on the observer's clock.

    :ivar results: as received.
    :ivar labels: true class by stamp of the image, ns.
    :ivar books, links, points: each with the time at which it was received.
    :ivar end: when it was copied.
    """

    results: tuple[FrameResult, ...] = ()
    labels: dict[int, int] | None = None
    books: tuple[tuple[float, Counts], ...] = ()
    links: tuple[tuple[float, LinkQuality], ...] = ()
    points: tuple[tuple[float, OperatingPoint], ...] = ()
    marks: tuple[Mark, ...] = ()
    end: float = 0.0

    @property
    def phase(self) -> Phase | None:
        """The phase that runs."""
        return self.marks[-1].phase if self.marks else None


class Recording:
    """Collects what the watcher's thread hears, for the thread that shows it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: list[FrameResult] = []
        self._labels: dict[int, int] = {}
        self._books: list[tuple[float, Counts]] = []
        self._links: list[tuple[float, LinkQuality]] = []
        self._points: list[tuple[float, OperatingPoint]] = []
        self._marks: list[Mark] = []

    def add_result(self, result: FrameResult) -> None:
        """Record one result."""
        self._append(self._results, result)

    def add_label(self, stamp: int, class_id: int) -> None:
        """Record the true class of the image with that stamp, ns."""
        with self._lock:
            self._labels[stamp] = class_id

    def add_books(self, books: Counts) -> None:
        """Record the head's books."""
        self._append(self._books, (time.monotonic(), books))

    def add_link(self, quality: LinkQuality) -> None:
        """Record what the head measures of its link."""
        self._append(self._links, (time.monotonic(), quality))

    def add_point(self, point: OperatingPoint) -> None:
        """Record what the policy chose."""
        self._append(self._points, (time.monotonic(), point))

    def begin(self, phase: Phase, books: Counts) -> None:
        """Begin a phase with the frame after those that `books` count as taken."""
        self._append(self._marks, Mark(phase, time.monotonic(), books))

    def copy(self) -> Recorded:
        """Give what was recorded so far."""
        with self._lock:
            return Recorded(
                results=tuple(self._results),
                labels=dict(self._labels),
                books=tuple(self._books),
                links=tuple(self._links),
                points=tuple(self._points),
                marks=tuple(self._marks),
                end=time.monotonic(),
            )

    def _append(self, to: list, value: object) -> None:
        with self._lock:
            to.append(value)
