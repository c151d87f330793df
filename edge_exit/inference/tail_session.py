"""The rest of the way of offloaded frames, many at once. No threads, no ROS."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.errors import CodecError, RefusedError
from edge_exit.inference.belief import Belief
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.requests import SHORT_MODEL_ID, TailAnswer, TailRequest
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.rules.interface import ExitRule
from edge_exit.rules.registry import rules_for

# Mass given plus mass left is 1 but for float32 rounding on the way through many exits.
_MASS_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class TailLimits:
    """What a tail takes at most.

    :ivar payload_bytes: coded features of one frame.
    """

    payload_bytes: int = 8 << 20


@dataclass(slots=True)
class TailJob:
    """A frame that was accepted, and where it is.

    :ivar features: what the next segment takes, with a batch axis of one.
    :ivar belief: what the exits so far say together.
    :ivar rule: tells how sure the frame is after each exit.
    :ivar beliefs: the one that came with the frame, unless no exit had spoken, and those since.
    :ivar decoding: time that its decoding took, s; a bottleneck's decoder is a part of the network.
    """

    features: np.ndarray
    belief: Belief
    exit_threshold: float
    next_segment: int
    rule: ExitRule
    beliefs: list[Belief]
    decoding: float = 0.0


class TailSession:
    """Checks offloaded frames and runs their remaining segments in batches.

    :param clock: tells how long computing takes, s.
    :param codec: decodes what is sent; one for the segments of the network if None.
    """

    def __init__(
        self,
        bundle: Bundle,
        network: SegmentedNetwork,
        limits: TailLimits | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
        codec: SplitCodec | None = None,
    ) -> None:
        self._clock = clock
        self._bundle = bundle
        self._network = network
        self._codec = codec or SplitCodec(bundle, decodes=network.segments, threads=network.threads)
        self._limits = limits or TailLimits()
        self._rules = rules_for(len(bundle.segments))

    def accept(self, request: TailRequest) -> TailJob:
        """Check a request and decode what it sends.

        :raises RefusedError: saying what is wrong with it.
        """
        self._check_model(request)
        _check_belief(request.belief, len(self._bundle.classes))
        if not math.isfinite(request.exit_threshold):
            raise RefusedError(
                f'exit threshold {request.exit_threshold} is not a number', kind='threshold'
            )
        rule = self._rules.get(request.exit_rule)
        if rule is None:
            raise RefusedError(
                f'exit rule {request.exit_rule[:40]!r} is not one of {", ".join(self._rules)}',
                kind='rule',
            )
        size = request.nbytes
        if size > self._limits.payload_bytes:
            raise RefusedError(
                f'{size} bytes of features are more than {self._limits.payload_bytes}',
                kind='size',
            )
        start = self._clock()
        try:
            features = self._codec.decode_chunks(request.split, (request.coded, *request.more))
        except CodecError as error:
            raise RefusedError(f'features do not decode: {error}', kind='features') from error
        return TailJob(
            features=features,
            belief=request.belief,
            exit_threshold=request.exit_threshold,
            next_segment=request.split,
            rule=rule,
            beliefs=[request.belief] if request.split else [],
            decoding=self._clock() - start,
        )

    def run(self, jobs: list[TailJob]) -> list[TailAnswer]:
        """Run accepted frames to their exits; frames of different splits are batched as they meet.

        :returns: an answer for each job, in the order of the jobs.
        """
        answers: dict[int, TailAnswer] = {}
        start = self._clock()
        for index in range(len(self._bundle.segments)):
            batch = [
                place
                for place, job in enumerate(jobs)
                if job.next_segment == index and place not in answers
            ]
            if not batch:
                continue
            self._step(index, [jobs[place] for place in batch])
            spent = self._clock() - start
            for place in batch:
                if self._leaves(jobs[place]):
                    compute = jobs[place].decoding + spent
                    answers[place] = TailAnswer(index, jobs[place].belief, compute)
        return [answers[place] for place in range(len(jobs))]

    def _step(self, index: int, batch: list[TailJob]) -> None:
        inputs, rows = batch[0].features, batch[0].belief.row[np.newaxis]
        if len(batch) > 1:
            inputs = np.concatenate([job.features for job in batch])
            rows = np.stack([job.belief.row for job in batch])
        features, believed = self._network.run(index, inputs, rows)
        for row, job in enumerate(batch):
            job.belief = Belief(believed[row])
            job.beliefs.append(job.belief)
            if features is not None:
                job.features = features[row : row + 1]
            job.next_segment = index + 1

    def _leaves(self, job: TailJob) -> bool:
        if job.next_segment == len(self._bundle.segments):
            return True
        # The head compared with the same float32 number.
        return job.rule.sureness(job.beliefs) >= float(np.float32(job.exit_threshold))

    def _check_model(self, request: TailRequest) -> None:
        digits = SHORT_MODEL_ID if request.coded.part else None
        if request.model_id != self._bundle.model_id[:digits]:
            raise RefusedError(
                f'model {request.model_id[:12]}... is not the one of this tail, '
                f'{self._bundle.name} ({self._bundle.model_id[:12]}...); '
                'give head and tail the same bundle',
                kind='model',
            )
        if not 0 <= request.split < len(self._bundle.splits):
            raise RefusedError(
                f'split {request.split} is not one of 0..{len(self._bundle.splits) - 1}',
                kind='split',
            )
        if request.split not in self._network.segments:
            raise RefusedError(f'this tail does not hold segment {request.split}', kind='split')


def _check_belief(belief: Belief, classes: int) -> None:
    mass = belief.class_mass
    if mass.shape != (classes,):
        raise RefusedError(
            f'belief over {mass.size} classes, the model has {classes}', kind='belief'
        )
    total = float(mass.sum())
    left = float(belief.remaining)
    if not (np.isfinite(mass).all() and (mass >= 0).all() and 0 <= left <= 1):
        raise RefusedError('belief holds a mass that is not a number in 0..1', kind='belief')
    if abs(total + left - 1) > _MASS_TOLERANCE:
        raise RefusedError(
            f'belief gives {total:.4f} and keeps {left:.4f}; the sum must be 1', kind='belief'
        )
