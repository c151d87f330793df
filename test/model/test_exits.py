"""Exit branches: what they cost, and that older ones are built as they were."""

import pytest

torch = pytest.importorskip('torch', reason='needs torch: pip install edge_exit[train]')

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_exit.model.exits import Branch, ExitBranch, plan_branch
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
    least = (shape.channels, shape.depth, shape.expansion) == (16, 1, 1)
    assert least or macs - linear <= budget


def test_a_branch_has_as_many_blocks_as_there_is_room_for():
    features = torch.zeros(1, 64, 10, 10)
    shapes = [plan_branch(features, budget) for budget in (0.7e6, 1.5e6, 3.2e6, 4.6e6)]
    assert [shape.depth for shape in shapes] == [1, 1, 2, 3]
    assert [shape.expansion for shape in shapes] == [2, 5, 6, 6]


def test_a_branch_of_a_network_that_names_no_blocks_has_convolutions():
    branch = ExitBranch(32, Branch(**{'pool': 1, 'channels': 64}), CLASSES)
    assert len(convolutions(branch)) == 1
    assert {name for name in branch.state_dict() if name.startswith('body.1')} == {'body.1.weight'}


def test_a_branch_says_logits_and_a_halting_logit():
    branch = ExitBranch(32, Branch(pool=2, channels=16, depth=3), CLASSES).eval()
    logits, halting = branch(torch.zeros(5, 32, 14, 14))
    assert logits.shape == (5, CLASSES)
    assert halting.shape == (5, 1)


def test_the_halting_logit_learns_from_the_features_and_does_not_shape_them():
    branch = ExitBranch(16, plan_branch(torch.zeros(1, 16, 5, 5), 1e5), CLASSES)
    _, halting = branch(torch.randn(8, 16, 5, 5))
    halting.sum().backward()
    assert all(p.grad is None for p in branch.body.parameters())
    assert branch.head.weight.grad[-1].any()


def test_what_is_exported_is_what_was_trained():
    branch = ExitBranch(16, plan_branch(torch.zeros(1, 16, 5, 5), 1e5), CLASSES).eval()
    features = torch.randn(3, 16, 5, 5)
    torch.testing.assert_close(torch.cat(branch(features), dim=1), branch.said(features))
