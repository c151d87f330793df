"""The counted answers are those that the pictures of the table really get."""

import numpy as np
import pytest
from tiny_bundle import SEGMENTS, write_tiny_bundle

from edge_exit.bundle import rewriting
from edge_exit.errors import BundleError
from edge_exit.policy.profile import profile_of
from edge_exit.simulation.counting import NEVER, answers_block, keep_counts
from edge_exit.simulation.outcomes import OutcomeTable

SPLITS, LEVELS = SEGMENTS, 6


def made_table(pictures: int = 200) -> OutcomeTable:
    """Draw margins that mostly grow, and answers that are right the more often the later."""
    random = np.random.default_rng(3)
    margins = np.sort(random.random((pictures, SEGMENTS), dtype=np.float32), axis=1)
    right = random.random((pictures, SEGMENTS)) < np.linspace(0.5, 0.9, SEGMENTS)
    shape = (pictures, SPLITS, LEVELS, SEGMENTS)
    return OutcomeTable(
        model_id='0' * 64,
        margins=margins,
        right=right,
        tail_margins=np.sort(random.random(shape, dtype=np.float32), axis=3),
        tail_right=random.random(shape) < 0.8,
        sent_bytes=np.full(shape[:3], 100, np.int32),
        scores=margins,
        tail_scores=np.ones(shape, np.float32),
    )


def walked(table: OutcomeTable, picture: int, threshold: float, split: int, level: int):
    """Take one picture the way of a frame; give its exit, whether it was sent and is right."""
    for exit_ in range(split):
        if table.margins[picture, exit_] >= np.float32(threshold):
            return exit_, False, table.right[picture, exit_]
    for exit_ in range(split, SEGMENTS):
        sure = table.tail_margins[picture, split, level, exit_] >= np.float32(threshold)
        if sure or exit_ == SEGMENTS - 1:
            return exit_, True, table.tail_right[picture, split, level, exit_]
    raise AssertionError


def test_counts_are_those_of_walking_every_picture_alone():
    table = made_table()
    block = answers_block(table)
    for place, threshold in enumerate(block['thresholds']):
        for split, level in [(0, 0), (1, 3), (3, 5)]:
            walks = [walked(table, i, threshold, split, level) for i in range(len(table))]
            right = np.mean([right for _, _, right in walks])
            early = sum(block['right'][place][:split])
            assert early + block['sent'][split][level][place] == pytest.approx(right, abs=1e-3)
            for exit_ in range(split):
                share = np.mean([left == exit_ and not sent for left, sent, _ in walks])
                assert block['left'][place][exit_] == pytest.approx(share, abs=1e-4)


def test_frames_that_fall_back_get_what_the_exit_before_the_split_says():
    table = made_table()
    block = answers_block(table)
    never = block['thresholds'].index(NEVER)
    assert block['kept'][2][never] == pytest.approx(table.right[:, 1].mean(), abs=1e-4)
    assert block['kept'][0][never] == 0


def test_thresholds_span_from_leaving_at_once_to_never():
    block = answers_block(made_table())
    assert block['left'][0] == [1.0, 0.0, 0.0, 0.0]
    assert block['left'][-1] == [0.0, 0.0, 0.0, 1.0]
    early = [row[0] for row in block['left']]
    assert early == sorted(early, reverse=True)
    assert len(set(early)) > 8


def test_a_bundle_brings_the_counts_to_policies_and_stays_the_same_model(tmp_path):
    bundle, table = write_tiny_bundle(tmp_path / 'tiny'), made_table()
    kept = keep_counts(table, bundle)
    assert kept.model_id == bundle.model_id
    assert kept.metrics == {**bundle.metrics, 'answers': kept.metrics['answers']}
    # Pictures that policies are compared with are none that they know of.
    block = answers_block(table.some(np.arange(0, len(table), 2)))
    answers = profile_of(kept).answers
    assert list(answers.thresholds) == block['thresholds']
    assert answers.sent[3][5] == tuple(block['sent'][3][5])


@pytest.mark.parametrize(
    ('name', 'value', 'message'),
    [
        ('thresholds', [], 'has 0 thresholds'),
        ('left', [[0.5]], 'left has 1 entries'),
        ('kept', 7, 'kept has no entries'),
        ('right', None, 'right has no entries'),
        ('sent', [[['x'] * 16] * LEVELS] * SPLITS, 'holds x'),
        ('kept', [[float('nan')] * 16] * SPLITS, 'holds nan'),
    ],
)
def test_damaged_counts_are_refused_by_name(tmp_path, name, value, message):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    block = answers_block(made_table()) | {name: value}
    with pytest.raises(BundleError, match=message):
        profile_of(rewriting.update(bundle, {'metrics': {'answers': block}}))
