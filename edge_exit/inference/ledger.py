"""The books of a head: every frame is counted, ends exactly once, and leaves in frame order.

Two balances hold after every call:
    received = taken + dropped + waiting
    taken = exited + offloaded + fallback + in flight
Pure: no clock, no threads, no network. Times are passed in, seconds of one monotonic clock.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import Any

from edge_exit.inference.outcome import Outcome

# How many sent frames are remembered after their end, to tell late from repeated answers.
REMEMBERED = 1024


class Verdict(Enum):
    """What an answer is to the books."""

    TIMELY = 'timely'
    LATE = 'late'
    REPEATED = 'repeated'
    UNKNOWN = 'unknown'


@dataclass(slots=True, eq=False)
class Entry:
    """One taken frame.

    :ivar frame: whatever the owner of the books wants to keep with it.
    :ivar deadline: when its result must leave, s.
    :ivar sent: whether it was offloaded to a tail.
    :ivar outcome: how it ended; None while it is open.
    :ivar ending: whatever the owner knew when it ended.
    """

    sequence: int
    frame: Any
    deadline: float
    sent: bool = False
    outcome: Outcome | None = None
    ending: Any = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The books at one moment; each number counts frames or answers since the start."""

    received: int
    taken: int
    dropped: int
    waiting: int
    exited: int
    offloaded: int
    fallback: int
    in_flight: int
    answers_late: int
    answers_repeated: int
    answers_unknown: int


class Ledger:
    """Books of one session of a head."""

    def __init__(self) -> None:
        self._received = self._taken = self._dropped = self._waiting = 0
        self._released = Counter()
        self._answers = Counter()
        # Taken, not yet released, oldest first. Deadlines never fall along it.
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._answered: OrderedDict[int, bool] = OrderedDict()

    def receive(self) -> None:
        """Count an image that now waits to be taken."""
        self._received += 1
        self._waiting += 1

    def drop(self) -> None:
        """Count a waiting image that nobody will take.

        :raises ValueError: if none is waiting.
        """
        self._leave_waiting()
        self._dropped += 1

    def take(self, frame: Any, deadline: float) -> Entry:
        """Take a waiting image: from here on it gets exactly one result.

        A frame's result cannot leave before those of older frames, so an earlier deadline than
        theirs becomes theirs too.

        :raises ValueError: if none is waiting.
        """
        self._leave_waiting()
        self._taken += 1
        for older in reversed(self._entries.values()):
            if older.deadline <= deadline:
                break
            older.deadline = deadline
        entry = Entry(self._taken, frame, deadline)
        self._entries[entry.sequence] = entry
        return entry

    def send(self, sequence: int) -> None:
        """Note that a frame goes to a tail, so that answers to it are expected."""
        entry = self._entries.get(sequence)
        if entry is None or entry.outcome is not None:
            return
        entry.sent = True
        self._answered[sequence] = False
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)

    def answer(self, sequence: int) -> tuple[Verdict, Entry | None]:
        """Judge an answer; only a TIMELY one comes with its frame, which it may close."""
        verdict = self._judge(sequence)
        self._answers[verdict] += 1
        return verdict, self._entries[sequence] if verdict is Verdict.TIMELY else None

    def disown(self) -> None:
        """Count an answer that belongs to another session."""
        self._answers[Verdict.UNKNOWN] += 1

    def close(self, sequence: int, outcome: Outcome, ending: Any) -> list[Entry] | None:
        """End a frame; the first to end it wins.

        :returns: the entries whose results leave now, in frame order; None if it had ended before.
        """
        entry = self._entries.get(sequence)
        if entry is None or entry.outcome is not None:
            return None
        entry.outcome, entry.ending = outcome, ending
        return list(self._release())

    def overdue(self, now: float) -> list[Entry]:
        """List the open frames whose deadline is reached, in frame order."""
        return [e for e in self.open() if e.deadline <= now]

    def open(self) -> list[Entry]:
        """List the frames that have not ended, in frame order."""
        return [e for e in self._entries.values() if e.outcome is None]

    def next_deadline(self) -> float | None:
        """Give the deadline of the oldest frame in flight, which is the earliest."""
        return next((e.deadline for e in self._entries.values()), None)

    @property
    def in_flight(self) -> int:
        """Frames that were taken and whose result has not left."""
        return len(self._entries)

    def counts(self) -> Counts:
        """Read all books at once."""
        return Counts(
            received=self._received,
            taken=self._taken,
            dropped=self._dropped,
            waiting=self._waiting,
            exited=self._released[Outcome.EXITED],
            offloaded=self._released[Outcome.OFFLOADED],
            fallback=self._released[Outcome.FALLBACK],
            in_flight=self.in_flight,
            answers_late=self._answers[Verdict.LATE],
            answers_repeated=self._answers[Verdict.REPEATED],
            answers_unknown=self._answers[Verdict.UNKNOWN],
        )

    def _leave_waiting(self) -> None:
        if not self._waiting:
            raise ValueError('no image is waiting: call receive() first')
        self._waiting -= 1

    def _judge(self, sequence: int) -> Verdict:
        if sequence not in self._answered:
            return Verdict.UNKNOWN
        if self._answered[sequence]:
            return Verdict.REPEATED
        self._answered[sequence] = True
        entry = self._entries.get(sequence)
        return Verdict.TIMELY if entry and entry.outcome is None else Verdict.LATE

    def _release(self):
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if oldest.outcome is None:
                return
            del self._entries[oldest.sequence]
            self._released[oldest.outcome] += 1
            yield oldest
