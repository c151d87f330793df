"""Graphs of bottlenecks answer as torch does, and share the bundle's weights."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='export needs torch: pip install edge_exit[train]')

import onnxruntime

from edge_exit.export import bottlenecks
from edge_exit.model.bottleneck import plan_bottleneck
from edge_exit.model.build import build, make_spec
from edge_exit.training import bottleneck_files as files

SHAPE = (16, 9, 7)


@pytest.fixture
def network():
    spec = make_spec(
        'convnet', classes=4, height=20, width=20, channels=3,
        mean=[0.5] * 3, std=[0.2] * 3, width_multiplier=0.125, shares=(0.3, 0.6),
    )  # fmt: skip
    return build(spec).eval()


@pytest.fixture
def found(network, tmp_path: Path) -> bottlenecks.Bottlenecks:
    modules = files.make({2: plan_bottleneck(SHAPE, 1e6)})
    for weight in modules.parameters():
        torch.nn.init.normal_(weight, std=0.2)
        with torch.no_grad():
            weight.copy_(weight.half())
    record = files.BottleneckRecord(
        backbone=files.backbone_hash(network),
        plans={'2': asdict(modules['2'].plan)},
        levels=[],
        table=[],
        validation_pictures=0,
        command='edge_exit train-bottlenecks',
    )
    files.save(tmp_path, modules, record)
    return bottlenecks.load(tmp_path, network)


@pytest.mark.parametrize('half', ['encoder', 'decoder'])
def test_a_graph_gives_what_torch_gives_for_any_number_of_pictures(found, half):
    session = onnxruntime.InferenceSession(found.graphs()[f'{half}_2.onnx'].SerializeToString())
    source, target = session.get_inputs()[0], session.get_outputs()[0]
    assert (source.name, target.name) == {
        'encoder': ('features', 'code'),
        'decoder': ('code', 'features'),
    }[half]
    module = getattr(found.modules['2'], half)
    for count in (1, 3):
        inputs = torch.randn(count, *source.shape[1:])
        if half == 'decoder':
            inputs[:, 5:] = 0
        given = session.run(None, {source.name: inputs.numpy()})[0]
        assert given.shape[1:] == tuple(target.shape[1:])
        np.testing.assert_allclose(given, module(inputs).numpy(), atol=1e-4, rtol=1e-4)


def test_every_weight_of_a_graph_is_one_of_the_bundles(found):
    names = set(found.tensors())
    for graph in found.graphs().values():
        stored = {t.name: t for t in graph.graph.initializer if t.name.startswith('bottlenecks.')}
        assert stored
        assert set(stored) <= names
        large = [t.name for t in graph.graph.initializer if np.prod(t.dims) > 16]
        assert set(large) <= names


def test_what_a_manifest_says_of_a_split(found):
    entry = found.entries[2]
    assert entry['shape'] == list(found.modules['2'].plan.code_shape)
    assert 0 < entry['encoder_macs'] <= 1e6
    assert entry['decoder_macs'] > 0


def test_a_network_without_bottlenecks_has_none(network, tmp_path):
    assert bottlenecks.load(tmp_path, network) is None
