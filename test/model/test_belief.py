"""Training and robot must believe the same."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit.inference import belief as robot
from edge_exit.model.belief import beliefs, halting_weights, margin
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
        combined = h * y + (1 - h) * combined  # METHODS section 1
    weighted = sum(w * y for w, y in zip(halting_weights(halting), logits, strict=True))
    torch.testing.assert_close(weighted, combined)


def test_torch_and_numpy_forms_agree():
    logits, halting = outputs()
    posteriors = beliefs(logits, halting, TEMPERATURES)
    for picture in range(len(logits[0])):
        state = robot.first(logits[0].shape[1])
        for i, posterior in enumerate(posteriors):
            state = robot.fold(
                state,
                logits[i][picture].numpy(),
                halting[i][picture].item(),
                temperature=TEMPERATURES[i],
                last=i == len(logits) - 1,
            )
            np.testing.assert_allclose(state.posterior, posterior[picture].numpy(), atol=2e-5)
            assert state.margin == pytest.approx(margin(posterior)[picture].item(), abs=4e-5)


def test_an_exit_that_halts_surely_leaves_nothing_to_later_ones():
    logits, halting = outputs()
    halting[0] = torch.full_like(halting[0], CERTAIN)
    posteriors = beliefs(logits, halting, TEMPERATURES)
    torch.testing.assert_close(posteriors[-1], posteriors[0])
