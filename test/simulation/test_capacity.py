"""Links in simulated worlds carry what the emulated link carries, message by message."""

import math
from random import Random

import numpy as np
import pytest

from edge_exit.link.emulation import EmulatedLink, LinkSettings
from edge_exit.link.traces import Trace
from edge_exit.simulation import generators
from edge_exit.simulation.capacity import Capacity

RANDOM = np.random.default_rng(5)
TRACES = {
    'constant': generators.constant(3e6),
    'steps': generators.steps(RANDOM, low=2e5, high=2e7, duration=60),
    'markov': generators.markov(RANDOM, good=8e6, bad=3e5, duration=60),
    'random walk': generators.random_walk(RANDOM, middle=2e6, duration=60),
    'outages': generators.outages(RANDOM, rate=4e6, duration=60),
}


@pytest.mark.parametrize('name', TRACES)
def test_a_queue_of_messages_arrives_as_over_the_emulated_link(name):
    trace, random = TRACES[name], Random(2)
    link = EmulatedLink(LinkSettings(trace=trace, queue_bytes=10**9), start=0.0)
    capacity = Capacity([trace], np.zeros(1), np.zeros(1), 200.0)
    bits, expected, time = np.zeros(1), [], 0.0
    for number in range(300):
        time += random.expovariate(10)
        size = random.randint(100, 60_000)
        link.send(number, size, 1, time)
        bits = np.maximum(bits, capacity.carried(np.array([time]))) + 8 * size
        expected.append(float(capacity.when(bits)[0]))
    found, now = {}, 0.0
    while len(found) < 300 and now < 190:
        for number in link.arrived(now):
            found[number] = now
        now = min(max(link.next_event(now), now + 1e-9), 190.0)
    arrived = [number for number in range(300) if expected[number] < 185]
    assert len(arrived) > 100
    assert [found[number] for number in arrived] == pytest.approx(
        [expected[number] for number in arrived], abs=2e-3
    )


def test_worlds_side_by_side_do_not_touch_each_other():
    traces, starts = list(TRACES.values()), np.array([0.0, 3.0, 7.5, 59.0, 20.0])
    rtts = np.full(5, 0.01)
    many = Capacity(traces, starts, rtts, 30.0)
    times = np.array([0.0, 4.2, 11.1, 29.9, 17.0])
    bits = np.array([1.0, 5e5, 2e6, 1e7, 3e6])
    for world, trace in enumerate(traces):
        alone = Capacity([trace], starts[[world]], rtts[[world]], 30.0)
        for method, value in (('carried', times), ('when', bits), ('rate', times), ('rtt', times)):
            found = getattr(many, method)(value)[world]
            assert found == pytest.approx(getattr(alone, method)(value[[world]])[0])


def test_what_an_outage_never_carries_never_arrives():
    capacity = Capacity([generators.constant(0.0)], np.zeros(1), np.zeros(1), 10.0)
    assert capacity.when(np.array([1.0]))[0] == math.inf


def test_round_trips_of_a_trace_add_what_exceeds_their_median_to_the_base():
    trace = Trace((0.0, 1.0, 2.0), (1e6,) * 3, (0.04, math.nan, 0.09), 3.0)
    capacity = Capacity([trace], np.zeros(1), np.array([0.005]), 9.0)
    found = [capacity.rtt(np.array([time]))[0] for time in (0.5, 1.5, 2.5, 5.5)]
    assert found == pytest.approx([0.005, 0.005, 0.03, 0.03])


@pytest.mark.parametrize('name', [name for name in TRACES if name != 'constant'])
def test_generators_repeat_with_their_seed_and_change_with_it(name):
    make = {
        'steps': lambda r: generators.steps(r, low=1e5, high=1e7, duration=30),
        'markov': lambda r: generators.markov(r, good=1e7, bad=1e5, duration=30),
        'random walk': lambda r: generators.random_walk(r, middle=1e6, duration=30),
        'outages': lambda r: generators.outages(r, rate=1e6, duration=30),
    }[name]
    assert make(np.random.default_rng(1)) == make(np.random.default_rng(1))
    assert make(np.random.default_rng(1)).rates != make(np.random.default_rng(2)).rates
    trace = make(np.random.default_rng(3))
    assert trace.times[0] == 0
    assert list(trace.times) == sorted(set(trace.times))
    assert trace.duration > trace.times[-1]
    assert min(trace.rates) == 0 if name == 'outages' else min(trace.rates) > 0
