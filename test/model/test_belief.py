"""All exits at once, as in training, and exit by exit, as on a robot, give the same beliefs."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit.inference import belief as robot
from edge_exit.model.belief import beliefs, fold, halting_weights, margin
from edge_exit.model.exits import CERTAIN

TEMPERATURES = (0.7, 1.3, 1.0, 0.9)


def outputs(exits: int = 4, count: int = 50, classes: int = 7):
    generator = torch.Generator().manual_seed(0)
    logits = [4 * torch.randn(count, classes, generator=generator) for _ in range(exits)]
    halting = [5 * torch.randn(count, 1, generator=generator) for _ in range(exits)]
    halting[-1] = torch.full((count, 1), CERTAIN)
    return logits, halting


def test_halting_weights_sum_to_one():
    _, halting = outputs()
    total = sum(halting_weights(halting))
    torch.testing.assert_close(total, torch.ones_like(total))


def test_combining_from_last_to_first_gives_the_same():
    logits, halting = outputs()
    combined = logits[-1]
    for y, z in zip(logits[-2::-1], halting[-2::-1], strict=True):
        h = torch.sigmoid(z)
        combined = h * y + (1 - h) * combined  # last exit to first, as the paper has it
    weighted = sum(w * y for w, y in zip(halting_weights(halting), logits, strict=True))
    torch.testing.assert_close(weighted, combined)


def test_exit_by_exit_gives_the_same_as_all_at_once():
    logits, halting = outputs()
    posteriors = beliefs(logits, halting, TEMPERATURES)
    rows = torch.from_numpy(robot.first_rows(*logits[0].shape))
    for i, posterior in enumerate(posteriors):
        last = i == len(logits) - 1
        said = logits[i] if last else torch.cat([logits[i], halting[i]], dim=1)
        temperature = torch.tensor(TEMPERATURES[i])
        rows = fold(rows, said, temperature, classes=logits[0].shape[1], last=last)
        torch.testing.assert_close(rows.sum(1), torch.ones(len(rows)))
        for row, expected in zip(rows.numpy(), posterior, strict=True):
            state = robot.Belief(row)
            np.testing.assert_allclose(state.posterior, expected.numpy(), atol=2e-5)
            assert state.margin == pytest.approx(margin(expected[None]).item(), abs=4e-5)
    assert (rows[:, -1] == 0).all()


def test_an_exit_that_halts_surely_leaves_nothing_to_later_ones():
    logits, halting = outputs()
    halting[0] = torch.full_like(halting[0], CERTAIN)
    posteriors = beliefs(logits, halting, TEMPERATURES)
    torch.testing.assert_close(posteriors[-1], posteriors[0])
