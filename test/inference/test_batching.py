"""Frames run together where that saves something, and never wait in vain."""

import threading
import time

import pytest
from support import wait_until

from edge_exit.errors import RefusedError
from edge_exit.inference.batching import Batcher, BatchLimits, Waiting


class Works:
    """A network that notes its batches and runs as long as the test holds it up."""

    def __init__(self, **limits):
        self.batches: list[list[str]] = []
        self.times: list[float] = []
        self.expired: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.batcher = Batcher(self._work, self._expire, BatchLimits(**limits))

    def offer(self, *items: str, time_left: float = 10.0) -> None:
        for item in items:
            now = time.monotonic()
            self.batcher.offer(Waiting(f'/{item[0]}', now, now + time_left, item))

    def done(self, count: int) -> list[list[str]]:
        wait_until(lambda: sum(map(len, self.batches)) >= count, 5)
        return self.batches

    def _work(self, frames):
        self.batches.append([frame.item for frame in frames])
        self.times.append(time.monotonic() - frames[0].arrived)
        self.go_on.wait(5)

    def _expire(self, frame):
        self.expired.append(frame.item)


@pytest.fixture
def works():
    made = []

    def make(**limits):
        made.append(Works(**limits))
        return made[-1]

    yield make
    for one in made:
        one.go_on.set()
        one.batcher.close()


def hold_up(network: Works) -> None:
    """Let a first frame keep the worker busy."""
    network.go_on.clear()
    network.offer('x0')
    network.done(1)


def test_what_gathers_while_the_network_runs_is_one_batch(works):
    network = works(size=8)
    hold_up(network)
    network.offer('a1', 'b1', 'c1')
    network.go_on.set()
    assert network.done(4) == [['x0'], ['a1', 'b1', 'c1']]


def test_batch_is_never_larger_than_asked_for(works):
    network = works(size=2)
    hold_up(network)
    network.offer('a1', 'b1', 'c1')
    network.go_on.set()
    assert network.done(4) == [['x0'], ['a1', 'b1'], ['c1']]


def test_single_robot_is_not_kept_waiting(works):
    network = works(wait=0.5)
    for number in range(5):
        network.offer(f'a{number}')
        network.done(number + 1)
    assert max(network.times) < 0.4


def test_idle_worker_waits_for_robots_that_are_active(works):
    network = works(wait=5.0)
    hold_up(network)
    network.go_on.set()
    network.offer('a1', 'b1')  # /x, /a and /b are active now
    wait_until(lambda: network.batcher.waiting in (0, 2))
    network.offer('x1')
    assert [item for batch in network.done(4) for item in batch] == ['x0', 'a1', 'b1', 'x1']
    assert max(network.times) < 4.0


def test_waiting_for_others_is_bounded(works):
    network = works(wait=0.1)
    hold_up(network)
    network.offer('b0')
    network.go_on.set()
    network.done(2)
    network.offer('b1')  # /x is active but silent
    assert network.done(3)[-1] == ['b1']
    assert network.times[-1] < 0.4


def test_frame_whose_deadline_has_passed_is_not_run(works):
    network = works()
    hold_up(network)
    network.offer('a1', time_left=-0.001)
    network.offer('b1')
    network.go_on.set()
    assert network.done(2) == [['x0'], ['b1']]
    assert network.expired == ['a1']


def test_full_queue_refuses_and_says_so(works):
    network = works(queue=2)
    hold_up(network)
    network.offer('a1', 'b1')
    with pytest.raises(RefusedError, match='2 frames wait already'):
        network.offer('c1')


def test_limits_change_while_frames_flow(works):
    network = works(size=1)
    hold_up(network)
    network.offer('a1', 'b1', 'c1')
    network.batcher.limits = BatchLimits(size=3)
    network.go_on.set()
    assert network.done(4) == [['x0'], ['a1', 'b1', 'c1']]
