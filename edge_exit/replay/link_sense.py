"""What a robot knows of its link and its tail, by heartbeats, probes and offloads."""

import itertools

from edge_exit.control import periods
from edge_exit.link.heartbeat import Beat, Heartbeat
from edge_exit.link.monitor import LinkMonitor
from edge_exit.link.probing import padding_of
from edge_exit.link.quality import LinkQuality
from edge_exit.link.wire import wire_bytes
from edge_exit.replay import sizes
from edge_exit.replay.clock import VirtualClock
from edge_exit.replay.link import Direction


class LinkSense:
    """Probes a link whose other end echoes at once.

    :param model_id: bundle that the robot runs.
    :ivar heart: the tail's heartbeat as heard.
    """

    def __init__(self, clock: VirtualClock, up: Direction, down: Direction, model_id: str) -> None:
        self.heart = Heartbeat(model_id)
        self._clock, self._up, self._down = clock, up, down
        self._monitor = LinkMonitor()
        self._numbers = itertools.count(1)
        self._smallest = sizes.probe()
        clock.at(clock.now, self._tick)

    @property
    def alive(self) -> bool:
        """Say whether the tail is there."""
        return self.heart.alive(self._clock.now)

    def hear(self, beat: Beat) -> None:
        """Note a heartbeat."""
        self.heart.hear(beat, self._clock.now)

    def sent(self, sequence: int, serialised: list[int]) -> None:
        """Note an offload, just before it is sent, by the lengths of its messages."""
        size = sum(map(wire_bytes, serialised))
        self._monitor.sent(('offload', sequence), size, self._clock.now)

    def answered(self, sequence: int, hold: float) -> None:
        """Note an answer.

        :param hold: time that the tail reports for it, s.
        """
        self._monitor.answered(('offload', sequence), hold, self._clock.now)

    def quality(self) -> LinkQuality:
        """Give what is known of the link now."""
        return self._monitor.quality(self._clock.now, connected=self.alive)

    def _tick(self) -> None:
        now = self._clock.now
        wanted = self._monitor.probe_plan(now)
        self._clock.at(now + periods.probing(quiet=self._monitor.is_quiet), self._tick)
        if wanted is not None:
            self._probe(wanted)

    def _probe(self, wanted: int) -> None:
        key = ('probe', next(self._numbers))
        size = self._smallest + padding_of(wanted, self._smallest)
        self._monitor.sent(key, wire_bytes(size), self._clock.now, probe=True)
        self._up.send(size, lambda: self._echo(key))

    def _echo(self, key: tuple[str, int]) -> None:
        self._down.send(self._smallest, lambda: self._monitor.answered(key, 0.0, self._clock.now))
