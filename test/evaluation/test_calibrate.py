"""`edge_exit calibrate` makes exits honest and says what an exit threshold costs."""

import json

import cv2
import numpy as np
import pytest
from tiny_bundle import CLASSES, SEGMENTS, class_folders, picture, write_tiny_bundle

from edge_exit import bundle as bundles
from edge_exit import cli
from edge_exit.bundle import rewriting
from edge_exit.errors import BundleError
from edge_exit.evaluation.calibrating import LOSSES
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.rules.registry import NAMES


@pytest.fixture
def bundle(tmp_path):
    return write_tiny_bundle(tmp_path / 'bundles' / 'tiny')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Make class folders of noisy pictures, a tenth of them of another class than it seems."""
    random = np.random.default_rng(0)

    def images(color):
        for place in range(30):
            seen = CLASSES[(CLASSES.index(color) + (place % 10 == 0)) % 3]
            pixels = picture(seen, place % SEGMENTS) // 2 + random.integers(0, 90, (16, 16, 3))
            yield pixels[:, :, ::-1].astype(np.uint8)

    return class_folders(tmp_path_factory.mktemp('pictures') / 'by class', images)


def calibrate(bundle, folder, *options, tmp_path) -> dict:
    path = tmp_path / 'figures.json'
    arguments = [str(bundle.path), '--data', str(folder), '--json', str(path), *options]
    assert cli.main(['calibrate', *arguments]) == 0
    return json.loads(path.read_text())


def test_it_tells_errors_before_and_after_the_curve_and_a_threshold_of_each_rule(
    bundle, folder, tmp_path, capsys
):
    found = calibrate(bundle, folder, '--max-loss', '2', tmp_path=tmp_path)
    assert found['pictures'] == 90
    assert len(found['exits']) == SEGMENTS
    for row in found['exits']:
        assert row['ece_before'] == row['ece_at_1']  # its temperatures were 1
        assert row['temperature_before'] == 1
        assert all(0 <= row[key] <= 1 for key in ('ece', 'believed_ece', 'believed_accuracy'))
    for row in found['thresholds']:
        assert row['kept'] == (row['accuracy'] >= found['whole_accuracy'] - row['max_loss'] / 100)
    losses = sorted({*LOSSES, 2.0})
    assert [(row['rule'], row['max_loss']) for row in found['thresholds']] == [
        (rule, loss) for rule in NAMES for loss in losses
    ]
    assert found['curve'][0]['mean_macs'] < found['curve'][-1]['mean_macs']
    text = capsys.readouterr().out
    assert all(f'\n{rule:12}' in text for rule in NAMES)
    assert 'rule margin:' in text


def test_the_threshold_does_on_a_robot_what_it_promises(bundle, folder, tmp_path):
    copy = tmp_path / 'calibrated'
    found = calibrate(bundle, folder, '--out', str(copy), tmp_path=tmp_path)
    calibrated = bundles.load(copy)
    session = HeadSession(calibrated, SegmentedNetwork(calibrated))
    spent = np.cumsum([part.macs + part.exit.macs for part in calibrated.segments])
    for row in found['thresholds']:
        if row['max_loss'] != 0.3:
            continue
        right, macs = [], []
        for label, color in enumerate(CLASSES):
            for path in (folder / color).iterdir():
                run = session.begin(cv2.imread(str(path))[:, :, ::-1], row['rule'])
                session.advance(
                    run, exit_threshold=row['threshold'], split=SEGMENTS, may_offload=False
                )
                right.append(run.belief.posterior.argmax() == label)
                macs.append(spent[run.exit])
        assert np.mean(right) == pytest.approx(row['accuracy'], abs=0.02), row['rule']
        assert np.mean(macs) == pytest.approx(row['mean_macs'], rel=0.05), row['rule']


def test_a_copy_is_another_model_and_the_original_stays(bundle, folder, tmp_path):
    found = calibrate(bundle, folder, '--out', str(tmp_path / 'copy'), tmp_path=tmp_path)
    copy = bundles.load(tmp_path / 'copy')
    assert copy.model_id == found['model_id'] != bundle.model_id
    assert bundles.load(bundle.path).model_id == bundle.model_id
    assert [part.exit.temperature for part in copy.segments] == [
        row['temperature'] for row in found['exits']
    ]
    block = copy.metrics['calibration']
    assert block['thresholds'] == found['thresholds']
    assert len(block['exits'][0]['right']) == 20


def test_a_bundle_is_calibrated_in_place_only_if_asked_to(bundle, folder, tmp_path):
    calibrate(bundle, folder, tmp_path=tmp_path)
    assert bundles.load(bundle.path).model_id == bundle.model_id
    found = calibrate(bundle, folder, '--write', tmp_path=tmp_path)
    assert bundles.load(bundle.path).model_id == found['model_id'] != bundle.model_id
    assert [path.name for path in bundle.path.parent.iterdir()] == ['tiny']


def test_what_cannot_be_done_is_named(bundle, folder, tmp_path, capsys):
    def error(*options) -> str:
        assert cli.main(['calibrate', '--data', str(folder), *options]) == 2
        return capsys.readouterr().err

    assert 'not percentage points' in error(str(bundle.path), '--max-loss', '-1')
    assert 'exists already' in error(str(bundle.path), '--out', str(tmp_path))
    with pytest.raises(SystemExit):
        cli.main(['calibrate', str(bundle.path), '--data', str(folder), '--rule', 'coin'])


def test_weights_without_temperatures_are_named(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(rewriting.weights, 'places', lambda path: {})
    with pytest.raises(BundleError, match=r'holds no exits\.0\.temperature: export'):
        rewriting.recalibrate(bundle, tmp_path / 'copy', [1.0] * SEGMENTS)
