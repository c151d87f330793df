"""A head on a virtual clock: the worker and the flights of the robot, in one thread."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from edge_exit.coding.coded import CodedFeatures
from edge_exit.control import periods
from edge_exit.control.head_point import HeadPoint
from edge_exit.control.head_rule import HeadRule
from edge_exit.inference.flights import Flights
from edge_exit.inference.frame import Mail
from edge_exit.inference.head_worker import HeadWorker, Outlet
from edge_exit.inference.ledger import Counts
from edge_exit.inference.preprocess import picture_from
from edge_exit.inference.result import Answer, Offload, Result
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.parameters import head as of_head
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.overheads import FRAME_OVERHEAD, MESSAGE_OVERHEAD, OPENING, RESULT_OVERHEAD
from edge_exit.replay import sizes
from edge_exit.replay.clock import NextLook, VirtualClock
from edge_exit.replay.link_sense import LinkSense
from edge_exit.replay.timing import Pace, TimedNetwork


class ReplayedHead:
    """Takes images and answers as they come; while its worker computes, the world goes on.

    :param values: the head's parameters.
    :param network, codec: on the robot; `pace` lets `clock` go on.
    :param send: sends a message of a frame, serialised so long, to the tail.
    :param publish: gets each result.
    :param follows: gets each operating point that holds from now on.
    :ivar failures: errors that nobody foresaw, in words.
    """

    def __init__(
        self,
        clock: VirtualClock,
        values: Mapping[str, Any],
        network: TimedNetwork,
        codec: SplitCodec,
        pace: Pace,
        link: LinkSense,
        *,
        send: Callable[[int, Offload, CodedFeatures], None],
        publish: Callable[[Result], None],
        follows: Callable[[OperatingPoint], None],
    ) -> None:
        bundle = network.bundle
        self._clock, self._values, self._pace, self._link = clock, values, pace, link
        self._preprocessing = bundle.preprocessing
        self._send, self._publish, self._follows = send, publish, follows
        self.failures: list[str] = []
        self._busy = False
        self._next_look = NextLook(clock, self._work)
        self._rule = HeadRule(bundle, network, clock)
        self._point = HeadPoint(bundle, network.segments.stop, self._own_choice)
        self._flights = Flights(of_head.limits(values), self._release, clock)
        point = self._point.choose(values, clock.now)
        outlet = Outlet(self._open, self._choose_tail, self._pack, self._release, self._fail)
        self._worker = HeadWorker(
            bundle, network, self._flights, outlet, point, clock=clock, codec=codec
        )
        self._worker.privacy = of_head.privacy(values)
        self._worker.exit_rule = values['exit_rule']
        room = sizes.room_of_chunk(len(bundle.classes))
        self._worker.chunking = of_head.chunking(values, room)
        self._flights.open()
        clock.every(periods.OWN_RULE, self._update)

    def counts(self) -> Counts:
        """Read the books."""
        return self._flights.counts()

    def offer(self, image: np.ndarray, stamp: int, opening: float) -> None:
        """Take an image that arrives now.

        :param opening: how long the reference machine takes to open it, s.
        """
        now = self._clock.now
        mail = Mail((image, opening), stamp, now)
        self._clock.at(now + self._pace.slowdown * RESULT_OVERHEAD, lambda: self._take(mail))

    def _take(self, mail: Mail) -> None:
        self._flights.offer(mail)
        self._clock.at(self._flights.due(mail), self._end_overdue)
        self._wake()

    def answer(self, answer: Answer) -> None:
        """Take an answer that arrives now."""
        self._link.answered(answer.sequence, answer.tail_time)
        self._flights.answer(answer)
        self._wake()

    def hear(self, point: OperatingPoint) -> None:
        """Hear what the policy has chosen."""
        self._point.hear(point, self._clock.now)
        self._update()

    def _update(self) -> None:
        point = self._point.choose(self._values, self._clock.now)
        if point != self._worker.point:
            self._worker.point = point
            self._follows(point)

    def _own_choice(self, values: Mapping[str, Any]) -> OperatingPoint:
        tail = (self._link.heart, self._link.quality()) if self._link.alive else None
        return self._rule.choose(values, tail)

    def _end_overdue(self) -> None:
        self._flights.end_overdue()
        self._wake()

    def _wake(self) -> None:
        """Let the worker look for work; not from within, for it lets the clock go on."""
        if not self._busy:
            self._clock.at(self._clock.now, self._work)

    def _work(self) -> None:
        if self._busy:
            return
        self._busy = True
        job, later = self._flights.job_now()
        while job is not None:
            self._worker.do(job)
            job, later = self._flights.job_now()
        self._busy = False
        if later < math.inf:
            self._next_look.at(later)

    def _open(self, offered: tuple[np.ndarray, float]) -> np.ndarray:
        image, opening = offered
        self._pace.spend(self._pace.slowdown * opening)
        return picture_from(image, self._preprocessing)

    def _choose_tail(self, point: OperatingPoint) -> tuple[str | None, str]:
        # Once for each frame that is begun, and so the place for all else that this takes.
        self._pace.spend(self._pace.slowdown * (FRAME_OVERHEAD - OPENING))
        if not point.offload:
            return None, 'offloading off'
        return (sizes.TAIL, '') if self._link.alive else (None, 'no tail')

    def _pack(self, offload: Offload) -> tuple[int, Callable[[], None]]:
        self._pace.spend(self._pace.slowdown * MESSAGE_OVERHEAD)
        parts = (offload.coded, *offload.more)
        lengths = [sizes.features(offload, part) for part in parts]

        def send() -> None:
            self._link.sent(offload.sequence, lengths)
            for length, part in zip(lengths, parts, strict=True):
                self._send(length, offload, part)

        return sum(lengths), send

    def _release(self, result: Result) -> None:
        self._publish(result)
        self._rule.note(result)

    def _fail(self, error: Exception) -> None:
        self.failures.append(f'{type(error).__name__}: {error}')
