"""A simulated robot knows what a real one would have measured by then, and nothing else."""

from random import Random

import numpy as np
import pytest
from simulated import EXITS, point, profile, run, scene, simulator

from edge_exit.link.emulation import EmulatedLink, LinkSettings
from edge_exit.link.monitor import LinkMonitor
from edge_exit.link.traces import Trace
from edge_exit.link.wire import frames, wire_bytes
from edge_exit.simulation import generators
from edge_exit.simulation.chance import Alike
from edge_exit.simulation.observing import Observer
from edge_exit.simulation.points import points_of
from edge_exit.simulation.senses import LinkSenses

LINK = ('connected', 'goodput_bps', 'goodput_age', 'rtt', 'jitter', 'loss', 'probe_bytes_per_s')
CHANGE = 4.0
# The real tail of these tests takes so long for an answer, s.
HOLD = 0.002


def seen(trace: Trace, *, until: float, chosen=None, **values) -> list[list[tuple]]:
    """Give all that can be observed, step by step, up to a time."""
    sim = simulator(scene(3, trace=trace, duration=12, **values))
    observer = Observer(sim, profile())
    points = points_of([chosen or point(1)] * 3, sim.worlds.held, EXITS, 3)
    found = []
    while sim.now < until - 1e-9:
        found.append(
            tuple(
                (one.link, one.tail, one.head_slowdown, one.outcomes) for one in observer.observe()
            )
        )
        sim.step(points)
    return found


def until_changes(rates: list[float]) -> Trace:
    """Give a link whose rate is 3 Mbit/s, and something else from CHANGE on."""
    times = (0.0, *(CHANGE + 0.1 * index for index in range(len(rates))))
    return Trace(times, (3e6, *rates), (np.nan,) * len(times), 60.0)


@pytest.mark.parametrize('split', [0, 1, 3])
@pytest.mark.parametrize('future', [[0.0], [1e5, 5e7], [3e7]])
def test_what_the_link_will_be_shows_in_no_observation_before(future, split):
    """Frames, probes and heartbeats are on their way when it changes: none may tell ahead."""
    values = {'until': CHANGE + 0.05, 'chosen': point(split), 'deadline': 2.0, 'rtt': 0.3}
    values |= {'jitter': 0.004}
    plain = repr(seen(until_changes([3e6]), **values))
    assert repr(seen(until_changes(future), **values)) == plain


def test_what_the_link_was_does_show_afterwards():
    after = {'until': CHANGE + 3.0}
    assert repr(seen(until_changes([1e5]), **after)) != repr(seen(until_changes([3e6]), **after))


@pytest.mark.parametrize(
    'hidden',
    [
        {'head_slowdown': 30.0},
        {'tail_slowdown': 9.0},
        {'loss': 0.2},
        {'jitter': 0.05},
        {'rtt': 0.2},
        {'trace': generators.constant(1e5)},
    ],
)
def test_nothing_is_known_before_anything_was_measured(hidden):
    values = {'trace': generators.constant(3e6)} | hidden
    worlds = [simulator(scene(2, **settings)) for settings in ({}, values)]
    first = [Observer(sim, profile()).observe() for sim in worlds]
    assert repr(first[0]) == repr(first[1])
    assert not first[0][0].link.connected
    assert np.isnan(first[0][0].link.goodput_bps)
    assert first[0][0].tail.service == ()


def test_no_true_value_is_ever_seen_as_it_is():
    """What is measured has noise: a true value that came through would be exact."""
    sim = simulator(scene(3, trace=generators.constant(3e6), head_slowdown=7.0, tail_slowdown=3.0))
    run(sim, point(1), 15.0)
    for one in Observer(sim, profile()).observe():
        values = (one.link.goodput_bps, one.link.rtt, one.head_slowdown)
        for value, true in zip(values, (3e6, 0.005, 7.0), strict=True):
            assert value != true
            assert value == pytest.approx(true, rel=0.4)
        assert one.tail.service[0] != 3 * profile().segment_times[0]


@pytest.mark.parametrize('rate', [0.5e6, 2e6, 8e6, 30e6])
@pytest.mark.parametrize('offload', [False, True])
def test_the_goodput_of_a_steady_link_is_found(rate, offload):
    sim = simulator(scene(6, trace=generators.constant(rate), period=0.1))
    run(sim, point(2, level=1, offload=offload), 12.0)
    found = sim.sight().link.goodput_bps
    assert np.median(found) == pytest.approx(rate, rel=0.15)


class Real:
    """The real link monitor of one robot that sends the same frames over the same trace."""

    def __init__(self, trace: Trace, size: int, rtt: float) -> None:
        self.monitor, self.size = LinkMonitor(), size
        self.link = EmulatedLink(LinkSettings(trace=trace, delay=rtt / 2), random=Random(0))
        self.rtt, self.key, self.answers, self.found = rtt, 0, [], []

    def run(self, seconds: float, period: float) -> list[float]:
        next_frame = next_look = 0.0
        for tick in range(int(seconds / 0.001)):
            now = 0.001 * tick
            for key in self.link.arrived(now):
                self.answers.append((now + self.rtt / 2 + HOLD, key))
            while self.answers and self.answers[0][0] <= now:
                self.monitor.answered(self.answers.pop(0)[1], HOLD, now)
            if tick % 25 == 0 and (wanted := self.monitor.probe_plan(now)) is not None:
                self.send(max(wanted, 220), now, probe=True)
            if now >= next_frame:
                next_frame += period
                self.send(self.size, now, probe=False)
            if now >= next_look:
                next_look += 0.2
                self.found.append(self.monitor.quality(now).goodput_bps)
        return self.found

    def send(self, size: int, now: float, *, probe: bool) -> None:
        self.key += 1
        self.monitor.sent(self.key, size, now, probe=probe)
        self.link.send(self.key, size, frames(size), now)


@pytest.mark.parametrize('step', [(8e6, 0.8e6), (0.8e6, 8e6)])
def test_estimates_follow_a_change_as_fast_as_the_real_monitor(step):
    times = (0.0, 10.0)
    trace = Trace(times, step, (np.nan,) * 2, 60.0)
    real = np.array(Real(trace, wire_bytes(3250), 0.01).run(18.0, 0.1))
    sim = simulator(scene(12, trace=trace, rtt=0.01, period=0.1, duration=18, deadline=1.0))
    points = points_of([point(1, level=1)] * 12, sim.worlds.held, EXITS, 3)
    looks = []
    while sim.now < 18 - 1e-9:
        looks.append(sim.sight().link.goodput_bps)
        sim.step(points)
    middle = np.nanmedian(np.array(looks)[10:], axis=1)

    def seen_after(values: np.ndarray) -> float:
        nearer = np.abs(np.log(values / step[1])) < np.abs(np.log(values / step[0]))
        return 0.2 * int(np.flatnonzero(nearer[-40:])[0])

    assert middle[-10:] == pytest.approx(np.full(10, step[1]), rel=0.2)
    assert real[-10:] == pytest.approx(np.full(10, step[1]), rel=0.35)
    assert seen_after(middle) == pytest.approx(seen_after(real), abs=0.7)


@pytest.mark.parametrize('probe_returns', [True, False])
def test_only_what_may_still_be_on_the_link_tells_of_a_slow_one(probe_returns):
    senses = LinkSenses(1, Alike(np.random.default_rng(0), 1), np.zeros(1))
    one, never = np.array([True]), np.array([np.inf])
    for now in np.arange(0.0, 2.0, 0.2):
        senses.small_probe(one, np.array([0.01]), one, np.array([now + 0.01]), now)
        senses.large_probe(one, np.array([3000.0]), np.array([0.012]), np.array([now + 0.05]), now)
    steady = senses.quality(2.0, one, np.zeros(1)).goodput_bps[0]
    assert steady == pytest.approx(2e6, rel=0.2)
    lost = np.array([False])
    senses.offload(one, np.array([700.0]), np.array([0.003]), np.array([2.0]), never, lost)
    if probe_returns:
        senses.small_probe(one, np.array([0.01]), one, np.array([2.11]), 2.1)
    found = senses.quality(2.6, one, np.zeros(1)).goodput_bps[0]
    assert (found > 0.8 * steady) == probe_returns


@pytest.mark.parametrize(('loss', 'tells'), [(0.0, 0.0), (0.3, 0.51), (1.0, 1.0)])
def test_a_lost_message_tells_of_a_slow_link_only_where_the_probe_after_it_is_lost_too(loss, tells):
    """1 - 0.7^2 = 0.51: a probe and its echo are a frame each."""
    count = 2000
    senses = LinkSenses(count, Alike(np.random.default_rng(0), 1), np.full(count, loss))
    every, size = np.ones(count, bool), np.full(count, 3000.0)
    for now in np.arange(0.0, 2.0, 0.2):
        back = np.full(count, now + 0.05)
        senses.small_probe(every, np.full(count, 0.01), every, np.full(count, now + 0.01), now)
        senses.large_probe(every, size, np.full(count, 0.012), back, now)
    senses.quality(2.0, every, np.zeros(count))
    sent, never = np.full(count, 2.0), np.full(count, np.inf)
    senses.offload(every, np.full(count, 700.0), np.full(count, 0.003), sent, never, every)
    found = senses.quality(2.6, every, np.zeros(count)).goodput_bps
    assert (found < 1e5).mean() == pytest.approx(tells, abs=0.04)


def test_loss_is_counted_once_it_is_known():
    sim = simulator(scene(8, loss=0.05, duration=30))
    run(sim, point(3, level=2), 25.0)
    # The message of one frame of the wire and its answer of one.
    assert np.mean(sim.sight().link.loss) == pytest.approx(1 - 0.95**2, abs=0.03)


def test_an_outage_is_noticed_by_the_missing_heartbeats():
    trace = Trace((0.0, 5.0), (5e6, 0.0), (np.nan,) * 2, 60.0)
    sim = simulator(scene(2, trace=trace, duration=12))
    run(sim, point(1), 5.0)
    assert sim.sight().link.connected.all()
    run(sim, point(1), 6.0)
    assert not sim.sight().link.connected.any()


def test_the_observation_is_the_one_of_the_policy_node():
    sim = simulator(scene(2))
    run(sim, point(1), 5.0)
    one = Observer(sim, profile()).observe()[0]
    assert one.now == pytest.approx(5.0)
    assert one.outcomes.frames == len(one.outcomes.recent) == 64
    last = one.outcomes.recent[-1]
    assert last.at <= one.now
    assert last.taken == pytest.approx(last.at - last.total + last.queue)
    assert 0 < last.score <= 1
