"""What holds for every belief, whatever mass the exits gave."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_exit.inference.belief import Belief, belief_of, first, first_rows


@st.composite
def rows(draw):
    """Draw the row of a belief: mass of 2 to 12 classes, and what is left, together 1."""
    parts = draw(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=13))
    row = np.array(parts, np.float64) + 1e-6
    return (row / row.sum()).astype(np.float32)


@given(rows())
@settings(max_examples=100, deadline=None)
def test_every_number_stays_in_its_range(row):
    belief = Belief(row)
    assert belief.class_mass.dtype == np.float32
    assert 0 <= belief.remaining <= 1
    assert 0 <= belief.margin <= 1
    assert abs(belief.posterior.sum() - 1) < 1e-5
    second, first_place = np.sort(belief.posterior)[-2:]
    assert abs(belief.margin - (first_place - second)) < 1e-5


@given(rows())
@settings(max_examples=100, deadline=None)
def test_belief_carried_over_the_wire_is_the_same_bit_by_bit(row):
    belief = Belief(row)
    carried = belief_of(np.array(belief.class_mass.tolist(), np.float32), float(belief.remaining))
    assert carried.row.tobytes() == belief.row.tobytes()
    assert carried.margin == belief.margin


def test_belief_before_the_first_exit_is_uniform_and_unsure():
    np.testing.assert_allclose(first(4).posterior, 0.25)
    assert first(4).margin == 0
    assert first(4).remaining == 1
    np.testing.assert_array_equal(first_rows(2, 3), [[0, 0, 0, 1]] * 2)
