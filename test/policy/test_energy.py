"""What a frame costs the robot's battery."""

import math

import numpy as np
import pytest

from edge_exit.policy.energy import EnergyModel

WIFI = EnergyModel()
SENT = {'head_s': 0.0, 'wire_bytes': 125_000, 'link_bps': 10e6, 'wait_s': 0.0}


def test_computing_costs_what_the_robot_draws_more_than_at_rest():
    assert EnergyModel(compute_watts=4.0, idle_watts=2.5).of_frame(0.2, 0, 1e6, 0) == pytest.approx(
        0.3
    )


def test_sending_costs_what_was_measured_of_a_phone_at_that_rate():
    # Huang et al. 2012, table 4: a radio that sends 10 Mbit/s draws 283.17 * 10 + 132.86 mW.
    assert WIFI.of_frame(**SENT) == pytest.approx(2.96456 * 0.1)


def test_a_slower_link_keeps_the_radio_awake_for_longer():
    assert WIFI.of_frame(**SENT | {'link_bps': 1e6}) > WIFI.of_frame(**SENT)


def test_a_frame_that_stays_costs_no_radio_whatever_the_link():
    for link in (math.nan, 0.0, 1e6, math.inf):
        assert WIFI.of_frame(0.0, 0, link, 0.0) == 0.0


def test_listening_for_the_answer_costs_the_radio_awake():
    waiting = WIFI.of_frame(**SENT | {'wait_s': 0.05}) - WIFI.of_frame(**SENT)
    assert waiting == pytest.approx(0.05 * 0.13286)


def test_the_server_counts_only_where_it_is_charged():
    assert WIFI.of_frame(0, 0, 1e6, 0, tail_s=1.0) == 0.0
    assert EnergyModel(tail_watts=20.0).of_frame(0, 0, 1e6, 0, tail_s=0.5) == pytest.approx(10.0)


def test_arrays_of_frames_give_what_each_frame_gives():
    heads, sizes = np.array([0.01, 0.02]), np.array([[0], [500]])
    joules = WIFI.of_frame(heads, sizes, 2e6, 0.0)
    assert joules.shape == (2, 2)
    for row, size in enumerate((0, 500)):
        for column, head in enumerate(heads):
            assert joules[row, column] == pytest.approx(WIFI.of_frame(head, size, 2e6, 0.0))
