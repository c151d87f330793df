"""A frame as it came to a tail: in one message, or in those of its chunks that arrived."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rclpy.publisher import Publisher

from edge_exit.errors import RefusedError
from edge_exit_interfaces import msg as messages

# Nobody waits longer for an answer, whatever a message says, s.
LONGEST_DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """A frame that wants an answer.

    :ivar messages: the one that it came in, or those of its chunks, in their order.
    :ivar reply: publishes its answer.
    :ivar arrived: when the newest of them came, s.
    :ivar deadline: when nobody waits for the answer any more, s.
    """

    messages: tuple[messages.Features, ...]
    reply: Publisher
    arrived: float
    deadline: float

    @property
    def message(self) -> messages.Features:
        """Give what the frame says of itself, in each of its messages."""
        return self.messages[0]

    @property
    def chunks_used(self) -> int:
        """Give the number of its chunks that came; 0 if it came whole."""
        return len(self.messages) if self.message.chunks else 0


def joined(chunks: Sequence[Request]) -> Request:
    """Make one request of those that the chunks of a frame were, as old as the newest of them."""
    return Request(
        tuple(chunk.message for chunk in chunks),
        chunks[0].reply,
        max(chunk.arrived for chunk in chunks),
        min(chunk.deadline for chunk in chunks),
    )


def time_left(message: messages.Features) -> float:
    """Give how long the robot of a frame still waited when it sent it, s.

    :raises RefusedError: if that is not a number.
    """
    if not math.isfinite(message.deadline_ms):
        raise RefusedError(f'deadline of {message.deadline_ms} ms is not a number', kind='deadline')
    return min(message.deadline_ms / 1e3, LONGEST_DEADLINE)
