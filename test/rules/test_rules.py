"""What holds for every exit rule, whatever the exits say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_exit.inference.belief import Belief, belief_of, first
from edge_exit.rules.interface import ExitRule
from edge_exit.rules.registry import DEFAULT, NAMES, rules_for

SHARE = st.floats(0, 1, width=32)


def make(name: str, *, exits: int) -> ExitRule:
    return rules_for(exits)[name]


def belief(mass: list[float]) -> Belief:
    """Make a belief that has given this mass to each class."""
    return belief_of(np.array(mass, np.float32), max(0.0, 1 - float(np.sum(mass))))


@st.composite
def histories(draw):
    """Draw beliefs after 1 to 6 exits of a network, none of which takes mass back."""
    classes = draw(st.integers(2, 12))
    exits = draw(st.integers(1, 6))
    left, mass, found = 1.0, np.zeros(classes), []
    for _ in range(exits):
        spent = left * draw(SHARE)
        weights = np.array(draw(st.lists(SHARE, min_size=classes, max_size=classes)), float)
        if weights.sum() > 0:
            mass = mass + spent * weights / weights.sum()
            left -= spent
        found.append(belief(mass.tolist()))
    return found, draw(st.integers(exits, 8))


@pytest.mark.parametrize('name', NAMES)
@given(drawn=histories())
@settings(max_examples=100, deadline=None)
def test_sureness_is_a_number_from_0_to_1(name, drawn):
    beliefs, exits = drawn
    rule = make(name, exits=exits)
    for count in range(1, len(beliefs) + 1):
        found = rule.sureness(beliefs[:count])
        assert type(found) is float
        assert 0 <= found <= 1


@pytest.mark.parametrize('name', NAMES)
@given(drawn=histories())
@settings(max_examples=50, deadline=None)
def test_the_same_beliefs_from_a_message_are_as_sure(name, drawn):
    beliefs, exits = drawn
    carried = [
        belief_of(np.array(part.class_mass.tolist(), np.float32), float(part.remaining))
        for part in beliefs
    ]
    rule = make(name, exits=exits)
    assert rule.sureness(carried) == rule.sureness(beliefs)


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('classes', [2, 1000])
def test_a_belief_before_any_exit_has_spoken_breaks_no_rule(name, classes):
    nothing = first(classes)
    for beliefs in ([nothing], [nothing, nothing]):
        assert 0 <= make(name, exits=1).sureness(beliefs) <= 1


@pytest.mark.parametrize('name', ['margin', 'entropy'])
def test_a_belief_in_one_class_is_sure_and_an_even_one_is_not(name):
    rule = make(name, exits=3)
    even, leaning, one = ([0.2] * 4, [0.5, 0.1, 0.1, 0.1], [0.8, 0, 0, 0])
    found = [rule.sureness([belief(mass)]) for mass in (even, leaning, one)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert found[-1] == pytest.approx(1, abs=1e-6)


def test_probability_is_what_the_belief_gives_to_its_answer():
    rule = make('probability', exits=3)
    assert rule.sureness([belief([0.9, 0]), belief([0.6, 0.2])]) == pytest.approx(0.75)
    assert rule.sureness([first(4)]) == pytest.approx(0.25)


def test_halting_mass_is_what_the_exits_have_spent():
    assert make('halting_mass', exits=3).sureness([belief([0.5, 0.25])]) == pytest.approx(0.75)


def test_patience_counts_the_exits_in_a_row_after_which_the_answer_is_the_same():
    masses = [[0, 0], [0.3, 0.1], [0.3, 0.4], [0.3, 0.5], [0.35, 0.6]]
    beliefs = [belief(mass) for mass in masses]
    rule = make('patience', exits=5)
    found = [rule.sureness(beliefs[:count]) for count in range(1, 6)]
    assert found == [0, 0.2, 0.2, 0.4, 0.6]


def test_difference_is_sure_where_one_more_exit_changes_nothing():
    rule = make('difference', exits=3)
    same, turned = belief([0.4, 0.2]), belief([0.2, 0.4])
    assert rule.sureness([same]) == 0
    assert rule.sureness([same, belief([0.6, 0.3])]) == pytest.approx(1)
    assert rule.sureness([same, turned]) == pytest.approx(2 / 3)
    assert rule.sureness([belief([0.4, 0]), belief([0.4, 0.4])]) == pytest.approx(0.5)


def test_the_margin_is_the_default():
    assert DEFAULT == 'margin'
    assert make(DEFAULT, exits=2).sureness([belief([0.6, 0.2])]) == pytest.approx(0.5)
