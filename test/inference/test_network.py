"""What a process knows of the times of its segments."""

import time

import pytest
from tiny_bundle import write_tiny_bundle

from edge_exit.inference import network
from edge_exit.inference.network import SegmentedNetwork

HELD_UP = 0.03


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('network') / 'tiny')


class Busy:
    """A segment on a machine that holds up all its runs but one."""

    def __init__(self, segment):
        self.segment = segment
        self.runs = 0

    def run(self, *values):
        self.runs += 1
        if self.runs != 2:
            time.sleep(HELD_UP)
        return self.segment.run(*values)


def test_a_busy_machine_at_the_start_makes_no_slow_network(bundle, monkeypatch):
    open_segment = network.open_segment
    monkeypatch.setattr(network, 'open_segment', lambda *a, **k: Busy(open_segment(*a, **k)))
    started = SegmentedNetwork(bundle)
    for index in started.segments:
        assert 0 < started.service(index) < HELD_UP
