"""Runs the demo: nodes start, the link changes, figures are shown and written, nodes end."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edge_exit.demo.phases import PHASES
from edge_exit.demo.processes import Nodes
from edge_exit.demo.recording import Recording
from edge_exit.terminal.screen import Screen
from edge_exit.demo.settings import (
    DEADLINE,
    HEAD_NAME,
    LINK_NAME,
    PLAYER,
    Settings,
    commands,
    environment,
)
from edge_exit.errors import EdgeExitError
from edge_exit.nodes.watcher import Watcher

TICK_S = 0.1
START_TIMEOUT_S = 60.0
# Books come once a second.
BOOKS_TIMEOUT_S = 5.0
SETTLE_S = 0.2


class Interrupted(Exception):  # noqa: N818 - an order, not an error
    """The user wants the demo to end now."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a demo ended.

    :ivar failure: the error that ended it, if one did.
    """

    interrupted: bool = False
    failure: str = ''


def perform(settings: Settings, recording: Recording, screen: Screen) -> Ending:
    """Run all phases, or as many as come before Ctrl-C, the first dead node or another failure."""
    _isolate(settings)
    stop = threading.Event()
    with _signals(stop), Nodes(settings.out / 'logs', {}) as nodes:
        with Watcher(HEAD_NAME, recording) as watcher:
            return Stage(nodes, recording, screen, stop).perform(watcher, settings.seconds)


class Stage:
    """The running demo: its nodes, what is seen of them, and where it is shown."""

    def __init__(
        self, nodes: Nodes, recording: Recording, screen: Screen, stop: threading.Event
    ) -> None:
        self._nodes = nodes
        self._recording = recording
        self._screen = screen
        self._stop = stop

    def perform(self, watcher: Watcher, seconds: float) -> Ending:
        """Start the nodes, run the phases, and wait for the last results."""
        try:
            self._start(watcher)
            self._run_phases(watcher, seconds / len(PHASES))
            self._settle()
        except Interrupted:
            return Ending(interrupted=True)
        except EdgeExitError as error:
            return Ending(failure=str(error))
        finally:
            self._wait_for_last_results()
            self._nodes.ask_to_end()
        return Ending()

    def _start(self, watcher: Watcher) -> None:
        all_commands = commands()
        for name, command in all_commands.items():
            if name != PLAYER:
                self._nodes.start(name, command)
        self._wait(
            lambda: not self._missing(watcher),
            START_TIMEOUT_S,
            lambda: f'still missing: {", ".join(self._missing(watcher))}',
        )
        self._nodes.start(PLAYER, all_commands[PLAYER])
        self._wait(
            lambda: self._recording.copy().results, START_TIMEOUT_S, lambda: 'no result of a frame'
        )

    def _missing(self, watcher: Watcher) -> list[str]:
        seen = self._recording.copy()
        parts = {
            'the head': seen.books and watcher.hears_results(),
            'a link from head to tail': seen.links and seen.links[-1][1].connected,
            'the policy': seen.points,
        }
        return [name for name, there in parts.items() if not there]

    def _run_phases(self, watcher: Watcher, each: float) -> None:
        """Change the link right after the head's books were read: they tell the phases apart."""
        began = time.monotonic()
        for index, phase in enumerate(PHASES):
            books = self._recording.copy().books[-1][1] if index == 0 else self._next_books()
            watcher.set_parameters(LINK_NAME, phase.link)
            self._recording.begin(phase, books)
            end = began + (index + 1) * each
            self._wait(lambda end=end: time.monotonic() >= end)

    def _next_books(self, after: float | None = None) -> object:
        after = time.monotonic() if after is None else after
        self._wait(
            lambda: self._recording.copy().books[-1][0] > after,
            BOOKS_TIMEOUT_S,
            lambda: f'the head has sent no diagnostics for {BOOKS_TIMEOUT_S:g} s',
        )
        return self._recording.copy().books[-1][1]

    def _settle(self) -> None:
        """End the player and wait until every frame has its result and the books say so."""
        self._nodes.ask_to_end(PLAYER)
        self._nodes.forget(PLAYER)
        after = time.monotonic() + SETTLE_S
        books = self._next_books(after)
        until = time.monotonic() + BOOKS_TIMEOUT_S
        while (books.in_flight or books.waiting) and time.monotonic() < until:
            books = self._next_books()

    def _wait_for_last_results(self) -> None:
        """Give the results of all frames that the last books count the time that they may take."""
        until = time.monotonic() + DEADLINE + SETTLE_S
        seen = self._recording.copy()
        taken = seen.books[-1][1].taken if seen.books else 0
        while len(self._recording.copy().results) < taken and time.monotonic() < until:
            time.sleep(TICK_S / 4)

    def _wait(
        self,
        condition: Callable[[], object],
        timeout: float = float('inf'),
        complaint: Callable[[], str] = str,
    ) -> None:
        until = time.monotonic() + timeout
        while not condition():
            if self._stop.wait(TICK_S):
                raise Interrupted
            self._nodes.check()
            self._screen.show(self._recording.copy)
            if time.monotonic() > until:
                raise EdgeExitError(
                    f'{complaint()} after {timeout:g} s; logs: {self._nodes.folder}'
                )


def _isolate(settings: Settings) -> None:
    """Keep this process and all nodes to a domain of their own on this machine."""
    for name in ('ROS_LOCALHOST_ONLY', 'ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER'):
        os.environ.pop(name, None)
    os.environ.update(environment(settings))


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Turn Ctrl-C, termination and a closed terminal into a request to stop."""
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
