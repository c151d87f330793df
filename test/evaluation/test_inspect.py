"""`edge_exit inspect` shows what a bundle is made of, and draws what its exits do."""

import json

import cv2
import pytest
from tiny_bundle import SEGMENTS, class_folders, one_for_each_exit, write_tiny_bundle

from edge_exit import cli
from edge_exit.bundle import rewriting


@pytest.fixture
def bundle(tmp_path):
    return write_tiny_bundle(tmp_path / 'tiny')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return class_folders(tmp_path_factory.mktemp('pictures') / 'by class', one_for_each_exit)


def inspect(bundle, tmp_path, *options) -> dict:
    path = tmp_path / 'figures.json'
    assert cli.main(['inspect', str(bundle.path), '--json', str(path), *options]) == 0
    return json.loads(path.read_text())


def test_it_shows_segments_and_what_is_sent_at_each_split(bundle, tmp_path, capsys):
    found = inspect(bundle, tmp_path)
    assert found['model_id'] == bundle.model_id
    assert found['calibration'] is None
    assert [row['macs'] for row in found['segments']] == [part.macs for part in bundle.segments]
    assert found['segments'][-1]['ece'] is None
    for row, split in zip(found['splits'], bundle.splits, strict=True):
        assert [level['bytes'] for level in row['levels']] == list(split.bytes)
    text = capsys.readouterr().out
    assert all(level.name in text for level in bundle.codec_levels)
    assert 'give --data' in text


def test_pictures_tell_the_curve_and_the_errors_and_are_drawn(bundle, folder, tmp_path, capsys):
    drawing = tmp_path / 'drawings' / 'tiny.png'
    options = ['--data', str(folder), '--rule', 'entropy', '--png', str(drawing)]
    pytest.importorskip('matplotlib', reason='drawing needs matplotlib')
    found = inspect(bundle, tmp_path, *options)['calibration']
    assert found['pictures'] == 15
    for row in found['exits']:
        assert sum(row['right']) + sum(row['wrong']) == 15
        assert sum(row['right']) == round(15 * row['accuracy'])
    assert cv2.imread(str(drawing)).shape[1] > 500
    text = capsys.readouterr().out
    assert 'rule entropy:' in text
    assert text.count('\npatience ') == 3


def test_a_stored_calibration_is_shown_and_drawn_without_pictures(bundle, folder, tmp_path):
    copy = tmp_path / 'copy'
    command = ['calibrate', str(bundle.path), '--data', str(folder), '--out', str(copy)]
    assert cli.main(command) == 0
    path = tmp_path / 'figures.json'
    assert cli.main(['inspect', str(copy), '--json', str(path)]) == 0
    found = json.loads(path.read_text())
    assert len(found['calibration']['exits']) == SEGMENTS
    assert found['segments'][0]['ece'] == found['calibration']['exits'][0]['ece']


def test_a_drawing_needs_pictures_or_a_calibration(bundle, tmp_path, capsys):
    pytest.importorskip('matplotlib', reason='drawing needs matplotlib')
    assert cli.main(['inspect', str(bundle.path), '--png', str(tmp_path / 'a.png')]) == 2
    assert 'give --data FOLDER' in capsys.readouterr().err


@pytest.mark.parametrize(
    'calibration', [{}, [], 'none', {'exits': []}, {'exits': [{'accuracy': 'high'}]}]
)
def test_a_calibration_that_somebody_made_up_is_named(bundle, calibration, capsys):
    rewriting.update(bundle, {'metrics': {'calibration': calibration}})
    assert cli.main(['inspect', str(bundle.path)]) == 2
    assert 'calibrate the bundle anew' in capsys.readouterr().err
