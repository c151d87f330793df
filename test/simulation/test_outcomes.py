"""An outcome table says what head and tail would really answer, and refuses to be anything else."""

import numpy as np
import pytest
from tiny_bundle import (
    BOTTLENECK,
    LEVELS,
    SEGMENTS,
    SLIM,
    camera_image,
    class_folders,
    features_shape,
    write_tiny_bundle,
)

from edge_exit import cli
from edge_exit.bundle import load
from edge_exit.errors import ConfigError
from edge_exit.evaluation import labelled
from edge_exit.inference.head_session import Ending, HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.requests import TailRequest
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.inference.tail_session import TailSession
from edge_exit.simulation import outcomes
from edge_exit.simulation.asking import ask


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Make class folders; each picture would leave at another exit, one has a wrong label."""
    wrong = ('red', 0)
    return class_folders(
        tmp_path_factory.mktemp('pictures') / 'by class',
        lambda color: [
            camera_image('green' if (color, exit) == wrong else color, exit) for exit in LEVELS
        ],
    )


@pytest.fixture(scope='module')
def table(bundle, folder):
    return ask(bundle, folder)


def test_the_robot_answers_as_the_table_says(bundle, folder, table):
    files = labelled.labelled_files(folder, bundle)
    session = HeadSession(bundle, SegmentedNetwork(bundle))
    for row, file in enumerate(files):
        run = session.begin(labelled.read_picture(file.path, bundle))
        session.advance(run, exit_threshold=2.0, split=SEGMENTS, may_offload=False)
        found = [belief.margin for belief in run.beliefs]
        assert table.margins[row] == pytest.approx(found, abs=1e-4)
        found = [belief.posterior.max() for belief in run.beliefs]
        assert table.scores[row] == pytest.approx(found, abs=1e-4)
        right = [int(belief.posterior.argmax()) == file.label for belief in run.beliefs]
        assert table.right[row].tolist() == right
    # Red, exit 0 shows green.
    assert table.right[:, -1].mean() == pytest.approx(14 / 15)


@pytest.mark.parametrize('split', range(SEGMENTS))
@pytest.mark.parametrize('level', [3, SLIM])
@pytest.mark.parametrize('threshold', [0.3, 2.0])
def test_the_tail_answers_as_the_table_says(bundle, folder, table, split, level, threshold):
    network = SegmentedNetwork(bundle)
    head, tail = HeadSession(bundle, network), TailSession(bundle, network)
    codec = SplitCodec(bundle, encodes=network.splits)
    for row, file in enumerate(labelled.labelled_files(folder, bundle)):
        run = head.begin(labelled.read_picture(file.path, bundle))
        ending = head.advance(run, exit_threshold=2.0, split=split, may_offload=True)
        assert ending is Ending.OFFLOAD
        coded = codec.encode(split, level, run.features)
        size = len(coded.data) + coded.scale.nbytes + coded.offset.nbytes
        assert table.sent_bytes[row, split, level] == size
        request = TailRequest(bundle.model_id, split, threshold, run.belief, coded)
        answer = tail.run([tail.accept(request)])[0]
        sure = table.tail_margins[row, split, level] >= np.float32(threshold)
        leaves = next((e for e in range(split, SEGMENTS) if sure[e]), SEGMENTS - 1)
        assert answer.exit == leaves
        said = table.tail_margins[row, split, level, leaves]
        assert answer.belief.margin == pytest.approx(said, abs=1e-3)
        said = table.tail_scores[row, split, level, leaves]
        assert answer.belief.posterior.max() == pytest.approx(said, abs=1e-3)
        right = int(answer.belief.posterior.argmax()) == file.label
        assert table.tail_right[row, split, level, leaves] == right


def test_coarser_levels_send_less_and_a_bottleneck_the_least(table):
    mean = table.sent_bytes.mean(axis=0)
    assert mean[1, 0] == 4 * np.prod(features_shape(0))
    assert mean[1, 1:4].max() < mean[1, 0] / 4
    assert mean[BOTTLENECK, SLIM] < mean[BOTTLENECK, 0] / 4
    # Without a bottleneck a level with a width sends the features themselves.
    assert (table.sent_bytes[:, 1, SLIM] == table.sent_bytes[:, 1, 1]).all()


def test_a_table_comes_back_from_its_file_as_it_was(bundle, folder, tmp_path, capsys):
    path = tmp_path / 'tables' / 'tiny.npz'
    options = ['--bundle', str(bundle.path), '--data', str(folder), '--out', str(path)]
    assert cli.main(['outcomes', *options, '--pictures', '6']) == 0
    assert 'written' in capsys.readouterr().out
    found, made = outcomes.load(path, bundle), ask(bundle, folder, pictures=6)
    assert len(found) == 6
    for name in ('margins', 'right', 'tail_margins', 'tail_right', 'sent_bytes', 'tail_scores'):
        assert np.array_equal(getattr(found, name), getattr(made, name))


def test_the_table_of_another_model_is_refused_and_says_how_to_make_one(table, tmp_path):
    path = tmp_path / 'table.npz'
    outcomes.save(table, path)
    other = write_tiny_bundle(tmp_path / 'other', seed=1, name='other')
    with pytest.raises(ConfigError, match='edge_exit outcomes --bundle other') as error:
        outcomes.load(path, other)
    assert table.model_id[:12] in str(error.value)


@pytest.mark.parametrize(
    ('name', 'value', 'why'),
    [
        ('margins', np.full((15, SEGMENTS), 1.5, np.float32), 'outside of 0..1'),
        ('margins', np.full((15, SEGMENTS), np.nan, np.float32), 'outside of 0..1'),
        ('right', np.zeros((15, 2), bool), r'right is bool \(15, 2\)'),
        ('sent_bytes', np.zeros((15, SEGMENTS, 6), np.int32), 'no bytes'),
        ('tail_margins', np.array([{'a': 1}], object), 'pickle'),
    ],
)
def test_a_file_of_other_numbers_is_refused(bundle, table, tmp_path, name, value, why):
    path = tmp_path / 'table.npz'
    outcomes.save(table, path)
    with np.load(path) as file:
        arrays = {**file, name: value}
    np.savez(path, **arrays)
    with pytest.raises(ConfigError, match=why):
        outcomes.load(path, bundle)


def test_a_file_that_is_no_table_or_of_another_version_is_refused(bundle, table, tmp_path):
    path = tmp_path / 'table.npz'
    with pytest.raises(ConfigError, match='no outcome table'):
        outcomes.load(path, bundle)
    path.write_bytes(b'nothing')
    with pytest.raises(ConfigError, match='no outcome table'):
        outcomes.load(path, bundle)
    outcomes.save(table, path)
    with np.load(path) as file:
        arrays = {**file, 'about': np.array('{"version": 99}')}
    np.savez(path, **arrays)
    with pytest.raises(ConfigError, match='version'):
        outcomes.load(path, bundle)


def test_a_bundle_can_carry_its_table(folder, table, tmp_path, capsys):
    bundle = write_tiny_bundle(tmp_path / 'carrier')
    with pytest.raises(ConfigError, match='carries no outcome table'):
        outcomes.of_bundle(bundle)
    options = ['--bundle', str(bundle.path), '--data', str(folder), '--keep']
    assert cli.main(['outcomes', *options]) == 0
    assert load(bundle.path).metrics['answers']['pictures'] == len(table.halves()[0])
    found = outcomes.of_bundle(load(bundle.path))
    assert np.array_equal(found.margins, table.margins)
    learn, compare = found.halves()
    assert len(learn) + len(compare) == len(table)
    assert np.array_equal(learn.margins, table.margins[::2])
    assert np.array_equal(compare.tail_scores, table.tail_scores[1::2])
