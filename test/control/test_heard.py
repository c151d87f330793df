"""What a policy must look at at once, and what can wait for its next regular choice."""

import math
from dataclasses import replace

import pytest

from edge_exit.control.senses import matters
from edge_exit.link.quality import LinkQuality

LINK = LinkQuality(connected=True, goodput_bps=10e6, rtt=0.005, loss=0.01)


@pytest.mark.parametrize(
    'change',
    [
        {'connected': False},
        {'goodput_bps': 5e6},
        {'goodput_bps': 20e6},
        {'goodput_bps': math.nan},
        {'rtt': 0.05},
        {'rtt': 0.0005},
        {'rtt': math.nan},
        {'loss': 0.2},
    ],
)
def test_a_link_that_is_another_one_matters_both_ways(change):
    other = replace(LINK, **change)
    assert matters(other, LINK)
    assert matters(LINK, other)


@pytest.mark.parametrize(
    'change',
    [
        {},
        {'goodput_bps': 11e6},
        {'goodput_bps': 9e6},
        {'goodput_age': 3.0},
        {'rtt': 0.0065},
        {'jitter': 0.1},
        {'loss': 0.04},
    ],
)
def test_what_measurements_differ_by_anyway_does_not(change):
    assert not matters(replace(LINK, **change), LINK)


def test_what_is_not_connected_or_not_known_does_not_change():
    gone = replace(LINK, connected=False)
    assert not matters(replace(gone, goodput_bps=1.0, loss=1.0), gone)
    unknown = LinkQuality(connected=True)
    assert not matters(unknown, unknown)
