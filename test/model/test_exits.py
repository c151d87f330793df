"""Exit branches: what they cost, and that older ones are built as they were."""

import pytest

torch = pytest.importorskip('torch', reason='needs torch: pip install edge_exit[train]')

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_exit.model.exits import DEPTH, Branch, ExitBranch, plan_branch
from edge_exit.model.macs import count_macs

CLASSES = 10


def convolutions(branch):
    return [layer for layer in branch.body if isinstance(layer, torch.nn.Conv2d)]


@settings(max_examples=30, deadline=None)
@given(
    inputs=st.integers(8, 160),
    side=st.integers(2, 40),
    budget=st.floats(1e4, 1e7),
)
def test_a_planned_branch_stays_within_its_budget_unless_even_the_least_is_too_dear(
    inputs, side, budget
):
    features = torch.zeros(1, inputs, side, side)
    shape = plan_branch(features, budget)
    branch = ExitBranch(inputs, shape, CLASSES).eval()
    macs = count_macs(branch, features)[0]
    linear = shape.channels * (CLASSES + 1)
    assert shape.channels == 16 or macs - linear <= budget
    assert len(convolutions(branch)) == DEPTH


def test_a_branch_of_a_bundle_that_names_no_depth_has_one_convolution():
    branch = ExitBranch(32, Branch(**{'pool': 1, 'channels': 64}), CLASSES)
    assert len(convolutions(branch)) == 1
    assert {name for name in branch.state_dict() if name.startswith('body.1')} == {'body.1.weight'}


def test_a_branch_says_logits_and_a_halting_logit():
    branch = ExitBranch(32, Branch(pool=2, channels=16, depth=3), CLASSES).eval()
    logits, halting = branch(torch.zeros(5, 32, 14, 14))
    assert logits.shape == (5, CLASSES)
    assert halting.shape == (5, 1)
