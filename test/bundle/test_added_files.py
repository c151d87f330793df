"""Files that are put into a bundle later: checked like all others, and no part of the model."""

import pytest
import yaml
from tiny_bundle import SEGMENTS, write_tiny_bundle

from edge_exit.bundle import load, rewriting
from edge_exit.errors import BundleError


@pytest.fixture
def bundle(tmp_path):
    return write_tiny_bundle(tmp_path / 'tiny')


@pytest.mark.parametrize(('key', 'name'), [('policy', 'policy.onnx'), ('outcomes', 'outcomes.npz')])
def test_a_bundle_carries_it_and_keeps_its_model_id(bundle, key, name):
    added = rewriting.add_file(bundle, key, name, b'content')
    again = rewriting.add_file(added, key, name, b'newer')
    assert getattr(load(bundle.path), key) == name
    assert (bundle.path / name).read_bytes() == b'newer'
    assert again.model_id == added.model_id == bundle.model_id
    assert again.segments == bundle.segments


def test_one_that_was_changed_or_is_missing_is_noticed(bundle):
    rewriting.add_file(bundle, 'policy', 'policy.onnx', b'content')
    (bundle.path / 'policy.onnx').write_bytes(b'other')
    with pytest.raises(BundleError, match=r'policy\.onnx is damaged'):
        load(bundle.path)
    (bundle.path / 'policy.onnx').unlink()
    with pytest.raises(BundleError, match=r'policy\.onnx is named in the manifest'):
        load(bundle.path)


def test_a_policy_that_takes_weights_from_elsewhere_is_refused(bundle):
    with pytest.raises(BundleError, match='takes weights from outside'):
        rewriting.add_file(bundle, 'policy', 'policy.onnx', b'location' + b'/etc/passwd')


@pytest.mark.parametrize('key', ['policy', 'outcomes'])
@pytest.mark.parametrize('name', ['../elsewhere', 5, 'without_hash'])
def test_a_manifest_that_names_one_without_a_hash_or_outside_is_refused(bundle, key, name):
    path = bundle.path / 'bundle.yaml'
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {key: name}))
    with pytest.raises(BundleError, match=str(name)):
        load(bundle.path)


def test_it_cannot_take_the_place_of_a_part_of_the_model(bundle):
    for name in ('segment_0.onnx', bundle.weights, 'bundle.yaml'):
        with pytest.raises(BundleError, match='another part'):
            rewriting.add_file(bundle, 'policy', name, b'content')
    load(bundle.path)


def test_other_temperatures_leave_out_what_was_learned_before(bundle, tmp_path):
    added = rewriting.add_file(bundle, 'policy', 'policy.onnx', b'content')
    added = rewriting.add_file(added, 'outcomes', 'outcomes.npz', b'content')
    copy = rewriting.recalibrate(added, tmp_path / 'copy', [1.5] * SEGMENTS)
    assert (copy.policy, copy.outcomes) == ('', '')
    assert not (copy.path / 'policy.onnx').exists()
    assert not (copy.path / 'outcomes.npz').exists()
