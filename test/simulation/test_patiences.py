"""Many simulated heads wait as long as a real one."""

import numpy as np
import pytest

from edge_exit.link.patience import Patience
from edge_exit.simulation.patience import Patiences


def test_each_world_waits_as_long_as_one_head_with_the_same_answers():
    random = np.random.default_rng(0)
    worlds, steps = 5, 40
    many, each = Patiences(worlds, 3, 2), [Patience() for _ in range(worlds)]
    for step in range(steps):
        split, level = random.integers(3, size=worlds), random.integers(2, size=worlds)
        took = np.where(random.random(worlds) < 0.2, np.inf, random.exponential(0.05, worlds))
        expected = [
            one.send(step, (s, n), 0.0) for one, s, n in zip(each, split, level, strict=True)
        ]
        assert many.wait(split, level) == pytest.approx(expected)
        usual = [one.usual((s, n), 0.0) for one, s, n in zip(each, split, level, strict=True)]
        assert many.usual(split, level) == pytest.approx(usual)
        many.learn(took, split, level)
        for one, time in zip(each, took, strict=True):
            if np.isfinite(time):
                one.answer(step, time)
    assert np.isfinite(many.wait(split, level)).all()
