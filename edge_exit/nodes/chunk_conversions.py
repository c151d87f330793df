"""A frame as the messages that it is sent in, and the chunks of a frame as one request."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rclpy.serialization import serialize_message
from std_msgs.msg import Header

from edge_exit.bundle import Bundle
from edge_exit.coding.chunks import MOST_CHUNKS
from edge_exit.coding.coded import CodedFeatures, Coding, Entropy, Part
from edge_exit.errors import RefusedError
from edge_exit.inference.belief import first
from edge_exit.inference.requests import TailRequest
from edge_exit.inference.result import Offload
from edge_exit.nodes.conversions import features_message, request_from
from edge_exit.rules.registry import NAMES
from edge_exit_interfaces import msg as messages

# Serialised bytes that a chunk stays below: with all headers, one frame of any link.
DATAGRAM = 1200
# Where fields begin depends on the lengths of the names before them.
_PADDING = 16


def offload_messages(
    offload: Offload, *, header: Header, head: str, session: int, model_id: str
) -> list[messages.Features]:
    """Write all that a head sends of a frame: one message, or one a chunk, in their order."""
    return [
        features_message(
            replace(offload, coded=coded),
            header=header,
            head=head,
            session=session,
            model_id=model_id,
        )
        for coded in (offload.coded, *offload.more)
    ]


def request_of(parts: Sequence[messages.Features]) -> TailRequest:
    """Read a frame from its one message, or from those of its chunks that arrived."""
    first_, *more = map(request_from, parts)
    return replace(first_, more=tuple(other.coded for other in more))


def room_of(head: str, bundle: Bundle) -> int:
    """Give the coded bytes that a chunk of a head has room for; none or less if its names are long.

    :param head: fully qualified name of the head.
    """
    empty = CodedFeatures(Coding.BITS_4, Entropy.NONE, (1, 1, 1), b'', part=Part(0, 2, 1))
    blank = Offload(
        None, 1, '', 0, 0.0, 0.0, first(len(bundle.classes)), empty, max(NAMES, key=len)
    )
    message = features_message(
        blank, header=Header(), head=head, session=0, model_id=bundle.model_id
    )
    return DATAGRAM - 1 - _PADDING - len(serialize_message(message))


def check_chunk(message: messages.Features, classes: int) -> None:
    """Check what a chunk must be to be kept until the others come; all else is checked with them.

    :raises RefusedError: if it is none.
    """
    if not (2 <= message.chunks <= MOST_CHUNKS and message.chunk < message.chunks):
        raise RefusedError(
            f'chunk {message.chunk} of {message.chunks} (0..count-1 of 2..{MOST_CHUNKS})',
            kind='chunk',
        )
    numbers = len(message.scale) + len(message.offset) + len(message.shape)
    names = (message.model_id, message.exit_rule, message.header.frame_id)
    size = len(message.data) + 4 * numbers + sum(map(len, names))
    if size >= DATAGRAM or len(message.class_mass) != classes:
        raise RefusedError(
            f'chunk of {size} bytes with a belief over {len(message.class_mass)} classes '
            f'(less than {DATAGRAM} bytes, {classes} classes)',
            kind='chunk',
        )


def claims_of(message: messages.Features) -> tuple[Any, ...]:
    """Give what all chunks of a frame must say alike."""
    return (
        message.model_id,
        message.split,
        message.exit_threshold,
        message.exit_rule,
        message.deadline_ms,
        message.class_mass.tobytes(),
        message.remaining_mass,
        message.coding,
        message.width,
        message.chunks,
        message.base,
    )
