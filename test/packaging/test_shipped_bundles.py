"""The shipped bundles run wherever the package does and hold nothing that runs code when loaded."""

from pathlib import Path

import numpy as np
import pytest

from edge_exit import bundle as bundles
from edge_exit.policy import learned_model
from edge_exit.policy.profile import profile_of
from edge_exit.simulation import outcomes

BUNDLES = Path(__file__).parents[2] / 'edge_exit' / 'bundles'
FILES = sorted(path for path in BUNDLES.rglob('*') if path.is_file())
GRAPHS = [path for path in FILES if path.suffix == '.onnx']
# CPython 3.10 gets ONNX Runtime 1.23, which reads no newer graphs.
NEWEST_IR = 11
NEWEST_OPSET = 23


def test_the_promised_bundles_are_there():
    assert {path.parent.name for path in BUNDLES.glob('*/bundle.yaml')} >= {
        'cifar10',
        'fashion_mnist',
        'objects20',
    }


def test_no_bundle_holds_a_kind_of_file_that_could_be_a_pickle():
    harmless = {'.yaml', '.onnx', '.safetensors', '.json', '.md', ''}
    assert {path.suffix for path in FILES} <= harmless | {'.npz'}
    for path in FILES:
        if path.suffix == '.npz':
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[name].dtype != object for name in arrays)  # raises at a pickle


def test_a_bundle_stays_small_enough_for_a_repository():
    for bundle in BUNDLES.iterdir():
        size = sum(path.stat().st_size for path in bundle.rglob('*') if path.is_file())
        assert size <= 12e6, f'{bundle.name} has {size} bytes'


@pytest.mark.parametrize('name', ['cifar10', 'fashion_mnist', 'objects20'])
def test_a_bundle_carries_its_own_policy_outcomes_and_counted_answers(name):
    bundle = bundles.load(name)
    assert learned_model.load(bundle.path / bundle.policy).model_id == bundle.model_id
    assert outcomes.of_bundle(bundle).exits == len(bundle.segments)
    assert profile_of(bundle).answers is not None


def test_the_oldest_runtime_reads_every_graph():
    onnx = pytest.importorskip('onnx', reason='needs onnx: pip install .[test]')
    for path in GRAPHS:
        graph = onnx.load(path)
        assert graph.ir_version <= NEWEST_IR, path
        assert max(x.version for x in graph.opset_import if not x.domain) <= NEWEST_OPSET, path
