"""Publishes what comes out of an emulated link, in time, from a thread of its own."""

import threading
import time
from collections.abc import Callable

from rclpy.exceptions import InvalidHandle
from rclpy.publisher import Publisher

from edge_exit.link.emulation import EmulatedLink, LinkCounts, LinkSettings
from edge_exit.link.wire import frames, wire_bytes

# Waiting ends a little late; the longest wait keeps the thread able to end.
LONGEST_WAIT = 0.5


class LinkPump:
    """One direction of an emulated link between publishers.

    :param failed: told of an error that ended the thread.
    """

    def __init__(self, name: str, settings: LinkSettings, failed: Callable[[str], None]) -> None:
        self._link = EmulatedLink(settings, start=time.monotonic())
        self._wake = threading.Condition()
        self._ended = False
        self._failed = failed
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def counts(self) -> LinkCounts:
        """What became of the messages so far."""
        return self._link.counts

    def send(self, publisher: Publisher, serialised: bytes, at: float) -> None:
        """Put a serialised message into the link.

        :param publisher: sends it at the other end.
        :param at: when it reached this process, s: the link begins there, not when there was time
            for it.
        """
        size = len(serialised)
        with self._wake:
            self._link.send((publisher, serialised), wire_bytes(size), frames(size), at)
            self._wake.notify()

    def change(self, settings: LinkSettings) -> None:
        """Change what the link does, at once."""
        with self._wake:
            self._link.change(settings, time.monotonic())
            self._wake.notify()

    def close(self) -> None:
        """End the thread; what is on its way is gone."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while (arrived := self._next()) is not None:
                for publisher, serialised in arrived:
                    _publish(publisher, serialised)
        except Exception as error:
            self._failed(f'{self._thread.name} stands still: {error}')
            raise

    def _next(self) -> list | None:
        with self._wake:
            while not self._ended:
                now = time.monotonic()
                if arrived := self._link.arrived(now):
                    return arrived
                wait = self._link.next_event(now) - now
                self._wake.wait(min(max(wait, 0.0), LONGEST_WAIT))
            return None


def _publish(publisher: Publisher, serialised: bytes) -> None:
    try:
        publisher.publish(serialised)
    except InvalidHandle:
        # The head was forgotten while its message was on its way.
        return
