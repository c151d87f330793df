"""The link monitor, against links whose truth is known: emulated ones, in simulated time."""

import heapq
import itertools
from random import Random
from statistics import median

import pytest

from edge_exit.control.periods import probing
from edge_exit.link.emulation import EmulatedLink, LinkSettings
from edge_exit.link.monitor import LinkMonitor
from edge_exit.link.wire import frames, wire_bytes

SMALL = 200


class Drive:
    """A head with a monitor, an emulated link, and a tail that answers; no real time passes."""

    def __init__(self, rate_mbps, *, noise=0.0001, stall=0.0, bucket=0, seed=0, **settings):
        self.up = EmulatedLink(
            LinkSettings(rate_bps=rate_mbps * 1e6, **settings), random=Random(seed)
        )
        self.settings = settings
        self.random = Random(seed)
        self.noise = noise
        self.stall = stall
        self.bucket = self.tokens = bucket
        self.last_send = 0.0
        self.monitor = LinkMonitor()
        self.now = 0.0
        self.answers = []
        self.keys = itertools.count()
        self.probe_bytes = 0
        self.tail_there = True

    def run(self, seconds, *, offload=0, period=0.1, hold=0.02):
        """Let time pass; with `offload` bytes sent every `period` s."""
        end = self.now + seconds
        next_tick, next_offload = self.now, self.now if offload else end
        while True:
            answer = self.answers[0][0] if self.answers else end
            self.now = min(next_tick, next_offload, answer, self.up.next_event(self.now))
            if self.now >= end:
                self.now = end
                return self
            self._arrive()
            if self.now >= answer:
                _, key, held = heapq.heappop(self.answers)
                self.monitor.answered(key, held, self.now)
            if self.now >= next_tick:
                wanted = self.monitor.probe_plan(self.now)
                next_tick = self.now + probing(quiet=self.monitor.is_quiet)
                if wanted is not None:
                    self._send(('probe', next(self.keys), 0.0), max(wanted, SMALL), probe=True)
            if self.now >= next_offload:
                next_offload += period
                self._send(('offload', next(self.keys), hold), offload, probe=False)

    def change(self, rate_mbps, **settings):
        settings = self.settings | settings
        self.up.change(LinkSettings(rate_bps=rate_mbps * 1e6, **settings), self.now)

    @property
    def quality(self):
        return self.monitor.quality(self.now)

    @property
    def mbps(self):
        return self.quality.goodput_bps / 1e6

    def seconds_until(self, condition, limit):
        start = self.now
        while not condition(self):
            self.run(0.02)
            assert self.now - start < limit, f'not within {limit} s: {self.quality}'
        return self.now - start

    def _send(self, key, size, *, probe):
        self.probe_bytes += size if probe else 0
        self.monitor.sent(key, size, self.now, probe=probe)
        self.up.send(key, size - self._free(size), frames(size), self.now)

    def _free(self, size):
        """Give the bytes that a shaper lets through at once."""
        refill = (self.now - self.last_send) * self.up.settings.rate_bps / 8
        self.last_send = self.now
        tokens = min(self.tokens + refill, self.bucket)
        self.tokens = max(tokens - size, 0)
        return min(tokens, size - 1)

    def _arrive(self):
        for key in self.up.arrived(self.now):
            if self.tail_there:
                delay = key[2] + 0.0003 + self.random.expovariate(1 / self.noise)
                delay += 0.01 * (self.random.random() < self.stall)
                heapq.heappush(self.answers, (self.now + delay, key, key[2]))


@pytest.mark.parametrize('rate', [1, 2, 5, 10, 20, 50])
def test_probes_alone_find_the_goodput_and_cost_less_than_2_percent(rate):
    drive = Drive(rate).run(8)
    sent = drive.probe_bytes
    drive.run(20)
    assert drive.mbps == pytest.approx(rate, rel=0.15)
    bytes_per_s = (drive.probe_bytes - sent) / 20
    assert bytes_per_s < 0.02 * rate * 1e6 / 8
    assert drive.quality.probe_bytes_per_s == pytest.approx(bytes_per_s, rel=0.3)


@pytest.mark.parametrize('rate', [1, 5, 20, 50])
@pytest.mark.parametrize('bucket', [1600, 4000])
def test_a_shaper_that_lets_the_first_bytes_through_at_once_is_seen_through(rate, bucket):
    assert Drive(rate, bucket=bucket).run(15).mbps == pytest.approx(rate, rel=0.15)


@pytest.mark.parametrize('rate', [1, 5, 20, 50])
def test_a_busy_machine_does_not_hide_the_rate(rate):
    drive = Drive(rate, bucket=1600, noise=0.0003, stall=0.1).run(6)
    errors = [abs(drive.run(0.5).mbps / rate - 1) for _ in range(60)]
    assert sorted(errors)[30] < 0.12
    assert sorted(errors)[54] < 0.6


def test_100_mbit_are_found_within_30_percent():
    assert Drive(100).run(10).mbps == pytest.approx(100, rel=0.3)


@pytest.mark.parametrize(('before', 'after'), [(5, 0.5), (10, 1), (50, 5)])
@pytest.mark.parametrize('phase', [0.0, 0.1, 0.2])
def test_a_tenfold_drop_is_seen_within_half_a_second(before, after, phase):
    drive = Drive(before).run(8 + phase)
    drive.change(after)
    drive.seconds_until(lambda d: d.mbps < 2 * after, limit=0.5)
    drive.run(4)
    assert drive.mbps == pytest.approx(after, rel=0.25)


@pytest.mark.parametrize(('before', 'after'), [(1, 10), (5, 50)])
def test_a_tenfold_rise_is_seen_within_seconds(before, after):
    drive = Drive(before).run(8)
    drive.change(after)
    drive.seconds_until(lambda d: d.mbps > 0.7 * after, limit=5)


def test_a_lost_probe_is_not_a_drop():
    drive = Drive(20, loss=0.02, seed=3).run(5)
    lowest = min(drive.run(0.02).mbps for _ in range(1000))
    assert lowest > 10


def test_loss_is_measured():
    drive = Drive(20, loss=0.2, seed=4).run(20)
    assert 0.1 < drive.quality.loss < 0.7


def test_offloads_measure_the_link_and_large_probes_rest():
    drive = Drive(20).run(3)
    drive.run(6, offload=60_000)
    drive.probe_bytes = 0
    drive.run(5, offload=60_000)
    assert drive.mbps == pytest.approx(20, rel=0.15)
    assert drive.probe_bytes < 5 * 500


def test_offloads_that_queue_behind_each_other_do_not_look_like_a_slow_link():
    drive = Drive(4).run(3)
    drive.run(6, offload=45_000, period=0.1)
    assert drive.mbps == pytest.approx(4, rel=0.2)


def test_a_tail_that_takes_long_does_not_look_like_a_slow_link():
    drive = Drive(20).run(3)
    drive.run(6, offload=20_000, hold=0.3)
    assert drive.mbps == pytest.approx(20, rel=0.2)


@pytest.mark.parametrize('loss', [0.0, 0.1])
def test_a_rise_under_offloads_is_seen_within_two_seconds(loss):
    drive = Drive(20).run(3).run(2, offload=6000, period=0.066)
    drive.change(0.2)
    drive.run(8, offload=6000, period=0.2)
    assert drive.mbps < 0.3
    drive.change(10, loss=loss)
    drive.run(2, offload=2000, period=0.2)
    assert drive.mbps > 4


def test_a_rise_to_a_lossy_jittery_link_is_seen_by_probes_alone():
    def rate_seen(seed: int) -> float:
        drive = Drive(0.2, delay=0.01, seed=seed).run(8)
        drive.change(10, loss=0.2, jitter=0.005)
        drive.run(14)
        return median(drive.run(0.1).mbps for _ in range(50))

    # A few short probes a second on such a link: now and then chance rules.
    assert sum(2 < rate_seen(seed) < 50 for seed in range(12)) >= 8


@pytest.mark.parametrize(
    ('rate', 'delay', 'size', 'period'),
    [
        (1, 0.3, 1100, 0.1),
        (2, 0.3, 3000, 0.1),
        (5, 0.1, 2500, 0.067),
        (20, 0.05, 5000, 0.033),
        (10, 0.02, 4000, 0.033),
        (1, 0.1, 1500, 0.05),
    ],
)
@pytest.mark.parametrize('hold', [0.005, 0.05])
def test_a_longer_way_under_offloads_does_not_look_like_a_slow_link(
    rate, delay, size, period, hold
):
    drive = Drive(10).run(5).run(3, offload=size, period=period, hold=hold)
    drive.change(rate, delay=delay)
    drive.run(8, offload=size, period=period, hold=hold)
    assert drive.mbps == pytest.approx(rate, rel=0.15)
    assert drive.quality.rtt == pytest.approx(delay, abs=0.004)
    drive.change(rate, delay=0.0)
    drive.run(3, offload=size, period=period, hold=hold)
    assert drive.mbps == pytest.approx(rate, rel=0.3)
    assert drive.quality.rtt < 0.003


@pytest.mark.parametrize('size', [1500, 3000])
def test_small_offloads_on_a_narrow_link_measure_it(size):
    drive = Drive(20, noise=0.002, delay=0.002).run(5).run(5, offload=8000, period=0.066)
    drive.change(0.2)
    drive.run(8, offload=size, period=0.15)
    assert 0.1 < drive.mbps < 0.3


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('size', [700, 2000, 6000])
def test_the_estimate_never_grows_old_under_offloads(seed, size):
    drive = Drive(20, delay=0.002, noise=0.002, stall=0.05, seed=seed).run(3)
    ages = []
    for _ in range(100):
        drive.run(0.1, offload=size, period=0.066)
        ages.append(drive.quality.goodput_age)
    assert max(ages) < 2
    assert 5 < drive.mbps < 60


def test_a_rise_after_losing_everything_is_seen_within_two_seconds():
    drive = Drive(0.2).run(3).run(5, offload=4000, period=0.066)
    drive.change(20, outage=True)
    drive.run(3, offload=4000, period=0.066)
    drive.change(20)
    drive.run(2)
    assert drive.mbps > 10


def test_a_drop_under_offloads_is_seen_within_half_a_second():
    drive = Drive(20).run(3).run(3, offload=15_000)
    drive.change(2)
    start = drive.now
    while drive.mbps > 4:
        drive.run(0.05, offload=15_000, period=0.1)
        assert drive.now - start < 0.5


def test_round_trip_time_is_that_of_a_small_message():
    assert Drive(20, delay=0.03).run(8).quality.rtt == pytest.approx(0.0305, rel=0.05)


@pytest.mark.parametrize('silence', [0, 1.3])
def test_a_long_way_is_known_even_if_something_is_always_on_it(silence):
    drive = Drive(0.3, delay=0.25)
    drive.tail_there = False
    drive.run(silence)
    drive.tail_there = True
    drive.run(6, offload=1200, period=0.2)
    assert drive.quality.rtt == pytest.approx(0.26, abs=0.01)
    assert drive.mbps == pytest.approx(0.3, rel=0.2)


def test_jitter_is_seen():
    calm = Drive(20).run(15).quality.jitter
    rough = Drive(20, jitter=0.01).run(15).quality.jitter
    assert calm < 0.001
    assert 0.002 < rough < 0.03


def test_an_outage_shows_as_loss_and_no_goodput_and_ends_soon_after_it():
    drive = Drive(20).run(6)
    drive.change(20, outage=True)
    drive.run(3)
    assert drive.mbps < 0.1
    assert drive.quality.loss > 0.2
    drive.change(20)
    drive.seconds_until(lambda d: d.mbps > 10, limit=1.0)
    cost = drive.probe_bytes
    drive.run(5)
    assert drive.mbps == pytest.approx(20, rel=0.15)
    assert drive.probe_bytes - cost < 5 * 0.02 * 20e6 / 8


def test_without_a_tail_only_small_probes_are_sent():
    drive = Drive(20)
    drive.tail_there = False
    drive.run(10)
    assert drive.probe_bytes <= 10 * 5 * SMALL
    assert drive.quality.goodput_bps != drive.quality.goodput_bps


@pytest.mark.parametrize('hold', [float('nan'), -1.0, 1e9, float('inf')])
def test_a_tail_that_reports_nonsense_does_no_harm(hold):
    monitor = LinkMonitor()
    monitor.sent(1, SMALL, 0.0, probe=True)
    monitor.answered(1, hold, 0.01)
    assert 0 <= monitor.quality(0.02).rtt <= 0.01


def test_answers_nobody_asked_for_are_ignored():
    monitor = LinkMonitor()
    monitor.answered('what', 0.0, 1.0)
    assert monitor.quality(1.0).loss == 0


def test_wire_bytes_count_the_headers_of_each_frame():
    assert wire_bytes(100) == 100 + 80 + 34
    assert wire_bytes(10_000) == 10_000 + 80 + 7 * 34
    assert frames(10_000) == 7
    assert frames(130_001) == 2 * 44 + 1
