"""What is on its way to one tail: messages that wait for answers, and what became of the others.

A link keeps the order: what is answered tells that all that was sent before is through, or lost.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

PATIENCE = 1.0
LOSS_WINDOW = 10.0


@dataclass(frozen=True, slots=True)
class Message:
    """A message to the tail.

    :ivar begins: when the link will have carried what was sent before, by the estimate.
    """

    wire_bytes: int
    sent: float
    probe: bool
    begins: float


class Traffic:
    """Messages to one tail.

    :param sending_time: of so many bytes on the wire, s, by the estimate of the moment.
    """

    def __init__(self, sending_time: Callable[[int], float]) -> None:
        self._sending_time = sending_time
        self._waiting: OrderedDict[Hashable, Message] = OrderedDict()
        # When those answered last were sent, and when the link had carried them.
        self._carried: deque[tuple[float, float]] = deque(maxlen=64)
        self._fates: deque[tuple[float, bool]] = deque(maxlen=200)
        self._reached = -math.inf
        self._busy_until = -math.inf

    def __contains__(self, key: Hashable) -> bool:
        return key in self._waiting

    @property
    def newest(self) -> Message | None:
        """The message sent last, of those that wait."""
        return next(reversed(self._waiting.values()), None)

    @property
    def probing(self) -> bool:
        """Whether a probe waits."""
        return any(message.probe for message in self._waiting.values())

    def is_busy(self, now: float) -> bool:
        """Say whether the link still carries what was sent, by the estimate."""
        return now < self._busy_until

    def send(self, key: Hashable, wire_bytes: int, now: float, *, probe: bool) -> None:
        """Add a message."""
        begins = max(now, self._busy_until)
        self._waiting[key] = Message(wire_bytes, now, probe, begins)
        self._busy_until = begins + self._sending_time(wire_bytes)

    def take(self, key: Hashable, now: float) -> Message:
        """Take out a message that is answered."""
        self._fates.append((now, False))
        return self._waiting.pop(key)

    def carried(self, message: Message, done: float) -> None:
        """Note when the link had carried a message, and so all before it."""
        self._carried.append((message.sent, done))
        self._reached = max(self._reached, message.sent)
        rest = sum(self._sending_time(message.wire_bytes) for message in self.on_link())
        self._busy_until = min(self._busy_until, done + rest)

    def on_link(self) -> list[Message]:
        """Give the messages that may still be on their way to the tail, not held there or lost."""
        return [m for m in self._waiting.values() if m.sent > self._reached]

    def before(self, message: Message) -> float:
        """Give when the link had carried what was sent before a message, as far as is known."""
        return max((done for sent, done in self._carried if sent < message.sent), default=-math.inf)

    def older_waits(self, message: Message) -> bool:
        """Say whether something that was sent before a message is not answered yet."""
        return any(other.sent < message.sent for other in self._waiting.values())

    def is_settled(self, message: Message) -> bool:
        """Say whether all that a message may have waited for is known."""
        return message.begins <= message.sent or not self.older_waits(message)

    def overtaken_probes(self, message: Message, now: float) -> Iterator[Message]:
        """Lose the probes sent before a message that is answered: echoes are sent at once."""
        for key, other in list(self._waiting.items()):
            if other.probe and other.sent < message.sent:
                yield self._lose(key, now)

    def forgotten(self, expected: Callable[[Message], float], now: float) -> Iterator[Message]:
        """Lose what has waited too long.

        :param expected: time from the begin of a message's sending to its answer, s.
        """
        for key, message in list(self._waiting.items()):
            patience = max(PATIENCE, 3 * (message.begins - message.sent + expected(message)))
            if now - message.sent > min(patience, 5 * PATIENCE):
                yield self._lose(key, now)

    def loss(self, now: float) -> float:
        """Give the share of the messages of the last 10 s that were lost."""
        recent = [lost for time, lost in self._fates if now - time <= LOSS_WINDOW]
        return sum(recent) / len(recent) if recent else 0.0

    def _lose(self, key: Hashable, now: float) -> Message:
        message = self._waiting.pop(key)
        self._fates.append((now, True))
        if not self._waiting:
            self._busy_until = min(self._busy_until, now)
        return message
