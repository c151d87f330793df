"""A camera's interval, from when the images of results came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_exit.policy.interval import FEWEST, camera_interval


def interval(arrived, told=None):
    arrived = np.array([arrived], dtype=float)
    told = np.ones_like(arrived, dtype=bool) if told is None else np.array([told])
    return camera_interval(arrived, told)[0]


@given(
    interval_ms=st.floats(5, 500),
    passed=st.lists(st.integers(0, 3), min_size=24, max_size=60),
    seed=st.integers(0, 99),
)
def test_times_that_vary_by_a_twentieth_hardly_change_it(interval_ms, passed, seed):
    skipped = [0 if place % 3 == 0 else count for place, count in enumerate(passed)]
    images = np.cumsum(np.array(skipped) + 1)
    vary = np.random.default_rng(seed).uniform(-0.05, 0.05, len(images))
    found = interval((images + vary) * interval_ms / 1e3)
    assert found == pytest.approx(interval_ms / 1e3, rel=0.006)


def test_the_order_of_results_and_those_that_do_not_count_change_nothing():
    arrived = [0.05 * image for image in (3, 1, 0, 2, 4, 6, 5, 7, 9, 8)]
    assert interval(arrived) == pytest.approx(0.05)
    told = [True] * len(arrived) + [False] * 3
    assert interval([*arrived, 0.011, -5.0, 99.0], told) == pytest.approx(0.05)


@pytest.mark.parametrize('images', [range(FEWEST - 1), (), [2.0] * 20])
def test_too_few_and_impossible_times_tell_nothing(images):
    assert interval(list(images)) == 0


def test_each_robot_has_its_own():
    arrived = np.arange(20.0)[np.newaxis] * [[0.1], [0.02]]
    told = np.array([[True] * 20, [True] * (FEWEST - 1) + [False] * (21 - FEWEST)])
    assert camera_interval(arrived, told) == pytest.approx([0.1, 0.0])
