"""How often and how long frames wait for a busy robot, beside robots that were watched for long."""

from types import SimpleNamespace

import numpy as np
import pytest

from edge_exit.simulation.features import _waits

INTERVAL = 0.1


def watched(services, shares, frames=20_000) -> tuple[float, float]:
    """Watch a camera whose newest image waits for the robot: share that waits, mean wait."""
    random = np.random.default_rng(0)
    free, waits, image = 0.0, [], 0
    for _ in range(frames):
        image = max(image + 1, int(np.floor(free / INTERVAL)))
        start = max(image * INTERVAL, free)
        waits.append(start - image * INTERVAL)
        service = random.choice(services, p=shares)
        free = start + service * np.exp(0.03 * random.standard_normal())
    waits = np.array(waits)
    return float((waits > 1e-9).mean()), float(waits.mean())


def predicted(services, shares) -> tuple[float, float]:
    """Predict the same for a candidate that lets all frames stay."""
    of = SimpleNamespace(left=np.array(shares)[:, np.newaxis], sent=np.zeros(1))
    found = _waits(of, np.array([services]), np.zeros((1, 1)), np.array([[INTERVAL]]))
    return tuple(float(value[0, 0]) for value in found)


@pytest.mark.parametrize(
    ('services', 'shares'),
    [
        ([0.03, 0.09], [0.5, 0.5]),
        ([0.03, 0.16], [0.7, 0.3]),
        ([0.05, 0.25], [0.5, 0.5]),
        ([0.08, 0.23], [0.8, 0.2]),
        ([0.13, 0.27], [0.6, 0.4]),
        ([0.31, 0.47], [0.3, 0.7]),
        ([0.08, 0.097], [0.5, 0.5]),
        ([0.02, 0.11], [0.7, 0.3]),
        ([0.097, 0.1], [0.5, 0.5]),
    ],
)
def test_waits_are_those_of_a_robot_that_was_watched(services, shares):
    often, wait = watched(services, shares)
    # Shares are of waits of half an interval: frames that wait for less count as fewer.
    assert predicted(services, shares)[0] <= often + 0.15
    assert predicted(services, shares)[0] >= 2 * wait / INTERVAL - 0.15
    assert predicted(services, shares)[1] == pytest.approx(wait, abs=0.15 * INTERVAL)


def test_frames_that_are_sent_keep_the_robot_only_until_they_are():
    of = SimpleNamespace(left=np.zeros((2, 1)), sent=np.ones(1))
    times, interval = np.array([[0.2, 0.4]]), np.array([[INTERVAL]])
    assert _waits(of, times, np.array([[0.05]]), interval)[1] == 0
    assert _waits(of, times, np.array([[0.25]]), interval)[1] == pytest.approx(INTERVAL / 2)
