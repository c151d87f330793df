"""How long frames wait for those before them, one choice at a time and many at once."""

import math

import numpy as np
import pytest

from edge_exit.policy.queueing import queueing

RATE = 10.0


def test_frames_wait_where_a_transfer_takes_longer_than_a_period():
    assert queueing(RATE, 1.0, 0.09) == 0
    assert queueing(RATE, 0.5, 0.15) == pytest.approx(0.75 * 0.05 / (2 * 0.25))
    assert queueing(RATE, 1.0, 0.1) == math.inf
    assert queueing(0.0, 1.0, 5.0) == queueing(math.nan, 1.0, 5.0) == 0


@pytest.mark.parametrize('rate', [0.0, RATE, math.nan])
def test_many_at_once_are_as_one_by_one(rate):
    shares, transfers = np.meshgrid([0.0, 0.3, 0.9, 1.0], [0.0, 0.05, 0.104, 0.3, math.inf])
    together = queueing(rate, shares, transfers)
    alone = [
        queueing(rate, float(a), float(b)) for a, b in zip(shares.flat, transfers.flat, strict=True)
    ]
    np.testing.assert_allclose(together.ravel(), alone)
