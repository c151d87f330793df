"""What a robot publishes as plain values: of ROS messages as they come, or from a recording."""

from typing import Any

from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.ledger import Counts
from edge_exit.inference.outcome import Outcome
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint

COUNTS = tuple(Counts.__dataclass_fields__)
LONGEST_REASON = 200


def nanoseconds(stamp: Any) -> int:
    """Give a builtin_interfaces/Time in ns."""
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def result_from(message: Any, received: float) -> FrameResult:
    """Read an Inference that a head published.

    :param received: when it was received, s on the observer's clock.
    :raises ValueError: if its outcome is none.
    """
    return FrameResult(
        session=message.session,
        sequence=message.sequence,
        stamp=nanoseconds(message.header.stamp),
        received=received,
        outcome=Outcome(message.outcome),
        exit=message.exit,
        class_id=message.class_id,
        split=message.split,
        margin=message.margin,
        score=message.score,
        reason=message.reason,
        queue=message.queue_ms / 1e3,
        head=message.head_ms / 1e3,
        link=message.link_ms / 1e3,
        tail=message.tail_ms / 1e3,
        tail_compute=message.tail_compute_ms / 1e3,
        total=message.total_ms / 1e3,
        wire_bytes=message.bytes,
    )


def quality_from(message: Any) -> LinkQuality:
    """Read a LinkQuality."""
    return LinkQuality(
        connected=message.connected,
        goodput_bps=1e6 * message.goodput_mbps,
        goodput_age=message.goodput_age_s,
        rtt=message.rtt_ms / 1e3,
        jitter=message.jitter_ms / 1e3,
        loss=message.loss,
        probe_bytes_per_s=float(message.probe_bytes_per_s),
    )


def point_from(message: Any) -> OperatingPoint:
    """Read an OperatingPoint; neither clamped nor known to be finite."""
    return OperatingPoint(
        split=message.split,
        exit_threshold=message.exit_threshold,
        growth_threshold=message.growth_threshold,
        codec_level=message.codec_level,
        offload=message.offload,
        policy=message.policy,
        reason=message.reason[:LONGEST_REASON],
    )


def books_from(message: Any, head: str | None) -> tuple[str, Counts] | None:
    """Read a head's books from a DiagnosticArray.

    :param head: fully qualified name of the head; None for any.
    :returns: name of the head and its books; None if it says nothing of such a head.
    """
    for status in message.status:
        values = {item.key: item.value for item in status.values}
        # A head that is not configured yet has no books.
        if head in (None, status.name) and set(COUNTS) <= set(values):
            return status.name, Counts(*(int(values[name]) for name in COUNTS))
    return None
