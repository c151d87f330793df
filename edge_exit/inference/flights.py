"""The frames of a head that several threads work on: one lock, one mailbox, one way out."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge_exit.inference.frame import Frame, Mail
from edge_exit.inference.ledger import Counts, Entry, Ledger, Verdict
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.result import Answer, Conclusion, Result
from edge_exit.link.patience import Patience

# Ends at a deadline of which the latest tells how late a busy or slow robot comes to them.
REMEMBERED_ENDS = 16
# Share of the time until a deadline that is given up at most to be in time.
MOST_EARLY = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """What may change while frames flow.

    :ivar deadline: from the arrival of an image to its result, s.
    :ivar max_in_flight: frames without a result at one time; no more are taken.
    """

    deadline: float
    max_in_flight: int


class Flights:
    """Hands work to the worker, ends frames, and releases their results in frame order.

    :param publish: called with each result, one at a time, in frame order.
    :param clock: tells the time of all that is done here, s.
    :ivar limits: may be replaced at any time; those of the moment hold for the next frame.
    """

    def __init__(
        self,
        limits: Limits,
        publish: Callable[[Result], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self._publish = publish
        self._clock = clock
        self._ledger = Ledger()
        self._patience = Patience()
        self._mail: Mail | None = None
        self._open = False
        # Held while results leave, so that two threads cannot swap two results.
        self._outlet = threading.Lock()
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._due = threading.Condition(self._lock)
        self._watch_wakes = float('inf')
        # How much later than wanted results at a deadline have left, s.
        self._late: deque[float] = deque(maxlen=REMEMBERED_ENDS)

    def open(self) -> None:
        """Let images in."""
        self._open = True

    @property
    def is_open(self) -> bool:
        """Say whether images are let in."""
        return self._open

    def close(self) -> None:
        """Let no more images in and wake both threads to end."""
        with self._lock:
            self._open = False
            if self._mail is not None:
                self._mail = None
                self._ledger.drop()
            self._work.notify_all()
            self._due.notify_all()

    def offer(self, mail: Mail) -> None:
        """Put an image into the mailbox; an image that still lies there is dropped."""
        with self._lock:
            self._ledger.receive()
            if self._mail is not None or not self._open:
                self._ledger.drop()
            if self._open:
                self._mail = mail
                self._work.notify()

    def next_job(self) -> Mail | Entry | None:
        """Wait for work: a frame that must be finished alone now, or else the newest image.

        :returns: None when closed.
        """
        with self._lock:
            while self._open:
                now = self._clock()
                job, start = self._job(now)
                if job is not None:
                    return job
                self._work.wait(None if start == float('inf') else start - now)
            return None

    def job_now(self) -> tuple[Mail | Entry | None, float]:
        """Give the work that `next_job` would give now, without waiting for it.

        :returns: None if there is none, and when there is some unless something changes, s;
            infinity if never.
        """
        with self._lock:
            return self._job(self._clock()) if self._open else (None, float('inf'))

    def due(self, mail: Mail) -> float:
        """Say when the result of an image must leave, s."""
        return mail.arrived + self.limits.deadline

    def drop(self) -> None:
        """Give up an image that was handed out."""
        with self._lock:
            self._ledger.drop()

    def take(self, frame: Frame) -> Entry:
        """Take an image that was handed out: from here on it gets exactly one result."""
        with self._lock:
            entry = self._ledger.take(frame, self.due(frame.mail))
            if self._ledger.next_deadline() - self._early() < self._watch_wakes:
                self._due.notify()
            return entry

    def send(self, entry: Entry) -> None:
        """Note that a frame's features leave now."""
        frame: Frame = entry.frame
        with self._lock:
            frame.sent_at = self._clock()
            kind = (frame.tail, frame.split, frame.point.codec_level)
            frame.usual = self._patience.usual(kind, frame.sent_at)
            frame.overdue = self._patience.send(entry.sequence, kind, frame.sent_at)
            self._ledger.send(entry.sequence)

    def answer(self, answer: Answer) -> Verdict:
        """Let an answer end its frame, or count it and throw it away."""
        with self._outlet:
            with self._lock:
                verdict, entry = self._ledger.answer(answer.sequence)
                if answer.outcome is Outcome.OFFLOADED:
                    self._patience.answer(answer.sequence, self._clock())
                released = []
                if entry is not None and answer.outcome is Outcome.OFFLOADED:
                    ending = _answered(entry, answer, self._clock())
                    released = self._close(entry, Outcome.OFFLOADED, ending)
            self._release(released)
        if entry is not None and answer.outcome is Outcome.REFUSED:
            self.turn_back(entry, f'refused: {answer.reason}')
        return verdict

    def disown(self) -> None:
        """Count an answer that belongs to another session."""
        with self._lock:
            self._ledger.disown()

    def turn_back(self, entry: Entry, why: str) -> None:
        """Finish a sent frame here at once, for no tail will."""
        frame: Frame = entry.frame
        with self._lock:
            frame.why = why
            frame.finish_now = frame.can_finish(self._clock(), entry.deadline - self._early())
            self._work.notify()
        if not frame.finish_now and not frame.finishing:
            self.end(entry, Outcome.FALLBACK, frame.best(why))

    def end(self, entry: Entry, outcome: Outcome, conclusion: Conclusion) -> None:
        """End a frame unless it has ended; release what may leave now."""
        with self._outlet:
            with self._lock:
                released = self._close(entry, outcome, conclusion)
            self._release(released)

    def watch(self) -> None:
        """End frames whose deadline is reached, until closed."""
        while self._open:
            self._wait_overdue()
            self.end_overdue()

    def end_overdue(self) -> None:
        """End the frames whose deadline is reached by the time at which their results can leave."""
        with self._lock:
            early = self._early()
            overdue = self._ledger.overdue(self._clock() + early)
        for entry in overdue:
            self.end(entry, Outcome.FALLBACK, entry.frame.best(entry.frame.why))
            self._late.append(self._clock() - (entry.deadline - early))

    def end_all(self, why: str) -> None:
        """End every frame that is under way with what is known of it."""
        with self._lock:
            entries = self._ledger.open()
        for entry in entries:
            self.end(entry, Outcome.FALLBACK, entry.frame.best(why))

    def counts(self) -> Counts:
        """Read all books at once."""
        with self._lock:
            return self._ledger.counts()

    def _wait_overdue(self) -> None:
        with self._lock:
            now = self._clock()
            deadline = self._ledger.next_deadline()
            if deadline is None:
                # No frame that arrives from now on is due earlier, so none need wake this thread.
                deadline = now + self.limits.deadline
            wake = deadline - self._early()
            if self._open and wake > now:
                self._watch_wakes = wake
                self._due.wait(wake - now)
                self._watch_wakes = float('-inf')

    def _early(self) -> float:
        """Say how long before a deadline its frame must be ended so that its result is in time, s.

        Where a core is shared or slow, a thread wakes some milliseconds late, and as late as lately
        it will be again.
        """
        return min(max(self._late, default=0.0), MOST_EARLY * self.limits.deadline)

    def _job(self, now: float) -> tuple[Mail | Entry | None, float]:
        """Hand out work if there is some; else say when there will be, as far as is known.

        First what must be finished alone now, then a new image, then what may be finished alone
        because its answer is overdue and there is nothing else to do. Whatever is finished is
        finished by the time at which its frame is ended.
        """
        early = self._early()
        sent = (e for e in self._ledger.open() if e.sent)
        able = [e for e in sent if e.frame.can_finish(now, e.deadline - early)]
        latest, entry = _first(able, lambda e: e.frame.latest_start(e.deadline - early))
        if latest <= now:
            entry.frame.finishing = True
            return entry, now
        if self._mail is not None and self._ledger.in_flight < self.limits.max_in_flight:
            mail, self._mail = self._mail, None
            return mail, now
        overdue, entry = _first(able, lambda e: e.frame.early_start(e.deadline - early))
        if overdue <= now:
            entry.frame.finishing = True
            entry.frame.why = 'overdue'
            return entry, now
        return None, min(latest, overdue)

    def _close(self, entry: Entry, outcome: Outcome, conclusion: Conclusion) -> list[Entry]:
        released = self._ledger.close(entry.sequence, outcome, conclusion) or []
        if released:
            self._work.notify()
        return released

    def _release(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._publish(_result(entry, self._clock()))


def _first(entries: list[Entry], start: Callable[[Entry], float]) -> tuple[float, Entry | None]:
    """Give the frame that starts first, and when, s; infinity and None if there is none."""
    entry = min(entries, key=start, default=None)
    return (start(entry), entry) if entry else (float('inf'), None)


def _answered(entry: Entry, answer: Answer, now: float) -> Conclusion:
    away = now - entry.frame.sent_at
    return Conclusion(
        exit=answer.exit,
        posterior=answer.posterior,
        margin=answer.margin,
        reason=answer.reason,
        finished_by=answer.finished_by,
        link=max(0.0, away - answer.tail_time),
        tail_time=answer.tail_time,
        tail_compute=answer.tail_compute,
        chunks_used=answer.chunks_used,
    )


def _result(entry: Entry, now: float) -> Result:
    frame: Frame = entry.frame
    return Result(
        tag=frame.mail.tag,
        sequence=entry.sequence,
        outcome=entry.outcome,
        conclusion=entry.ending,
        split=frame.split,
        queue=frame.started - frame.mail.arrived,
        head=frame.computed(now),
        opening=frame.opening,
        total=now - frame.mail.arrived,
        wire_bytes=frame.wire_bytes,
        chunks=frame.chunks,
    )
