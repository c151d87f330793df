"""What a bundle says about the cost and the accuracy of its model."""

import math
from dataclasses import dataclass
from statistics import median

from edge_exit.bundle import Bundle
from edge_exit.bundle.bundle import Split
from edge_exit.policy.answers import Answers, answers_from
from edge_exit.policy.overheads import (
    FRAME_OVERHEAD,
    MESSAGE_OVERHEAD,
    OPENING,
    RESULT_OVERHEAD,
    TAIL_OVERHEAD,
)

# Of a Features message beside the coded features: header, names, numbers; and of its belief.
_MESSAGE_BYTES, _BYTES_A_CLASS = 200, 4


def message_bytes(coded: int, classes: int) -> int:
    """Give the serialised bytes of a Features message, names of usual length assumed.

    :param coded: bytes of the coded features, the quantiser's numbers included, as bundles say it.
    """
    return coded + _MESSAGE_BYTES + _BYTES_A_CLASS * classes


@dataclass(frozen=True, slots=True)
class Profile:
    """The part of a bundle that policies need; times are those of the reference machine.

    What is empty is not known.

    :ivar segment_times: each segment with its exit, one picture, s.
    :ivar split_bytes: serialised bytes of the message that sends a frame, by split (0 sends the
        picture) and codec level.
    :ivar exit_accuracy: share of right answers of each exit alone, on validation pictures.
    :ivar split_accuracy: share of right answers of the whole network on pictures that are sent, by
        split and codec level; NaN where it was not measured.
    :ivar encoding_times, decoding_times: of what is sent, the bottleneck's included, by split and
        codec level, s.
    :ivar answers: what is answered where at each exit threshold.
    :ivar policy: path of the bundle's learned policy; empty if it has none.
    :ivar overhead: what the robot does for a frame beside its segments and to send it, s.
    :ivar around: the part of that which its result does not count as computing, s.
    :ivar opening: the part of that in which a usual image is opened, s.
    :ivar sending: what it does to send one and to hear the answer, beside coding, s.
    :ivar answering: what the tail does to hear and to answer one, beside decoding and segments, s.
    """

    segment_times: tuple[float, ...]
    split_bytes: tuple[tuple[int, ...], ...]
    exit_accuracy: tuple[float, ...] = ()
    split_accuracy: tuple[tuple[float, ...], ...] = ()
    encoding_times: tuple[tuple[float, ...], ...] = ()
    decoding_times: tuple[tuple[float, ...], ...] = ()
    answers: Answers | None = None
    policy: str = ''
    overhead: float = 0.0
    around: float = 0.0
    opening: float = 0.0
    sending: float = 0.0
    answering: float = 0.0

    @property
    def segments(self) -> int:
        """Number of segments; offloading is possible after 0..segments-1 of them."""
        return len(self.segment_times)

    @property
    def codec_levels(self) -> int:
        """Number of codec levels."""
        return len(self.split_bytes[0]) if self.split_bytes else 0

    def computing(self, segments: int, *, sent: bool) -> float:
        """Give what a robot's result counts as computing, s.

        :param sent: whether the frame is sent after these segments, at a usual codec level.
        """
        to_send = self.usual_encoding(segments) + self.sending if sent else 0.0
        return self.overhead - self.around + sum(self.segment_times[:segments]) + to_send

    def usual_encoding(self, split: int) -> float:
        """Give the median over codec levels of what coding takes at a split, s."""
        return median(self.encoding_times[split]) if self.encoding_times else 0.0


def profile_of(bundle: Bundle) -> Profile:
    """Give the part of a bundle that policies need."""
    levels = bundle.codec_levels
    return Profile(
        segment_times=tuple(segment.reference_ms / 1e3 for segment in bundle.segments),
        split_bytes=tuple(
            tuple(message_bytes(coded, len(bundle.classes)) for coded in split.bytes)
            for split in bundle.splits
        ),
        exit_accuracy=tuple(segment.exit.accuracy for segment in bundle.segments),
        split_accuracy=tuple(_accuracies(split) for split in bundle.splits),
        encoding_times=tuple(_times(split.encode_ms, len(levels)) for split in bundle.splits),
        decoding_times=tuple(_times(split.decode_ms, len(levels)) for split in bundle.splits),
        answers=answers_from(
            bundle.metrics,
            exits=len(bundle.segments),
            levels=len(levels),
            where=str(bundle.path / 'bundle.yaml'),
        ),
        policy=str(bundle.path / bundle.policy) if bundle.policy else '',
        overhead=FRAME_OVERHEAD + RESULT_OVERHEAD,
        around=RESULT_OVERHEAD,
        opening=OPENING,
        sending=MESSAGE_OVERHEAD,
        answering=MESSAGE_OVERHEAD + TAIL_OVERHEAD,
    )


def _accuracies(split: Split) -> tuple[float, ...]:
    return tuple(math.nan if value is None else value for value in split.accuracy)


def _times(milliseconds: tuple[float, ...], levels: int) -> tuple[float, ...]:
    return tuple(one / 1e3 for one in milliseconds) or (0.0,) * levels
