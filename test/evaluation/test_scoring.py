"""`edge_exit score` measures what a robot would get right, and what it would spend."""

import json
import shutil
import time

import cv2
import numpy as np
import pytest
import yaml
from tiny_bundle import (
    BOTTLENECK,
    LEVELS,
    SEGMENTS,
    THRESHOLD,
    camera_image,
    class_folders,
    write_tiny_bundle,
)

from edge_exit import bundle as bundles
from edge_exit import cli
from edge_exit.errors import ConfigError
from edge_exit.evaluation import exit_curves, labelled
from edge_exit.evaluation.observing import observe_files
from edge_exit.inference.bottleneck import BottleneckHalf
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.rules.registry import rules_for


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Make class folders of pictures of many sizes; one of five lies in the wrong class."""

    def images(color):
        for place, exit in enumerate(LEVELS):
            side = 20 + 13 * place
            shown = 'green' if (color, exit) == ('red', 0) else color
            yield camera_image(shown, exit, height=side, width=side + place)

    return class_folders(tmp_path_factory.mktemp('pictures') / 'by class', images)


def score(bundle, folder, *arguments, tmp_path):
    path = tmp_path / 'figures.json'
    options = ['--data', str(folder), '--bundle', str(bundle.path), '--json', str(path)]
    assert cli.main(['score', *options, *arguments]) == 0
    return json.loads(path.read_text())


def test_figures_have_the_promised_keys_and_are_right(bundle, folder, tmp_path, capsys):
    found = score(bundle, folder, '--thresholds', '0', '0.8', '2', tmp_path=tmp_path)
    assert set(found) == {'whole_accuracy', 'whole_macs', 'whole_ms', 'exits', 'curve'}
    assert found['whole_accuracy'] == pytest.approx(14 / 15)
    assert found['whole_macs'] == bundle.backbone.macs
    assert found['whole_ms'] > 0
    assert [part['exit'] for part in found['exits']] == list(range(SEGMENTS))
    assert all(part['accuracy'] == pytest.approx(14 / 15) for part in found['exits'])
    for point in found['curve']:
        assert set(point) == {'threshold', 'accuracy', 'mean_macs', 'mean_ms'}
        assert point['accuracy'] == pytest.approx(14 / 15)
    first, middle, last = found['curve']
    spent = exit_curves.spent_macs(bundle)
    assert first['mean_macs'] == spent[0]
    # One picture in five leaves at each exit, two at the last.
    assert middle['mean_macs'] == pytest.approx(np.mean([*spent, spent[-1]]))
    assert last['mean_macs'] == spent[-1]
    assert 0 < first['mean_ms'] < middle['mean_ms'] < last['mean_ms']
    assert 'whole backbone' in capsys.readouterr().out


def test_pictures_leave_where_a_head_lets_them_leave(bundle, folder):
    files = labelled.labelled_files(folder, bundle)
    observed = observe_files(files, bundle)
    sure = exit_curves.sureness(rules_for(SEGMENTS)['margin'], observed.beliefs)
    exits = exit_curves.leaving_exits(sure, THRESHOLD)
    session = HeadSession(bundle, SegmentedNetwork(bundle))
    for row, file in enumerate(files):
        run = session.begin(labelled.read_picture(file.path, bundle))
        session.advance(run, exit_threshold=THRESHOLD, split=SEGMENTS, may_offload=False)
        assert run.exit == exits[row]
        assert run.belief.posterior.argmax() == observed.beliefs[row, exits[row], :-1].argmax()
        np.testing.assert_allclose(run.sureness, sure[row, : run.exit + 1], atol=1e-5)


def test_folder_that_is_no_class_is_named(bundle, folder, tmp_path, capsys):
    (tmp_path / 'purple').mkdir()
    assert cli.main(['score', '--data', str(tmp_path), '--bundle', str(bundle.path)]) == 2
    assert 'purple' in capsys.readouterr().err


def test_folder_without_pictures_and_file_that_is_none_are_named(bundle, tmp_path):
    with pytest.raises(ConfigError, match='is not a folder'):
        labelled.labelled_files(tmp_path / 'nowhere', bundle)
    (tmp_path / 'red').mkdir()
    with pytest.raises(ConfigError, match='no pictures'):
        labelled.labelled_files(tmp_path, bundle)
    (tmp_path / 'red' / 'broken.jpg').write_bytes(b'not a picture')
    [file] = labelled.labelled_files(tmp_path, bundle)
    with pytest.raises(ConfigError, match=r'broken\.jpg'):
        labelled.read_picture(file.path, bundle)


@pytest.mark.parametrize(
    'image',
    [
        np.full((9, 30), 200, np.uint8),
        np.full((30, 9, 4), 200, np.uint8),
        np.full((12, 12, 3), 50_000, np.uint16),
    ],
    ids=['grey', 'transparent', '16 bit'],
)
def test_any_kind_of_picture_is_read(bundle, tmp_path, image):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), image)
    assert labelled.read_picture(path, bundle).shape == (16, 16, 3)


def test_profile_tells_every_split_and_the_best_one(bundle, tmp_path, capsys):
    path = tmp_path / 'profile.json'
    options = ['--robot-slower', '50', '--codec-level', '2bit', '--json', str(path)]
    assert cli.main(['profile', str(bundle.path), *options]) == 0
    found = json.loads(path.read_text())
    assert [row['split'] for row in found['splits']] == [0, 1, 2, 3, 4]
    heads = [row['head_ms'] for row in found['splits']]
    tails = [row['tail_ms'] for row in found['splits']]
    assert 0 < min(heads) == heads[0], 'the picture is coded, nothing else runs'
    assert 0 == tails[-1] < min(tails[:-1])
    assert [row['bytes'] for row in found['splits']] == [
        *(split.bytes[3] for split in bundle.splits),
        0,
    ]
    assert [best['rate_mbps'] for best in found['best']] == [1, 5, 20, 100]
    assert {best['split'] for best in found['best']} == {4}, '2bit loses five points everywhere'
    assert 'best at 100 Mbit/s: all on the robot' in capsys.readouterr().out


def test_profile_counts_a_bottleneck_and_picks_levels_that_lose_little(
    bundle, tmp_path, monkeypatch
):
    run = BottleneckHalf.run

    def slow_run(half, values):
        time.sleep(0.005)  # far more than anything else here, however busy the machine
        return run(half, values)

    monkeypatch.setattr(BottleneckHalf, 'run', slow_run)
    path = tmp_path / 'profile.json'
    options = ['--robot-slower', '1000', '--max-loss', '3', '--json', str(path)]
    assert cli.main(['profile', str(bundle.path), *options]) == 0
    rows = {(row['split'], row['level']): row for row in json.loads(path.read_text())['splits']}
    assert len(rows) == SEGMENTS * len(bundle.codec_levels) + 1
    plain, slim = rows[BOTTLENECK, '8bit'], rows[BOTTLENECK, 'w50_8bit']
    assert slim['head_ms'] > plain['head_ms']
    assert slim['tail_ms'] > plain['tail_ms']
    for best in json.loads(path.read_text())['best']:
        assert best['split'] == 0, 'so slow a robot sends the picture at once'
        # 2bit loses five points, and of w100_8bit nothing is known.
        assert best['level'] in ('raw', '8bit', '4bit', 'w50_8bit')


def test_profile_keeps_the_times_of_this_machine_and_nothing_else(bundle, tmp_path, capsys):
    folder = tmp_path / 'mine'
    shutil.copytree(bundle.path, folder)
    assert cli.main(['profile', str(folder), '--keep']) == 0
    kept = bundles.load(str(folder))
    assert kept.model_id == bundle.model_id
    before, after = (yaml.safe_load((p / 'bundle.yaml').read_text()) for p in (bundle.path, folder))
    times = [segment.pop('reference_ms') for segment in after['segments']]
    assert all(0 < time < 1000 for time in times)
    assert times != [segment.pop('reference_ms') for segment in before['segments']]
    for split in kept.splits:
        assert min(*split.encode_ms, *split.decode_ms) > 0
    for values in (before, after):
        values['backbone'].pop('reference_ms', None)
        for split in values['splits']:
            for name in ('encode_ms', 'decode_ms'):
                split.pop(name, None)
    assert after == before


def test_profile_names_the_codec_levels_there_are(bundle, capsys):
    assert cli.main(['profile', str(bundle.path), '--codec-level', '3bit']) == 2
    assert 'raw, 8bit, 4bit, 2bit' in capsys.readouterr().err


def test_scoring_imports_no_torch():
    import subprocess
    import sys

    code = (
        'import sys; from edge_exit.commands import score, profile; '
        'from edge_exit.evaluation import scoring, profiling; '
        'assert not {"torch", "matplotlib", "onnx"} & set(sys.modules)'
    )
    subprocess.run([sys.executable, '-c', code], check=True)
