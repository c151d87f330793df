"""Names that come from the network: checked before anything is created for them, and never many."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from rclpy.exceptions import NameValidationException
from rclpy.validate_full_topic_name import validate_full_topic_name

from edge_exit.errors import RefusedError

# DDS allows 255 characters; what is put before and after a node's name must still fit.
LONGEST_NODE_NAME = 180

T = TypeVar('T')


def check_node_name(name: str) -> str:
    """Give back a fully qualified node name, or refuse what is none.

    :raises RefusedError: if topics below that name could not exist.
    """
    if len(name) > LONGEST_NODE_NAME:
        raise RefusedError(
            f'node name of {len(name)} characters "{name[:20]}..." (at most {LONGEST_NODE_NAME})'
        )
    try:
        validate_full_topic_name(name)
    except (NameValidationException, ValueError):
        raise RefusedError(
            f'{name!r} is not a fully qualified node name like /robot/head'
        ) from None
    return name


class Peers(Generic[T]):
    """What a node keeps for each peer that messages name, such as publishers for its answers.

    Anyone on the network can invent names, so there are never more than `limit`. At the limit
    the peer that was silent longest makes room if it was silent for `idle` seconds. Its methods may
    be called from any thread.

    :param create: makes what is kept, from a checked name.
    :param destroy: gives it back.
    """

    def __init__(
        self,
        create: Callable[[str], T],
        destroy: Callable[[T], None],
        *,
        limit: int,
        idle: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self._create = create
        self._destroy = destroy
        self._idle = idle
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._seen: dict[str, float] = {}

    def get(self, name: str) -> T:
        """Give what is kept for a peer that has just been heard of.

        :raises RefusedError: if the name is not valid or too many peers are active.
        """
        with self._lock:
            if name not in self._kept:
                check_node_name(name)
                self._make_room()
                self._kept[name] = self._create(name)
            self._kept.move_to_end(name)
            self._seen[name] = self._clock()
            return self._kept[name]

    def active(self, within: float) -> int:
        """Count the peers that were heard of in the last `within` seconds."""
        since = self._clock() - within
        with self._lock:
            return sum(seen >= since for seen in self._seen.values())

    def clear(self) -> None:
        """Give everything back."""
        with self._lock:
            while self._kept:
                self._drop_oldest()

    def _make_room(self) -> None:
        while len(self._kept) >= self.limit:
            oldest = next(iter(self._kept))
            if self._clock() - self._seen[oldest] < self._idle:
                raise RefusedError(
                    f'{len(self._kept)} peers are active already (limit: {self.limit})'
                )
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        name, kept = self._kept.popitem(last=False)
        del self._seen[name]
        self._destroy(kept)
