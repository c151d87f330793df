"""What benchmarks say of exits: beliefs made anew for the ablation, levels chosen apart."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from edge_exit import bundle as bundles
from edge_exit.evaluation.observing import observe
from edge_exit.inference.belief import Belief

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'benchmarks'))

import exit_ablation
import exits_pay
import offload_bytes


@pytest.fixture(scope='module')
def seen():
    bundle = bundles.load('objects20')
    taken = bundle.preprocessing
    shape = (3, taken.height, taken.width, taken.channels)
    pictures = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return bundle, observe(bundle, [(pictures, np.arange(3))])


def test_the_ablation_begins_with_the_beliefs_of_the_bundle(seen):
    bundle, observed = seen
    temperatures = [part.exit.temperature for part in bundle.segments]
    halting = exit_ablation.halting_scores(observed.beliefs)
    made = exit_ablation.beliefs(observed.logits, temperatures, halting)
    assert made == pytest.approx(observed.beliefs, abs=1e-5)


def test_without_recursion_an_exit_speaks_for_itself(seen):
    bundle, observed = seen
    ways = dict(exit_ablation.inference_variants(bundle, observed))
    temperatures = [part.exit.temperature for part in bundle.segments]
    for place, temperature in enumerate(temperatures):
        own = np.exp(observed.logits[0, place] / temperature)
        alone = Belief(ways[', no recursion'].beliefs[0, place])
        assert alone.posterior == pytest.approx(own / own.sum(), abs=1e-4)
    assert not np.allclose(ways[', temperatures 1'].beliefs, observed.beliefs, atol=1e-3)


@pytest.mark.parametrize(
    ('lost', 'expected'), [([0.0, 0.4, 0.6], 1), ([0.9, 0.8, 2.0], 1), ([0.0, 0.0, 0.2], 2)]
)
def test_the_cheapest_level_within_half_a_point_is_chosen_or_else_the_least_loss(lost, expected):
    pictures = 1000
    right = np.ones((pictures, 1, 3, 2), bool)
    for level, points in enumerate(lost):
        right[: round(10 * points), 0, level, 1] = False
    table = SimpleNamespace(
        tail_right=right,
        right=np.ones((pictures, 2), bool),
        sent_bytes=np.broadcast_to([300, 200, 100], (pictures, 1, 3)),
    )
    assert offload_bytes.chosen(table, 0) == expected


def test_the_oracle_gives_up_no_more_answers_than_the_whole_network():
    bundle = bundles.load('objects20')
    right = np.array([[1, 1, 1], [0, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]], bool)
    contender = object.__new__(exits_pay.Contender)
    contender.bundle = bundle
    contender.observed = SimpleNamespace(believed_right=right, whole_accuracy=3 / 5)
    found = contender.oracle(SimpleNamespace(whole=1.0, exits=(0.5, 0.7, 1.0)))
    assert found['accuracy'] == pytest.approx(3 / 5), 'the dearest is given up'
    assert found['time'] == pytest.approx((0.5 + 0.7 + 0.7 + 0.5 + 0.5) / 5)
