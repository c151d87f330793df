"""What holds for every belief, whatever the exits say."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_exit.inference.belief import Belief, first, fold

CLASSES = st.integers(2, 12)
LOGIT = st.floats(-80, 80, width=32)


@st.composite
def exits(draw):
    """Draw what 1 to 6 exits say: logits, halting logit and temperature of each."""
    classes = draw(CLASSES)
    logits = st.lists(LOGIT, min_size=classes, max_size=classes)
    one = st.tuples(logits, LOGIT, st.floats(0.05, 20))
    return classes, draw(st.lists(one, min_size=1, max_size=6))


def fold_all(classes: int, said: list) -> list[Belief]:
    """Fold all exits, the last as the network's last; give the belief after each."""
    beliefs = [first(classes)]
    for index, (logits, halt, temperature) in enumerate(said):
        beliefs.append(
            fold(
                beliefs[-1],
                np.array(logits, np.float32),
                halt,
                temperature=temperature,
                last=index == len(said) - 1,
            )
        )
    return beliefs[1:]


@given(exits())
@settings(max_examples=100, deadline=None)
def test_mass_is_conserved_and_every_number_stays_in_its_range(drawn):
    found = fold_all(*drawn)
    assert found[-1].remaining == 0
    assert all(later.remaining <= earlier.remaining for earlier, later in pairwise(found))
    for belief in found:
        assert belief.class_mass.dtype == np.float32
        assert (belief.class_mass >= 0).all()
        assert 0 <= belief.remaining <= 1
        assert abs(belief.class_mass.sum() + belief.remaining - 1) < 1e-4
        assert 0 <= belief.margin <= 1
        assert abs(belief.posterior.sum() - 1) < 1e-4


@given(exits(), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_belief_carried_over_the_wire_goes_on_bit_by_bit(drawn, place):
    classes, said = drawn
    whole = fold_all(classes, said)
    place %= len(said)
    carried = first(classes) if place == 0 else whole[place - 1]
    # As float32 numbers of a message, on any machine.
    carried = Belief(
        np.array(carried.class_mass.tolist(), np.float32),
        np.float32(float(carried.remaining)),
        np.float32(float(carried.margin)),
    )
    for index in range(place, len(said)):
        logits, halt, temperature = said[index]
        carried = fold(
            carried,
            np.array(logits, np.float32),
            halt,
            temperature=temperature,
            last=index == len(said) - 1,
        )
    assert carried.class_mass.tobytes() == whole[-1].class_mass.tobytes()
    assert carried.margin.tobytes() == whole[-1].margin.tobytes()


def test_posterior_before_the_first_exit_is_uniform():
    np.testing.assert_allclose(first(4).posterior, 0.25)


def test_belief_is_the_weighted_mean_of_what_the_exits_say():
    said = [([2.0, 0.0], 0.0, 1.0), ([0.0, 1.0], 0.0, 2.0)]
    softmax = [1 / (1 + np.exp(-2.0)), 1 / (1 + np.exp(0.5))]
    expected = 0.5 * softmax[0] + 0.5 * softmax[1]
    np.testing.assert_allclose(fold_all(2, said)[-1].posterior[0], expected, rtol=1e-6)
