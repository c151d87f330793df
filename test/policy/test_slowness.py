"""How slow a robot takes itself for: near the median, and the lower the less it has seen."""

import numpy as np
import pytest

from edge_exit.policy.slowness import FEWEST, slowness


def slow(ratios, exact=None):
    ratios = np.atleast_2d(np.array(ratios, dtype=float))
    exact = np.ones_like(ratios, dtype=bool) if exact is None else np.atleast_2d(exact)
    return slowness(ratios, exact, np.ones_like(exact))


def test_many_values_tell_the_median_nearly():
    ratios = 8 * np.exp(0.05 * np.random.default_rng(0).standard_normal(64))
    assert np.median(ratios) * 0.98 < slow(ratios)[0] < np.median(ratios)


@pytest.mark.parametrize('count', [FEWEST, 8, 16, 64])
def test_few_values_seldom_make_a_robot_slower_than_it_is(count):
    ratios = 8 * np.exp(0.05 * np.random.default_rng(1).standard_normal((2000, count)))
    found = slow(ratios)
    assert 0.08 < np.mean(found > 8) < 0.25  # of a normal distribution a standard error says 0.16
    assert np.median(found) > 8 * 0.95


def test_what_was_given_up_makes_a_robot_no_faster():
    ratios = [4.0] * 20 + [1.0] * 20
    assert slow(ratios, [True] * 20 + [False] * 20)[0] == 4
    # More than half took longer than any that is known exactly.
    assert slow([4.0] * 10 + [9.0] * 30, [True] * 10 + [False] * 30)[0] == 9


def test_next_to_nothing_tells_nothing():
    assert slow([50.0] * (FEWEST - 1))[0] == 1
