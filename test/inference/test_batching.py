"""Frames run together where that saves something, and never wait in vain."""

import time

import pytest

from edge_exit.errors import RefusedError
from edge_exit.inference.batching import Batcher, BatchLimits, Waiting


class Works:
    """A network that notes its batches; while the first runs, a test may let frames come."""

    def __init__(self, *meanwhile: str, **limits):
        self.batches: list[list[str]] = []
        self.waited: list[float] = []
        self.expired: list[str] = []
        self.batcher = Batcher(self._work, self._expire, BatchLimits(**limits))
        self._meanwhile = meanwhile

    def offer(self, *items: str, time_left: float = 10.0) -> None:
        for item in items:
            now = time.monotonic()
            self.batcher.offer(Waiting(f'/{item[0]}', now, now + time_left, item))

    def work_off(self) -> list[list[str]]:
        """Work as long as frames wait, and wait as long as the batcher says."""
        while (left := self.batcher.work_off()) is not None:
            time.sleep(left)
        return self.batches

    def _work(self, frames):
        self.batches.append([frame.item for frame in frames])
        self.waited.append(time.monotonic() - frames[0].arrived)
        if len(self.batches) == 1:
            self.offer(*self._meanwhile)

    def _expire(self, frame):
        self.expired.append(frame.item)


def test_what_gathers_while_the_network_runs_is_one_batch():
    network = Works('a1', 'b1', 'c1', size=8, wait=5.0)
    network.offer('x0')
    assert network.work_off() == [['x0'], ['a1', 'b1', 'c1']]
    assert max(network.waited) < 1.0


def test_batch_is_never_larger_than_asked_for():
    network = Works('a1', 'b1', 'c1', size=2)
    network.offer('x0')
    assert network.work_off() == [['x0'], ['a1', 'b1'], ['c1']]


def test_single_robot_is_not_kept_waiting():
    network = Works(wait=5.0)
    for number in range(5):
        network.offer(f'a{number}')
        network.work_off()
    assert len(network.batches) == 5
    assert max(network.waited) < 1.0


def test_idle_batcher_waits_for_robots_that_are_active():
    network = Works(wait=5.0)
    network.offer('x0', 'a0', 'b0')
    network.work_off()
    network.offer('a1', 'b1')  # /x is active, too
    assert 1.0 < network.batcher.work_off() <= 5.0
    network.offer('x1')
    assert network.work_off() == [['x0', 'a0', 'b0'], ['a1', 'b1', 'x1']]


def test_waiting_for_others_is_bounded():
    network = Works(wait=0.1)
    network.offer('x0', 'b0')
    network.work_off()
    network.offer('b1')  # /x is active but silent
    assert network.work_off()[-1] == ['b1']
    assert 0.1 <= network.waited[-1] < 0.4


def test_frame_whose_deadline_has_passed_is_not_run():
    network = Works()
    network.offer('a1', time_left=-0.001)
    network.offer('b1')
    assert network.work_off() == [['b1']]
    assert network.expired == ['a1']


def test_full_queue_refuses_and_says_so():
    network = Works(queue=2)
    network.offer('a1', 'b1')
    with pytest.raises(RefusedError, match='2 frames wait already'):
        network.offer('c1')


def test_limits_change_while_frames_wait():
    network = Works(size=1)
    network.offer('a1', 'b1', 'c1')
    network.batcher.limits = BatchLimits(size=3)
    assert network.work_off() == [['a1', 'b1', 'c1']]
