"""A run of node processes that nothing else on the machine mixes with, and that a signal ends."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Interrupted(Exception):  # noqa: N818 - an order, not an error
    """The user wants the run to end now."""


def isolate(environment: Mapping[str, str]) -> None:
    """Keep this process and all nodes to a domain of their own on this machine."""
    for name in ('ROS_LOCALHOST_ONLY', 'ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER'):
        os.environ.pop(name, None)
    os.environ.update(environment)


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Turn Ctrl-C, termination and a closed terminal into a request to stop."""
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
