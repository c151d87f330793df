"""Runs robot, link and server as processes of their own while a bag is played to them."""

import threading
import time
from collections.abc import Callable

from edge_exit.demo.isolation import Interrupted, isolate, stopped_by_signals
from edge_exit.demo.processes import NodeDiedError, Nodes
from edge_exit.demo.readiness import missing_parts
from edge_exit.demo.recording import Recording
from edge_exit.errors import EdgeExitError
from edge_exit.nodes.watcher import Watcher
from edge_exit.online.settings import HEAD_NAME, LINK_NAME, PLAYER, PLAYER_NAME, RECORDER, Settings

TICK_S = 0.1
START_TIMEOUT_S = 60.0
# The player's messages reach all that listen only after they have found each other.
MEET_S = 1.5
# The head's books come once a second, the last after the last frame's deadline.
BOOKS_S = 1.2
# Writing the end of a bag takes longer than most nodes need to end.
RECORDER_PATIENCE_S = 10.0


def play(settings: Settings, deadline: float, seen: Callable[[int], None]) -> None:
    """Play the bag to its end; its results are then in the new bag.

    :param deadline: of a frame, s.
    :param seen: told now and then how many results there are.
    :raises EdgeExitError: if a node ends or is not ready in time.
    :raises Interrupted: after Ctrl-C; what was recorded until then is in the new bag.
    """
    recording = Recording()
    stop = threading.Event()
    isolate(settings.environment())
    with stopped_by_signals(stop), Nodes(settings.out / 'logs', {}) as nodes:
        with Watcher(HEAD_NAME, recording) as watcher:
            stage = _Stage(settings, nodes, recording, stop, seen)
            try:
                stage.start(watcher)
                stage.play(watcher)
                stage.wait(deadline + BOOKS_S)
            finally:
                stage.end_recording()


class _Stage:
    def __init__(
        self,
        settings: Settings,
        nodes: Nodes,
        recording: Recording,
        stop: threading.Event,
        seen: Callable[[int], None],
    ) -> None:
        self._settings, self._nodes, self._stop = settings, nodes, stop
        self._recording, self._seen = recording, seen

    def start(self, watcher: Watcher) -> None:
        """Start all nodes and wait until a frame could be offloaded."""
        for name, command in self._settings.commands().items():
            self._nodes.start(name, command)
        until = time.monotonic() + START_TIMEOUT_S
        while missing := missing_parts(self._recording.copy(), watcher):
            self._tick()
            if time.monotonic() > until:
                raise EdgeExitError(
                    f'still missing after {START_TIMEOUT_S:g} s: {", ".join(missing)}; '
                    f'logs: {self._nodes.folder}'
                )

    def play(self, watcher: Watcher) -> None:
        """Let the link and then the images begin, and wait for the player's end."""
        watcher.set_parameters(PLAYER_NAME, {'rate': 1.0}, timeout=20.0)
        self.wait(MEET_S)
        # A trace begins with the images.
        if self._settings.link:
            watcher.set_parameters(LINK_NAME, dict(self._settings.link))
        watcher.set_parameters(PLAYER_NAME, {'paused': False})
        (player,) = [node for node in self._nodes.running if node.name == PLAYER]
        while player.popen.poll() is None:
            self._tick(PLAYER)
        if player.popen.returncode:
            raise NodeDiedError(f'the bag was not played to its end: see {player.log}')
        self._nodes.running.remove(player)

    def wait(self, seconds: float) -> None:
        """Let the nodes run on."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._tick()

    def end_recording(self) -> None:
        """End the recorder first, with the time that it needs."""
        recorder = next((node for node in self._nodes.running if node.name == RECORDER), None)
        self._nodes.ask_to_end(RECORDER)
        until = time.monotonic() + RECORDER_PATIENCE_S
        while recorder and recorder.popen.poll() is None and time.monotonic() < until:
            time.sleep(TICK_S)

    def _tick(self, *ending: str) -> None:
        """Wait a moment; raise if the user or a node has ended the replay meanwhile."""
        if self._stop.wait(TICK_S):
            raise Interrupted
        for node in self._nodes.running:
            if node.name not in ending and node.popen.poll() is not None:
                self._nodes.check()
        self._seen(len(self._recording.copy().results))
