"""Runs the demo: nodes start, the link changes, figures are shown and written, nodes end."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from edge_exit.demo.isolation import Interrupted, isolate, stopped_by_signals
from edge_exit.demo.phases import PHASES
from edge_exit.demo.processes import Nodes
from edge_exit.demo.readiness import missing_parts
from edge_exit.demo.recording import Recording
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
from edge_exit.terminal.screen import Screen

TICK_S = 0.1
START_TIMEOUT_S = 60.0
# Books come once a second.
BOOKS_TIMEOUT_S = 5.0
SETTLE_S = 0.2


@dataclass(frozen=True, slots=True)
class Ending:
    """How a demo ended.

    :ivar failure: the error that ended it, if one did.
    """

    interrupted: bool = False
    failure: str = ''


def perform(settings: Settings, recording: Recording, screen: Screen) -> Ending:
    """Run all phases, or as many as come before Ctrl-C, the first dead node or another failure."""
    isolate(environment(settings))
    stop = threading.Event()
    with stopped_by_signals(stop), Nodes(settings.out / 'logs', {}) as nodes:
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
        return missing_parts(self._recording.copy(), watcher)

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
