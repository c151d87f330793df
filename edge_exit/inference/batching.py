"""A worker thread that takes frames of many robots in batches and never waits without need."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edge_exit.errors import RefusedError

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
    """Runs `work` on batches of waiting frames in one thread.

    A worker that was busy takes at once what has gathered meanwhile: that alone makes batches under
    load. An idle worker waits, for `limits.wait` at most, only while robots that sent something
    lately are missing in the batch; a single robot is never kept waiting.

    :param work: gets the frames of a batch.
    :param expired: gets a frame whose deadline passed while it waited.
    :ivar busy: time that `work` took so far, s.
    :ivar batches: number of batches so far.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Waiting]], None],
        expired: Callable[[Waiting], None],
        limits: BatchLimits,
    ) -> None:
        self.limits = limits
        self.busy = 0.0
        self.batches = 0
        self._work = work
        self._expired = expired
        self._queue: deque[Waiting] = deque()
        self._heads: dict[str, float] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name='batches', daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Frames that wait at present."""
        return len(self._queue)

    def offer(self, frame: Waiting) -> None:
        """Let a frame wait for its batch.

        :raises RefusedError: if too many wait already.
        """
        with self._changed:
            if len(self._queue) >= self.limits.queue:
                raise RefusedError(f'{len(self._queue)} frames wait already', kind='queue')
            self._queue.append(frame)
            self._note(frame)
            self._changed.notify()

    def close(self) -> None:
        """End the thread after the batch that runs; frames that wait are forgotten."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            idle = not self._queue
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if idle:
                    self._gather()
                if self._closed:
                    return
                size = min(self.limits.size, len(self._queue))
                batch = [self._queue.popleft() for _ in range(size)]
            self._run_batch(batch)

    def _note(self, frame: Waiting) -> None:
        self._heads.pop(frame.head, None)
        self._heads[frame.head] = frame.arrived
        if len(self._heads) > MOST_HEADS:
            self._heads.pop(next(iter(self._heads)))

    def _gather(self) -> None:
        """Wait for the robots that are active but missing; the lock is released meanwhile."""
        if self.limits.wait <= 0 or not self._queue:
            return
        since = self._queue[0].arrived - RECENT
        self._heads = {head: seen for head, seen in self._heads.items() if seen >= since}
        wanted = min(len(self._heads), self.limits.size)
        left = self._queue[0].arrived + self.limits.wait - time.monotonic()
        self._changed.wait_for(
            lambda: len(self._queue) >= wanted or self._closed, timeout=max(left, 0)
        )

    def _run_batch(self, batch: list[Waiting]) -> None:
        start = time.monotonic()
        for frame in batch:
            if frame.deadline <= start:
                self._expired(frame)
        in_time = [frame for frame in batch if frame.deadline > start]
        if in_time:
            self._work(in_time)
            self.batches += 1
            self.busy += time.monotonic() - start
