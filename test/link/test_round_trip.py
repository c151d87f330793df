"""Round-trip times: what their least and their differences say of their mean."""

import random
from statistics import mean

import pytest

from edge_exit.link.round_trip import RoundTrip, mean_round_trip


@pytest.mark.parametrize('delay', [0.0, 0.0005, 0.005])
def test_mean_is_known_from_minimum_and_jitter_where_delays_vary(delay):
    """Two exponential delays a round trip, as on the emulated link; a probe every half second."""
    draw = random.Random(0)

    def one() -> float:
        return 0.01 + (draw.expovariate(1 / delay) + draw.expovariate(1 / delay) if delay else 0.0)

    known, guesses = RoundTrip(), []
    for step in range(2000):
        known.add(one(), now=step / 2)
        guesses.append(mean_round_trip(known.minimum, known.jitter if step else 0.0))
    assert mean(guesses) == pytest.approx(0.01 + 2 * delay, rel=0.1)


def test_an_outage_is_no_jitter():
    known, draw = RoundTrip(), random.Random(0)
    times = [0.01] * 10 + [0.9, 0.2] + [0.01] * 3
    for step, seconds in enumerate(times):
        known.add(seconds + draw.uniform(0, 0.0005), now=step)
    assert known.jitter < 0.003
    # As long as it is jitter, it is learned within some probes.
    for step in range(12):
        known.add(0.01 + 0.04 * (step % 2), now=len(times) + step)
    assert 0.02 < known.jitter < 0.04
