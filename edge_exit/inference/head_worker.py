"""The work on frames: open the image, run segments, send features, finish alone."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.coding.coded import CodedFeatures
from edge_exit.errors import ImageError
from edge_exit.inference.flights import Flights
from edge_exit.inference.frame import Frame, Mail
from edge_exit.inference.head_session import Ending, HeadSession
from edge_exit.inference.ledger import Entry
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.privacy import Privacy
from edge_exit.inference.result import Offload, Result
from edge_exit.inference.split_codec import Chunking, SplitCodec
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.rules.registry import DEFAULT


@dataclass(frozen=True, slots=True)
class Outlet:
    """What a head needs from the world; called from its threads.

    :ivar open_picture: gives the picture of an image; raises ImageError to reject it.
    :ivar choose_tail: gives the tail that frames of an operating point may be sent to, or None
        and why.
    :ivar pack: gives the size of a frame on the wire, bytes, and what sends it.
    :ivar publish: publishes a result.
    :ivar failed: is told of an error that nobody foresaw; the frame has its result all the same.
    """

    open_picture: Callable[[Any], np.ndarray]
    choose_tail: Callable[[OperatingPoint], tuple[str | None, str]]
    pack: Callable[[Offload], tuple[int, Callable[[], None]]]
    publish: Callable[[Result], None]
    failed: Callable[[Exception], None]


class HeadWorker:
    """Does one job after the other; no error ends it.

    :param clock: tells the time of all that is done here, s.
    :param codec: codes what is sent; one for the splits of the network if None.
    :ivar point: operating point for the next frame.
    :ivar exit_rule: name of the rule that tells how sure the next frame is.
    :ivar privacy: what may leave, from now on.
    :ivar chunking: how codes are sent in chunks from the next frame on; None sends them whole.
    """

    def __init__(
        self,
        bundle: Bundle,
        network: SegmentedNetwork,
        flights: Flights,
        outlet: Outlet,
        point: OperatingPoint,
        *,
        clock: Callable[[], float] = time.monotonic,
        codec: SplitCodec | None = None,
    ) -> None:
        self.point = point
        self.exit_rule = DEFAULT
        self.privacy = Privacy()
        self.chunking: Chunking | None = None
        self._bundle = bundle
        self._network = network
        self._session = HeadSession(bundle, network)
        self._codec = codec or SplitCodec(bundle, encodes=network.splits, threads=network.threads)
        self._flights = flights
        self._outlet = outlet
        self._clock = clock

    def work(self) -> None:
        """Do jobs until the flights are closed."""
        while (job := self._flights.next_job()) is not None:
            self.do(job)

    def do(self, job: Mail | Entry) -> None:
        """Begin a frame, or finish one alone."""
        if isinstance(job, Mail):
            self._begin(job)
        else:
            with self._guarded(job):
                self._finish_alone(job)

    def _begin(self, mail: Mail) -> None:
        started = self._clock()
        # Too old to be answered in time, because the worker was busy: as good as never taken.
        picture = self._open(mail) if started < self._flights.due(mail) else None
        if picture is None:
            self._flights.drop()
            return
        entry = self._flights.take(self._frame(mail, picture, started))
        with self._guarded(entry):
            ending = self._advance(entry, may_offload=self._may_offload(entry.frame))
            if ending is Ending.OFFLOAD:
                self._offload(entry)
            else:
                self._conclude(entry, ending)

    def _may_offload(self, frame: Frame) -> bool:
        """Say whether a frame may go to a tail, and why not if it must be answered without."""
        deepest = min(self._network.segments.stop, len(self._bundle.splits) - 1)
        if not self.privacy.lets(deepest):
            frame.why = 'privacy'
            return False
        return frame.tail is not None

    def _open(self, mail: Mail) -> np.ndarray | None:
        try:
            return self._outlet.open_picture(mail.image)
        except ImageError:
            return None  # whoever opens pictures says so and counts it
        except Exception as error:
            self._outlet.failed(error)
            return None

    def _frame(self, mail: Mail, picture: np.ndarray, started: float) -> Frame:
        opening = self._clock() - started
        point = self.point
        tail, why_not = self._outlet.choose_tail(point)
        return Frame(
            mail=mail,
            run=self._session.begin(picture, self.exit_rule),
            started=started,
            point=point,
            tail=tail,
            why='deadline' if tail else why_not,
            split=len(self._bundle.segments),
            opening=opening,
            computing=self._clock() - started,
            clock=self._clock,
        )

    def _advance(self, entry: Entry, *, may_offload: bool) -> Ending:
        frame: Frame = entry.frame
        with frame.busy():
            return self._session.advance(
                frame.run,
                exit_threshold=frame.point.exit_threshold,
                growth_threshold=frame.point.growth_threshold,
                split=frame.point.split,
                may_offload=may_offload,
                min_depth=self.privacy.min_depth,
                should_stop=lambda: entry.outcome is not None or not self._flights.is_open,
            )

    def _conclude(self, entry: Entry, ending: Ending) -> None:
        frame: Frame = entry.frame
        if ending is Ending.EXIT:
            last = frame.run.next_segment == len(self._bundle.segments)
            reason = 'last exit' if last else frame.run.rule.name
            self._flights.end(entry, Outcome.EXITED, frame.best(reason))
        elif ending is Ending.EXHAUSTED:
            self._flights.end(entry, Outcome.FALLBACK, frame.best(frame.why))

    def _offload(self, entry: Entry) -> None:
        frame: Frame = entry.frame
        with frame.busy():
            offload = self._coded(entry)
            size, go = self._outlet.pack(offload)
        if not self.privacy.lets(offload.split):  # the user has spoken since the frame was begun
            frame.why = 'privacy'
            self._conclude(entry, self._advance(entry, may_offload=False))
            return
        part = offload.coded.part
        frame.chunks = part.count if part else 0
        frame.wire_bytes = size
        frame.split = offload.split
        frame.rest = self._rest(frame)
        self._flights.send(entry)
        try:
            go()
        except Exception as error:
            self._outlet.failed(error)
            self._flights.turn_back(entry, 'not sent')

    def _coded(self, entry: Entry) -> Offload:
        """Code what is sent of a frame; until then its tail has so much time as is left now."""
        frame: Frame = entry.frame
        left, split = max(0.0, entry.deadline - self._clock()), frame.run.next_segment
        coded, *more = self._encode(split, frame)
        return Offload(
            tag=frame.mail.tag,
            sequence=entry.sequence,
            tail=frame.tail,
            split=split,
            exit_threshold=frame.point.exit_threshold,
            time_left=left,
            belief=frame.run.belief,
            exit_rule=frame.run.rule.name,
            coded=coded,
            more=tuple(more),
        )

    def _encode(self, split: int, frame: Frame) -> tuple[CodedFeatures, ...]:
        level, features, how = frame.point.codec_level, frame.run.features, self.chunking
        if how is None:
            return (self._codec.encode(split, level, features),)
        return self._codec.encode_chunks(split, level, features, how)

    def _rest(self, frame: Frame) -> float | None:
        """Predict how long the segments take that are left and on this robot, s."""
        left = range(frame.run.next_segment, self._network.segments.stop)
        return sum(map(self._network.service, left)) if left else None

    def _finish_alone(self, entry: Entry) -> None:
        ending = self._advance(entry, may_offload=False)
        if ending is not Ending.STOPPED:
            self._flights.end(entry, Outcome.FALLBACK, entry.frame.best(entry.frame.why))

    @contextmanager
    def _guarded(self, entry: Entry) -> Iterator[None]:
        """End a frame with what is known of it, whatever happens to it."""
        try:
            yield
        except Exception as error:
            self._outlet.failed(error)
            self._flights.end(entry, Outcome.FALLBACK, entry.frame.best('error on this robot'))
