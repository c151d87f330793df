"""Chunks as a tail takes them: kept until their frame goes on, counted where they are of no use."""

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from edge_exit.inference.gathering import Arrived, Gathering, Verdict
from edge_exit.nodes.chunk_conversions import check_chunk, claims_of
from edge_exit.parameters.tail import LARGEST_SHARE
from edge_exit_interfaces import msg as messages


class TailChunks:
    """Gathers the chunks of frames for an inbox; in its thread.

    :param classes: number of classes of the model.
    :param is_new: says whether a frame of (head, session, sequence) comes for the first time.
    :param release: gets what was kept of each chunk of a frame, in their order.
    :param wait: from the newest chunk of a frame until it goes on without the others, s.
    :ivar counts: chunks by what became of them.
    """

    def __init__(
        self,
        classes: int,
        is_new: Callable[[str, int, int], bool],
        release: Callable[[list[Any]], None],
        wait: float,
    ) -> None:
        self.counts: Counter[Verdict] = Counter()
        self._classes = classes
        self._gathering = Gathering(is_new, release, wait)

    def set_wait(self, wait: float) -> None:
        """Follow a changed parameter."""
        self._gathering.wait = wait

    def take(self, message: messages.Features, kept: Any, arrived: float, time_left: float) -> None:
        """Take a chunk.

        :param kept: what `release` gets of it.
        :param time_left: that its robot still waits for the answer, s.
        :raises RefusedError: if it is none; nothing is kept of it.
        """
        check_chunk(message, self._classes)
        chunk = Arrived(
            frame=(message.session, message.sequence),
            index=message.chunk,
            count=message.chunks,
            claims=claims_of(message),
            item=kept,
            at=arrived,
            latest=arrived + LARGEST_SHARE * max(0.0, time_left),
        )
        self.counts[self._gathering.add(message.head, chunk)] += 1

    def release_due(self) -> None:
        """Hand on the frames whose time is up."""
        self._gathering.release_due(time.monotonic())

    def patience(self) -> float:
        """Say when to call `release_due` next, s; infinity if no frame waits."""
        patience = self._gathering.patience(time.monotonic())
        return math.inf if patience is None else patience

    def values(self) -> dict[str, int]:
        """Give the counters by name for diagnostics."""
        return {f'chunks: {verdict.value}': self.counts[verdict] for verdict in Verdict}
