"""A trained checkpoint becomes a bundle that answers as torch does. Needs torch."""

import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='needs torch: pip install "edge_exit[train]"')

from untrained import record

from edge_exit.bundle import rewriting, writer
from edge_exit.errors import BundleError, ConfigError
from edge_exit.export import bundling, checking, measure, sending
from edge_exit.export.describing import describe
from edge_exit.export.graphs import export_graphs, round_weights, tensors
from edge_exit.inference.belief import first_rows
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.model.build import build, make_spec
from edge_exit.training.pictures import Pictures

PICTURES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)


@pytest.fixture(scope='module', params=['cifar_resnet20', 'mobilenet_v2'])
def network(request):
    torch.manual_seed(0)
    spec = make_spec(
        request.param, classes=5, height=32, width=32, channels=3,
        mean=[0.5] * 3, std=[0.25] * 3, shares=(0.3, 0.7),
    )  # fmt: skip
    made = build(spec)
    # Statistics of real activations, so that a forgotten normalisation would show.
    made.train()
    with torch.no_grad():
        for _ in range(5):
            made(torch.from_numpy(PICTURES))
    round_weights(made)
    return made.eval()


@pytest.fixture(scope='module')
def bundle(network, tmp_path_factory):
    values = describe(network, record(network, 5), None, 'untrained')
    folder = tmp_path_factory.mktemp('bundles') / 'untrained'
    return writer.write(folder, values, graphs=export_graphs(network), tensors=tensors(network))


def test_bundle_answers_as_torch_does(bundle, network):
    checking.check_same_answers(bundle, network, PICTURES)


def test_other_weights_are_noticed(bundle, network):
    other = build(network.spec).eval()
    with pytest.raises(BundleError, match='differs from torch'):
        checking.check_same_answers(bundle, other, PICTURES)


def test_weights_are_stored_once(bundle, network):
    size = sum(path.stat().st_size for path in bundle.path.iterdir())
    weights = sum(tensor.nbytes for tensor in tensors(network).values())
    assert size < 1.2 * weights + 100_000


def sureness(bundle, runtime: str) -> list[list[float]]:
    session = HeadSession(bundle, SegmentedNetwork(bundle, runtime=runtime))
    found = []
    for picture in PICTURES:
        run = session.begin(picture)
        session.advance(run, exit_threshold=2.0, split=9, may_offload=False)
        found.append(run.sureness)
    return found


def test_torch_runtime_gives_the_same_beliefs(bundle):
    found, expected = sureness(bundle, 'onnx'), sureness(bundle, 'torch')
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_calibrated_copy_has_other_beliefs_on_both_runtimes_alike(bundle, tmp_path):
    copy = rewriting.recalibrate(bundle, tmp_path / 'copy', [0.05] * 3)
    found = sureness(copy, 'onnx')
    np.testing.assert_allclose(found, sureness(copy, 'torch'), atol=1e-3)
    assert np.abs(np.array(found) - sureness(bundle, 'onnx')).max() > 0.01
    assert copy.model_id != bundle.model_id


def test_exits_are_judged_on_the_pictures(bundle):
    found = bundling._calibration(bundle, believed(bundle))
    assert found['pictures'] == len(PICTURES)
    assert found['exits'][-1]['believed_accuracy'] == 1
    assert found['curve'][-1]['accuracy'] == 1


def test_times_and_sizes_are_measured(bundle):
    timed = measure.timed(bundle, PICTURES[0])
    taken = [segment.reference_ms for segment in timed.segments]
    assert len(taken) == 3
    assert min(*taken, timed.backbone.reference_ms) > 0
    levels = len(bundle.codec_levels)
    for split in timed.splits:
        assert len(split.encode_ms) == len(split.decode_ms) == levels
        assert min(*split.encode_ms, *split.decode_ms) > 0


def believed(bundle) -> Pictures:
    """Give pictures with the labels that the network itself would give them."""
    network, values = SegmentedNetwork(bundle), PICTURES
    beliefs = first_rows(len(values), len(bundle.classes))
    for index in network.segments:
        values, beliefs = network.run(index, values, beliefs)
    return Pictures(PICTURES, beliefs[:, :-1].argmax(1), bundle.classes)


def test_bytes_and_accuracy_of_sending_are_measured(bundle):
    measured = sending.measure(bundle, believed(bundle))
    for split, row in zip(bundle.splits, measured, strict=True):
        assert len(row['bytes']) == len(row['accuracy']) == len(bundle.codec_levels)
        if split.split:
            raw, *coarser = row['bytes']
            assert raw == 4 * np.prod(split.shape)
            assert all(0 < size < raw for size in coarser)
            assert row['accuracy'][0] == 1, 'raw features lose nothing'


def test_quality_of_jpeg_is_chosen_by_what_it_loses(bundle, monkeypatch):
    pictures = believed(bundle)
    monkeypatch.setattr(sending, 'MOST_LOSS', 1.0)
    assert sending.choose_qualities(bundle, pictures) == [30, 10, 10, 10], 'anything will do'
    monkeypatch.setattr(sending, 'MOST_LOSS', -1.0)
    assert sending.choose_qualities(bundle, pictures) == [95, 95, 90, 80], 'nothing will do'


def test_manifest_does_not_tell_of_one_machine(tmp_path):
    line = bundling._portable('edge_exit export /home/x/runs/a/final --out /opt/b', tmp_path)
    assert line == 'edge_exit export final --out b'
    line = bundling._portable(f'edge_exit train --out {tmp_path}/a', tmp_path)
    assert line == 'edge_exit train --out a'


def test_record_is_plain_json(network):
    json.dumps(network.spec)


@pytest.fixture
def maker(bundle, monkeypatch):
    """Let an export copy the bundle instead of making one, or stop half way."""
    stops = []

    def make(checkpoint, folder, *, name, command):
        shutil.copytree(bundle.path, folder)
        if stops:
            (folder / 'bundle.yaml').unlink()
            raise KeyboardInterrupt
        return bundle

    monkeypatch.setattr(bundling, '_make', make)
    return stops


def test_an_export_that_is_stopped_leaves_what_was_there(maker, tmp_path):
    folder = tmp_path / 'untrained'
    made = bundling.export(tmp_path, folder, name=None, command='')
    assert made.path == folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    maker.append(True)
    with pytest.raises(KeyboardInterrupt):
        bundling.export(tmp_path, folder, name=None, command='')
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert list(tmp_path.iterdir()) == [folder]
    maker.clear()
    bundling.export(tmp_path, folder, name=None, command='')
    assert list(tmp_path.iterdir()) == [folder]


def test_an_export_deletes_nothing_but_a_bundle(maker, tmp_path):
    (tmp_path / 'thesis.tex').write_text('all of it')
    with pytest.raises(ConfigError, match='is no bundle'):
        bundling.export(tmp_path, tmp_path, name=None, command='')
    assert (tmp_path / 'thesis.tex').read_text() == 'all of it'
