"""The robot's own measurement replaces stated constants where it is sure, and only there."""

import math

import numpy as np
import pytest
from policy_world import ended

from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.power_meter import FEWEST, PowerMeter
from edge_exit.policy.rapl import Rapl

STATED = EnergyModel(compute_watts=3.6, idle_watts=2.7)


def lived(seconds, *, rest=20.0, computing=6.0, noise=0.1, busy=(0.1, 0.8), sent=0):
    """Measure once a second a robot whose network runs a changing share of the time."""
    random, meter = np.random.default_rng(0), PowerMeter()
    meter.measured(rest, 0.0, STATED)
    for second in range(1, seconds + 1):
        share = busy[second % len(busy)]
        for _ in range(10):
            meter.ended(ended(second, head=share / 10, wire_bytes=sent))
        radio = float(STATED.of_frame(0, 10 * sent, math.inf, 0))
        watts = rest + computing * share + radio + noise * random.standard_normal()
        meter.measured(watts, float(second), STATED)
    return meter.energy(STATED)


def test_what_computing_needs_is_found_from_power_and_use():
    found = lived(60)
    assert found.compute_watts - found.idle_watts == pytest.approx(6.0, abs=0.2)
    assert found.idle_watts == pytest.approx(20.0, abs=0.2)
    assert found.radio_watts == STATED.radio_watts


def test_what_the_radio_needs_is_not_taken_for_computing():
    found = lived(60, sent=100_000)
    assert found.compute_watts - found.idle_watts == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize(
    'unsure',
    [
        {'seconds': FEWEST - 1},
        {'seconds': 60, 'noise': 30.0},  # motors that start and stop
        {'seconds': 60, 'busy': (0.5,)},  # always as busy: no slope
        {'seconds': 60, 'computing': -6.0},
    ],
)
def test_stated_constants_hold_as_long_as_the_measurement_is_not_sure(unsure):
    assert lived(**unsure) == STATED


@pytest.mark.parametrize('watts', [math.nan, math.inf, -5.0, 0.0])
def test_measurements_that_are_none_change_nothing(watts):
    meter = PowerMeter()
    for second in range(100):
        meter.ended(ended(second, head=0.9 * (second % 2)))
        meter.measured(watts, float(second), STATED)
    assert meter.energy(STATED) == STATED


def test_counter_of_the_processor_gives_watts_and_may_start_anew(tmp_path):
    def count(microjoules):
        (tmp_path / 'energy_uj').write_text(f'{microjoules}\n')

    (tmp_path / 'max_energy_range_uj').write_text('9999999\n')
    count(1_000_000)
    counter = Rapl(tmp_path)
    assert math.isnan(counter.watts(10.0))
    count(6_000_000)
    assert counter.watts(12.0) == pytest.approx(2.5)
    count(2_000_000)  # 4 J to the end of the range, and 2 J more
    assert counter.watts(13.0) == pytest.approx(6.0)


def test_counter_that_cannot_be_read_says_which(tmp_path):
    with pytest.raises(OSError, match='max_energy_range_uj'):
        Rapl(tmp_path)
    (tmp_path / 'max_energy_range_uj').write_text('soon')
    with pytest.raises(OSError, match='holds no number'):
        Rapl(tmp_path)
