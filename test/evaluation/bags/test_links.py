"""The link that a robot measured becomes one that a replay emulates."""

import math

import pytest

pytest.importorskip('rosbags', reason='needs rosbags: `make test` installs it')

import bags

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.links import link_of

QUALITY, INFERENCE = f'{bags.OURS}/LinkQuality', f'{bags.OURS}/Inference'


def quality(time, rate, *, connected=True, tail='/tail', rtt=10.0):
    message = bags.make(QUALITY, tail=tail, connected=connected, goodput_mbps=rate, rtt_ms=rtt)
    return '/robot/link_quality', bags.START + round(time * 1e9), QUALITY, message


def trace_of(tmp_path, *rows, **options):
    return link_of(str(bags.write_bag(tmp_path / 'bag', rows)), **options)


def test_rates_hold_until_they_change_and_an_outage_is_none(tmp_path):
    trace = trace_of(
        tmp_path,
        quality(0.0, math.nan),
        quality(0.2, 8.0),
        quality(0.4, 8.0),
        quality(0.6, 2.0, rtt=30.0),
        quality(0.8, 2.0, connected=False),
    )
    assert trace.times == pytest.approx((0.0, 0.6, 0.8))  # known from the first measurement back
    assert trace.rates == pytest.approx((8e6, 2e6, 0.0))
    assert trace.rtts[:2] == pytest.approx((0.01, 0.03))


def test_the_last_of_a_recorded_link_holds_it_does_not_start_again(tmp_path):
    trace = trace_of(tmp_path, quality(0.0, 8.0), quality(1.0, 2.0))
    assert trace.row(500.0)[0] == 2e6


def test_time_0_is_where_the_caller_says(tmp_path):
    rows = [quality(0.0, 9.0), quality(1.0, 8.0), quality(2.0, 7.0)]
    trace = trace_of(tmp_path, *rows, start=bags.START + 1_500_000_000)
    assert trace.times == pytest.approx((0.0, 0.5))
    assert trace.rates == pytest.approx((8e6, 7e6))


def test_the_tail_that_was_there_is_the_one(tmp_path):
    other = [quality(t, 99.0, tail='/other', connected=False) for t in (0.1, 0.3, 0.5)]
    trace = trace_of(tmp_path, *other, quality(0.2, 5.0))
    assert trace.rates == (5e6,)


def test_without_link_quality_the_offloads_tell(tmp_path):
    offloaded = bags.make(INFERENCE, outcome=2, bytes=5000, link_ms=20.0)
    exited = bags.make(INFERENCE, outcome=1)
    trace = trace_of(
        tmp_path,
        ('/robot/inference', bags.START, INFERENCE, exited),
        ('/robot/inference', bags.START + 10**9, INFERENCE, offloaded),
    )
    assert trace.rates == pytest.approx((2e6,))


def test_our_messages_without_their_definitions_are_refused_by_name(tmp_path):
    """As sqlite3 bags are that Humble recorded."""
    rows = [quality(0.0, 5.0)]
    bag = bags.write_bag(tmp_path / 'bag', rows, storage='sqlite3', definitions=False)
    with pytest.raises(ConfigError, match='no definition of edge_exit_interfaces/msg/LinkQuality'):
        link_of(str(bag))


def test_a_bag_without_a_link_says_what_to_do(tmp_path):
    path = str(bags.write_bag(tmp_path / 'bag', bags.images(2)))
    with pytest.raises(ConfigError, match='no measured link: record link_quality'):
        link_of(path)
