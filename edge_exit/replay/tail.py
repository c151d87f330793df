"""A tail on a virtual clock: gathers, batches and runs frames as the tail node does."""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge_exit.bundle import Bundle
from edge_exit.coding.coded import CodedFeatures
from edge_exit.control.load import Load
from edge_exit.errors import RefusedError
from edge_exit.inference.batching import EXPIRED, Batcher, Waiting
from edge_exit.inference.gathering import Arrived, Gathering
from edge_exit.inference.repeats import Repeats
from edge_exit.inference.requests import TailAnswer
from edge_exit.inference.result import Answer, Offload
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.inference.tail_session import TailJob, TailLimits, TailSession
from edge_exit.link.heartbeat import Beat
from edge_exit.parameters.tail import LARGEST_SHARE, batch_limits
from edge_exit.policy.overheads import TAIL_OVERHEAD
from edge_exit.replay import sizes
from edge_exit.replay.clock import AheadClock, NextLook, VirtualClock
from edge_exit.replay.tail_messages import Piece, answer_to, refusal_of, request_of
from edge_exit.replay.timing import Pace, TimedNetwork

SESSION = 1


class ReplayedTail:
    """Serves one robot.

    :param values: the tail's parameters.
    :param network, codec: on the tail's machine; `pace` lets `clock` go on.
    :param send: sends an answer, serialised so long, back to the robot.
    """

    def __init__(
        self,
        world: VirtualClock,
        clock: AheadClock,
        values: Mapping[str, Any],
        network: TimedNetwork,
        codec: SplitCodec,
        pace: Pace,
        send: Callable[[int, Answer], None],
    ) -> None:
        bundle: Bundle = network.bundle
        self._world, self._clock, self._pace, self._send = world, clock, pace, send
        self._bundle, self._network = bundle, network
        limits = TailLimits(payload_bytes=1000 * values['payload_limit_kb'])
        self._session = TailSession(bundle, network, limits, clock=clock, codec=codec)
        self._batcher = Batcher(self._run, self._expire, batch_limits(values), clock)
        repeats = Repeats(sessions=2)
        self._gathering = Gathering(repeats.is_new, self._join, values['chunk_wait_ms'] / 1e3)
        self._inbox: deque[Piece] = deque()
        self._period = values['status_period_s']
        self._load = Load(world.now)
        self._next_look = NextLook(world, self._work)

    def receive(self, offload: Offload, coded: CodedFeatures) -> None:
        """Take a frame or a chunk that arrives now; it waits while the tail computes."""
        self._inbox.append(Piece(offload, coded, self._world.now))
        self._work()

    def beat(self) -> Beat:
        """Give the heartbeat of now."""
        # What is still to come of a batch that runs is not yet known to the tail.
        busy = self._batcher.busy - max(0.0, self._clock() - self._world.now)
        return Beat(
            session=SESSION,
            model_id=self._bundle.model_id,
            period=self._period,
            queue=self._batcher.waiting,
            load=self._load.share(self._world.now, max(busy, 0.0)),
            service=tuple(map(self._network.service, self._network.segments)),
        )

    def _work(self) -> None:
        """Take what came and run what is due, unless a batch runs."""
        now = self._world.now
        if self._clock() > now:
            self._next_look.at(self._clock())
            return
        while self._inbox:
            self._take(self._inbox.popleft())
        self._gathering.release_due(now)
        patience = self._batcher.work_off()
        wait = self._gathering.patience(self._clock())
        later = min(math.inf if gap is None else gap for gap in (patience, wait))
        if self._clock() > now:
            later = 0.0  # what came while the batch ran makes the next one
        if later < math.inf:
            self._next_look.at(self._clock() + later)

    def _take(self, piece: Piece) -> None:
        part, left = piece.coded.part, piece.offload.time_left
        if part is None:
            self._join([piece])
            return
        chunk = Arrived(
            frame=(SESSION, piece.offload.sequence),
            index=part.index,
            count=part.count,
            claims=None,
            item=piece,
            at=piece.arrived,
            latest=piece.arrived + LARGEST_SHARE * left,
        )
        self._gathering.add(sizes.HEAD, chunk)

    def _join(self, pieces: list[Piece]) -> None:
        arrived = max(piece.arrived for piece in pieces)
        deadline = min(piece.arrived + piece.offload.time_left for piece in pieces)
        try:
            self._batcher.offer(Waiting(sizes.HEAD, arrived, deadline, pieces))
        except RefusedError as error:
            self._refuse(pieces, arrived, str(error))

    def _run(self, batch: Sequence[Waiting]) -> None:
        jobs: list[tuple[Waiting, TailJob]] = []
        for frame in batch:
            self._clock.spend(self._pace.slowdown * TAIL_OVERHEAD)
            try:
                jobs.append(
                    (frame, self._session.accept(request_of(frame.item, self._bundle.model_id)))
                )
            except RefusedError as error:
                self._refuse(frame.item, frame.arrived, str(error))
        answers = self._session.run([job for _, job in jobs])
        for (frame, _), answer in zip(jobs, answers, strict=True):
            self._answer(frame, answer)

    def _answer(self, frame: Waiting, answer: TailAnswer) -> None:
        given = answer_to(frame.item, answer, self._clock() - frame.arrived)
        self._give(given, self._bundle.classes[int(given.posterior.argmax())])

    def _expire(self, frame: Waiting) -> None:
        self._refuse(frame.item, frame.arrived, EXPIRED)

    def _refuse(self, pieces: Sequence[Piece], arrived: float, reason: str) -> None:
        self._give(refusal_of(pieces, reason, self._clock() - arrived), '')

    def _give(self, answer: Answer, label: str) -> None:
        """Send an answer when the world has come to where the tail is."""
        size = sizes.answer(answer, label)
        self._world.at(self._clock(), lambda: self._send(size, answer))
