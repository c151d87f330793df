"""The joint loss against its formula, and calibration."""

import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from torch.nn.functional import cross_entropy

from edge_exit.model.belief import beliefs
from edge_exit.model.exits import CERTAIN
from edge_exit.training.calibration import fit_halting
from edge_exit.training.evaluation import Outputs
from edge_exit.training.losses import balanced_halting_loss, joint_loss


def test_without_early_exits_the_loss_is_plain_cross_entropy():
    logits, labels = torch.randn(8, 3), torch.randint(0, 3, (8,))
    loss = joint_loss(
        [logits], [torch.zeros(8, 1)], labels,
        combined_weight=1, exit_weights=[], halting_weight=1, distillation=0, label_smoothing=0.1,
    )  # fmt: skip
    torch.testing.assert_close(loss, cross_entropy(logits, labels, label_smoothing=0.1))


def test_combination_is_weighted_by_halting_scores():
    early, final = [torch.randn(8, 3), torch.randn(8, 3)], torch.randn(8, 3)
    halting = [torch.randn(8, 1), torch.randn(8, 1), torch.full((8, 1), CERTAIN)]
    labels = torch.randint(0, 3, (8,))
    h0, h1 = torch.sigmoid(halting[0]), torch.sigmoid(halting[1])
    combined = h0 * early[0] + (1 - h0) * h1 * early[1]
    loss = joint_loss(
        [*early, final], halting, labels,
        combined_weight=1, exit_weights=[0, 0], halting_weight=0, distillation=0, label_smoothing=0,
    )  # fmt: skip
    expected = cross_entropy(combined, labels) + cross_entropy(final, labels)
    torch.testing.assert_close(loss, expected)


def test_each_exit_has_its_own_weight_and_learns_from_labels_and_the_last_exit():
    early, final = [torch.randn(8, 3), torch.randn(8, 3)], torch.randn(8, 3)
    halting, labels = [torch.zeros(8, 1)] * 3, torch.randint(0, 3, (8,))
    loss = joint_loss(
        [*early, final], halting, labels,
        combined_weight=0, exit_weights=[0.5, 2], halting_weight=0, distillation=0.25,
        label_smoothing=0,
    )  # fmt: skip
    own = [
        0.75 * cross_entropy(y, labels) + 0.25 * cross_entropy(y, final.softmax(1)) for y in early
    ]
    expected = cross_entropy(final, labels) + 0.5 * own[0] + 2 * own[1]
    torch.testing.assert_close(loss, expected)


def test_the_last_exit_does_not_learn_from_those_that_it_teaches():
    early, final = torch.randn(8, 3), torch.randn(8, 3, requires_grad=True)
    labels = torch.randint(0, 3, (8,))

    def gradient(distillation):
        loss = joint_loss(
            [early, final], [torch.zeros(8, 1)] * 2, labels, label_smoothing=0,
            combined_weight=0, exit_weights=[1], halting_weight=0, distillation=distillation,
        )  # fmt: skip
        return torch.autograd.grad(loss, final)[0]

    torch.testing.assert_close(gradient(0.9), gradient(0.0))


def test_all_exits_learn_from_a_teacher_if_there_is_one():
    early, final, teacher = (torch.randn(8, 3) for _ in range(3))
    labels = torch.randint(0, 3, (8,))
    loss = joint_loss(
        [early, final], [torch.zeros(8, 1)] * 2, labels, label_smoothing=0,
        combined_weight=0, exit_weights=[2], halting_weight=0, distillation=0.25, teacher=teacher,
    )  # fmt: skip
    own = [
        0.75 * cross_entropy(y, labels) + 0.25 * cross_entropy(y, teacher.softmax(1))
        for y in (early, final)
    ]
    torch.testing.assert_close(loss, 2 * own[0] + own[1])


def test_halting_loss_weighs_right_and_wrong_alike():
    right = torch.tensor([1.0] * 9 + [0.0])
    always = balanced_halting_loss(torch.full((10, 1), 3.0), right)
    never = balanced_halting_loss(torch.full((10, 1), -3.0), right)
    torch.testing.assert_close(always, never)


def test_calibrated_halting_lets_a_better_later_exit_decide():
    torch.manual_seed(0)
    labels = torch.randint(0, 4, (4000,))
    truth = torch.nn.functional.one_hot(labels, 4).float()
    logits = [truth * strength + torch.randn(4000, 4) for strength in (1.0, 3.0)]
    outputs = Outputs(logits, [torch.ones(4000, 1), torch.full((4000, 1), CERTAIN)], labels)
    (scale, offset), *_ = fit_halting(outputs, [1.0, 1.0])

    def accuracy(halting):
        return (beliefs(logits, halting, [1.0, 1.0])[-1].argmax(1) == labels).float().mean()

    before = accuracy(outputs.halting)
    after = accuracy([outputs.halting[0] * scale + offset, outputs.halting[1]])
    last_alone = (logits[-1].argmax(1) == labels).float().mean()
    assert after > before + 0.02
    assert after >= last_alone - 0.005


def test_calibrated_halting_still_says_how_sure_an_exit_is():
    """Also where the last exit is too sure of hard pictures: likelihood asks for the first."""
    torch.manual_seed(0)
    labels = torch.randint(0, 4, (4000,))
    truth = torch.nn.functional.one_hot(labels, 4).float()
    ease = 3 * torch.rand(4000, 1)
    logits = [truth * ease + torch.randn(4000, 4), 3 * (truth * ease + torch.randn(4000, 4))]
    sure = ease - 1.5
    outputs = Outputs(logits, [sure, torch.full((4000, 1), CERTAIN)], labels)
    (scale, _), *_ = fit_halting(outputs, [1.0, 1.0])
    assert scale > 0
