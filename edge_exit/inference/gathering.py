"""Chunks of frames that wait for one another at a tail, in bounded memory. No threads, no ROS."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Verdict(Enum):
    """What became of a chunk."""

    ADDED = 'added'
    LATE = 'late'
    REPEATED = 'repeated'
    CONTRADICTING = 'contradicting'


@dataclass(frozen=True, slots=True)
class Arrived:
    """A chunk that came.

    :ivar frame: session of its head and number of its frame there.
    :ivar index, count: which of how many it is; the index is below the count.
    :ivar claims: what all chunks of a frame must say alike; compared, never looked into.
    :ivar item: whatever `release` takes.
    :ivar at: when it came, s.
    :ivar latest: when its frame must go on at the latest, should it be the first of it, s.
    """

    frame: tuple[int, int]
    index: int
    count: int
    claims: Any
    item: Any
    at: float
    latest: float


@dataclass(slots=True)
class _Frame:
    frame: tuple[int, int]
    claims: Any
    latest: float
    until: float = 0.0
    items: dict[int, Any] = field(default_factory=dict)


class Gathering:
    """Hands on each frame once: as soon as no more chunks of it can come, or when its time is up.

    A best-effort topic hands over nothing that was sent before what it has handed over already. So
    no more come after the last chunk, nor after one of another frame of the same head. What is left
    to wait for is a last chunk that was lost. At most one frame of each head is open.

    :param is_new: says whether a frame of (head, session, sequence) comes for the first time.
    :param release: gets the items of a frame in the order of their indices, at least one.
    :ivar wait: from the newest chunk of a frame until it goes on without the others, s.
    """

    def __init__(
        self,
        is_new: Callable[[str, int, int], bool],
        release: Callable[[list[Any]], None],
        wait: float,
    ) -> None:
        self.wait = wait
        self._is_new = is_new
        self._release = release
        self._open: dict[str, _Frame] = {}

    def add(self, head: str, chunk: Arrived) -> Verdict:
        """Take a chunk of a frame of a head; the caller bounds the number of heads."""
        open_ = self._open.get(head)
        if open_ is None or open_.frame != chunk.frame:
            if not self._is_new(head, *chunk.frame):
                return Verdict.LATE
            if open_ is not None:
                self._hand_on(head)
            open_ = self._open[head] = _Frame(chunk.frame, chunk.claims, chunk.latest)
        elif open_.claims != chunk.claims:
            return Verdict.CONTRADICTING
        elif chunk.index in open_.items:
            return Verdict.REPEATED
        open_.items[chunk.index] = chunk.item
        open_.until = min(chunk.at + self.wait, open_.latest)
        if chunk.index == chunk.count - 1:
            self._hand_on(head)
        return Verdict.ADDED

    def release_due(self, now: float) -> None:
        """Hand on the frames whose time is up."""
        for head in [head for head, open_ in self._open.items() if open_.until <= now]:
            self._hand_on(head)

    def patience(self, now: float) -> float | None:
        """Say when to call `release_due` next, s from now; None if no frame waits."""
        first = min((open_.until for open_ in self._open.values()), default=None)
        return None if first is None else max(0.0, first - now)

    def _hand_on(self, head: str) -> None:
        items = self._open.pop(head).items
        self._release([items[index] for index in sorted(items)])
