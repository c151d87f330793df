"""Frames of many robots gathered into batches; none waits without need. No threads."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edge_exit.errors import RefusedError

# Why a frame whose deadline passed while it waited is not run.
EXPIRED = 'its deadline passed before it was run'
# A robot that sent nothing for so long is not waited for, s.
RECENT = 0.5
# Names of heads are remembered up to here; anyone can invent some.
MOST_HEADS = 1024


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How frames are gathered.

    :ivar size: frames that run together at most.
    :ivar wait: time that a frame waits at most for frames of other robots, s; 0 = never.
    :ivar queue: frames that wait at most; more are refused.
    """

    size: int = 8
    wait: float = 0.0
    queue: int = 64


@dataclass(frozen=True, slots=True)
class Waiting:
    """A frame in the queue.

    :ivar head: who sent it.
    :ivar deadline: monotonic time after which nobody needs the answer, s.
    :ivar item: whatever `work` takes.
    """

    head: str
    arrived: float
    deadline: float
    item: Any


class Batcher:
    """Runs `work` on batches of the frames that it was offered.

    What came while a batch ran makes the next one at once: that alone makes batches under load.
    Else the first frame waits, for `limits.wait` at most, only while robots that sent something
    lately are missing; a single robot is never kept waiting.

    One thread offers and works; the rest may be read or set from any.

    :param work: gets the frames of a batch.
    :param expired: gets a frame whose deadline passed while it waited.
    :param clock: tells the time of deadlines and arrivals, s.
    :ivar busy: time that `work` took so far, s.
    :ivar batches: number of batches so far.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Waiting]], None],
        expired: Callable[[Waiting], None],
        limits: BatchLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self.busy = 0.0
        self.batches = 0
        self._work = work
        self._expired = expired
        self._clock = clock
        self._queue: deque[Waiting] = deque()
        self._heads: dict[str, float] = {}
        self._free_since = float('-inf')

    @property
    def waiting(self) -> int:
        """Frames that wait at present."""
        return len(self._queue)

    def offer(self, frame: Waiting) -> None:
        """Let a frame wait for its batch.

        :raises RefusedError: if too many wait already.
        """
        if len(self._queue) >= self.limits.queue:
            raise RefusedError(f'{len(self._queue)} frames wait already', kind='queue')
        self._queue.append(frame)
        self._note(frame)

    def work_off(self) -> float | None:
        """Run a batch, unless other robots are worth waiting for.

        :returns: how long to wait for more frames until the next call, s; None if none wait.
        """
        if not self._queue:
            return None
        patience = self._patience()
        if patience > 0:
            return patience
        size = min(self.limits.size, len(self._queue))
        self._run_batch([self._queue.popleft() for _ in range(size)])
        self._free_since = self._clock()
        return 0.0 if self._queue else None

    def _note(self, frame: Waiting) -> None:
        self._heads.pop(frame.head, None)
        self._heads[frame.head] = frame.arrived
        if len(self._heads) > MOST_HEADS:
            self._heads.pop(next(iter(self._heads)))

    def _patience(self) -> float:
        """Say how much longer to wait for the robots that are active but missing, s."""
        first = self._queue[0].arrived
        if self.limits.wait <= 0 or first <= self._free_since:
            return 0.0
        self._heads = {h: seen for h, seen in self._heads.items() if seen >= first - RECENT}
        if len(self._queue) >= min(len(self._heads), self.limits.size):
            return 0.0
        return max(0.0, first + self.limits.wait - self._clock())

    def _run_batch(self, batch: list[Waiting]) -> None:
        start = self._clock()
        for frame in batch:
            if frame.deadline <= start:
                self._expired(frame)
        in_time = [frame for frame in batch if frame.deadline > start]
        if in_time:
            self._work(in_time)
            self.batches += 1
            self.busy += self._clock() - start
