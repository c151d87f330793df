"""An emulated link: as fast, late and lossy as asked for, in order, and changed at once."""

import math
from random import Random

import pytest

from edge_exit.link.emulation import EmulatedLink, LinkSettings
from edge_exit.link.traces import Trace


def link(**settings):
    return EmulatedLink(LinkSettings(**settings), random=Random(1))


def arrivals(emulated, *, now=0.0, until=100.0):
    """Run the link as a node does, from event to event, and note when what arrives."""
    found = []
    while (now := emulated.next_event(now)) <= until:
        found += [(payload, now) for payload in emulated.arrived(now)]
    return found


def test_a_message_takes_its_size_over_the_rate_and_the_delay():
    slow = link(rate_bps=1e6, delay=0.02)
    slow.send('a', 12500, 9, 0.0)
    assert arrivals(slow) == [('a', pytest.approx(0.12))]


def test_a_link_that_stood_idle_begins_when_a_message_came_to_it():
    """Whoever hands it over may have been busy meanwhile, and have looked for others before."""
    idle = link(rate_bps=8e6, delay=0.01)
    idle.send('first', 1000, 1, 1.0)
    assert idle.arrived(1.5) == ['first']
    idle.send('second', 1000, 1, 1.4)
    assert idle.next_event(1.5) == pytest.approx(1.411)
    # Not while another one was on it.
    idle.send('third', 1000, 1, 1.4)
    idle.arrived(2.0)
    idle.send('fourth', 1000, 1, 1.4)
    assert idle.next_event(2.0) == pytest.approx(1.413)


def test_messages_queue_behind_each_other_and_keep_their_order():
    slow = link(rate_bps=1e6, jitter=0.05)
    for name in range(20):
        slow.send(name, 12500, 9, 0.0)
    found = arrivals(slow)
    assert [name for name, _ in found] == list(range(20))
    assert 2.0 <= found[-1][1] < 2.5


def test_a_changed_rate_holds_for_what_is_half_sent():
    slow = link(rate_bps=1e6)
    slow.send('a', 12500, 9, 0.0)
    slow.change(LinkSettings(rate_bps=1e5), 0.05)
    assert arrivals(slow, now=0.05) == [('a', pytest.approx(0.55))]


def test_an_outage_loses_what_is_on_its_way_and_what_comes():
    broken = link(rate_bps=1e6, delay=1.0)
    broken.send('flying', 1000, 1, 0.0)
    broken.change(LinkSettings(outage=True), 0.5)
    broken.send('lost', 1000, 1, 0.6)
    broken.change(LinkSettings(), 0.7)
    broken.send('after', 1000, 1, 0.8)
    assert [name for name, _ in arrivals(broken, now=0.8)] == ['after']
    assert (broken.counts.carried, broken.counts.lost) == (1, 2)


def test_large_messages_are_lost_with_any_of_their_frames():
    lossy = link(rate_bps=1e9, loss=0.05)
    for index in range(2000):
        lossy.send(('small', 'large')[index % 2], 100, (1, 20)[index % 2], index * 0.01)
    names = [name for name, _ in arrivals(lossy, now=20.0)]
    assert names.count('small') / 1000 == pytest.approx(0.95, abs=0.03)
    assert names.count('large') / 1000 == pytest.approx(0.95**20, abs=0.05)


def test_a_full_queue_loses_what_does_not_fit():
    slow = link(rate_bps=1e6, queue_bytes=2500)
    for name in 'abc':
        slow.send(name, 1000, 1, 0.0)
    assert [name for name, _ in arrivals(slow)] == ['a', 'b']


def test_a_trace_sets_rate_and_delay_over_time():
    nan = math.nan
    trace = Trace((0.0, 1.0, 2.0), (1e6, 0.0, 2e6), (0.1, nan, nan), 3.0)
    traced = link(trace=trace, delay=0.5)
    traced.send('in the first second', 12500, 9, 0.0)
    traced.send('over the outage', 125_000, 90, 0.0)
    found = dict(arrivals(traced))
    assert found['in the first second'] == pytest.approx(0.15)
    assert found['over the outage'] == pytest.approx(2.05 + 0.5)


def test_a_link_that_stands_still_waits_for_a_change():
    still = link(rate_bps=0.0)
    still.send('a', 1000, 1, 0.0)
    assert still.next_event(0.0) == math.inf
    still.change(LinkSettings(rate_bps=8e3), 10.0)
    assert still.next_event(10.0) == pytest.approx(11.0)
