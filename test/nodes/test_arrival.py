"""When a message reached this process, by two clocks, whatever stops the thread between them."""

from itertools import chain, repeat
from types import SimpleNamespace

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from edge_exit.nodes import link_probing
from edge_exit.nodes.link_probing import arrival

START_NS = 1_700_000_000_000_000_000


class Clocks:
    """Two clocks that go alike; before each reading of one so much time passes, s."""

    def __init__(self, pauses):
        self.now = 100.0
        self.pauses = chain(pauses, repeat(1e-6))

    def _pass(self):
        self.now += next(self.pauses)
        return self.now

    def monotonic(self):
        return self._pass()

    def time_ns(self):
        return START_NS + round(1e9 * self._pass())


@pytest.mark.parametrize(
    'pauses', [[], [0, 0.005], [0, 0, 0.005], [0, 0.005, 0, 0, 0.005, 0]], ids=str
)
def test_a_thread_that_is_stopped_between_two_clocks_finds_the_same(monkeypatch, pauses):
    clocks = Clocks(pauses)
    monkeypatch.setattr(
        link_probing, 'time', SimpleNamespace(monotonic=clocks.monotonic, time_ns=clocks.time_ns)
    )
    assert arrival(START_NS + round(99.98 * 1e9)) == pytest.approx(99.98, abs=1e-5)


def test_without_a_stamp_or_with_one_of_another_clock_it_is_now(monkeypatch):
    clocks = Clocks([])
    monkeypatch.setattr(
        link_probing, 'time', SimpleNamespace(monotonic=clocks.monotonic, time_ns=clocks.time_ns)
    )
    for received in (None, 0, START_NS - 10**12, START_NS + 10**12):
        assert arrival(received) == pytest.approx(clocks.now, abs=1e-5)
