"""Curves are what a head would do at each threshold, and thresholds keep what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_bundle import CLASSES, SEGMENTS, write_tiny_bundle

from edge_exit.evaluation import exit_curves
from edge_exit.evaluation.exit_curves import Point
from edge_exit.evaluation.observing import Observed
from edge_exit.rules.patience import Patience

POINTS = [
    Point(0.0, 0.70, 10.0),
    Point(0.4, 0.85, 20.0),
    Point(0.5, 0.84, 25.0),
    Point(0.8, 0.90, 40.0),
    Point(2.0, 0.899, 60.0),
]


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.mark.parametrize(('least', 'threshold'), [(0.5, 0.0), (0.84, 0.4), (0.9, 0.8), (0.95, 0.8)])
def test_the_cheapest_point_that_is_accurate_enough_is_chosen(least, threshold):
    assert exit_curves.cheapest(POINTS, least).threshold == threshold


def test_the_most_accurate_point_within_a_cost_is_chosen():
    assert exit_curves.best_within(POINTS, 30.0).threshold == 0.4
    assert exit_curves.best_within(POINTS, 5.0) is None


def test_a_rule_of_few_values_can_be_met_exactly(bundle):
    beliefs = np.zeros((6, SEGMENTS, len(CLASSES) + 1), np.float32)
    beliefs[:, :, 0] = 0.5
    labels = np.zeros(6, int)
    logits = beliefs[:, :, :-1]
    observed = Observed(labels, labels, logits, beliefs)
    points = exit_curves.curve(Patience(exits=3), observed, bundle)
    spent = exit_curves.spent_macs(bundle)
    assert {point.mean_macs for point in points} == {*spent[:3].tolist(), spent[-1]}


def test_a_thinned_curve_keeps_its_ends():
    thin = exit_curves.thinned(POINTS, 3)
    assert (thin[0], thin[-1]) == (POINTS[0], POINTS[-1])
    assert len(thin) <= 3


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=20),
    st.floats(0, 2),
)
@settings(max_examples=60, deadline=None)
def test_pictures_leave_at_the_first_exit_that_is_sure_enough(rows, threshold):
    sure = np.array(rows)
    exits, limit = exit_curves.leaving_exits(sure, threshold), float(np.float32(threshold))
    for picture, exit in zip(rows, exits, strict=True):
        assert all(value < limit for value in picture[:exit])
        assert exit == 2 or picture[exit] >= limit
