"""A network's bottlenecks become part of its bundle, and are measured there. Needs torch."""

from dataclasses import asdict

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='needs torch: pip install "edge_exit[train]"')

from untrained import record

from edge_exit.bundle import rewriting, writer
from edge_exit.errors import BundleError
from edge_exit.evaluation.frame_times import frame_times
from edge_exit.export import bottlenecks, checking, sending
from edge_exit.export.describing import describe
from edge_exit.export.graphs import export_graphs, round_weights, tensors
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.model.bottleneck import plan_bottleneck
from edge_exit.model.build import build, make_spec
from edge_exit.training import bottleneck_files as files
from edge_exit.training.pictures import Pictures

PICTURES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
LEVELS = [
    {'name': 'raw', 'coding': 32, 'width': None},
    {'name': 'w100_8bit', 'coding': 8, 'width': 1.0},
    {'name': 'w50_4bit', 'coding': 4, 'width': 0.5},
]
SPLIT = 2


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(0)
    spec = make_spec(
        'convnet', classes=4, height=32, width=32, channels=3,
        mean=[0.5] * 3, std=[0.2] * 3, width_multiplier=0.125, shares=(0.3, 0.6),
    )  # fmt: skip
    made = build(spec).eval()
    round_weights(made)
    return made


@pytest.fixture(scope='module')
def small(network, tmp_path_factory):
    features = network.example()
    for segment in network.segments[:SPLIT]:
        features = segment(features)
    modules = files.make({SPLIT: plan_bottleneck(tuple(features.shape[1:]), 1e6)})
    with torch.no_grad():
        for weight in modules.parameters():
            weight.copy_(weight.normal_(std=0.2).half())
    known = files.BottleneckRecord(
        backbone=files.backbone_hash(network),
        plans={str(SPLIT): asdict(modules[str(SPLIT)].plan)},
        levels=LEVELS,
        table=[],
        validation_pictures=0,
        command='edge_exit train-bottlenecks',
    )
    checkpoint = tmp_path_factory.mktemp('checkpoint')
    files.save(checkpoint, modules, known)
    return bottlenecks.load(checkpoint, network)


@pytest.fixture(scope='module')
def bundle(network, small, tmp_path_factory):
    values = describe(network, record(network, 4), small, 'untrained')
    return writer.write(
        tmp_path_factory.mktemp('bundles') / 'untrained',
        values,
        graphs=export_graphs(network) | small.graphs(),
        tensors=tensors(network) | small.tensors(),
    )


def test_the_bundle_offers_the_levels_that_the_bottlenecks_were_trained_for(bundle, small):
    assert [(level.name, level.width) for level in bundle.codec_levels] == [
        ('raw', None),
        ('w100_8bit', 1.0),
        ('w50_4bit', 0.5),
    ]
    assert [split.split for split in bundle.splits if split.bottleneck] == [SPLIT]
    assert list(bundle.splits[SPLIT].bottleneck.shape) == small.entries[SPLIT]['shape']
    assert len(bundle.splits[0].quality) == 3


def test_encoders_and_decoders_answer_as_torch_does(bundle, small):
    checking.check_same_codes(bundle, small, PICTURES)


def test_other_weights_of_an_encoder_are_noticed(bundle, small):
    other = files.make({SPLIT: small.modules[str(SPLIT)].plan}).eval()
    changed = bottlenecks.Bottlenecks(other, small.levels, small.entries, small.command)
    with pytest.raises(BundleError, match='split 2: encoder differs from torch'):
        checking.check_same_codes(bundle, changed, PICTURES)


def test_times_bytes_and_accuracy_of_slim_levels_are_measured(bundle):
    taken = frame_times(bundle, PICTURES[0])
    assert taken.encoding.shape == taken.decoding.shape == (3, len(bundle.codec_levels))
    assert min(taken.encoding.min(), taken.decoding.min()) > 0
    raw, whole, half = sending.measure(bundle, Pictures(PICTURES, np.zeros(4, int), ()))[2]['bytes']
    assert raw > whole > half


def test_the_torch_runtime_takes_a_bundle_with_bottlenecks(bundle):
    from edge_exit.inference.network import SegmentedNetwork

    assert SegmentedNetwork(bundle, runtime='torch').segments == range(3)


def test_a_rewritten_manifest_keeps_the_bottlenecks(bundle):
    again = rewriting.update(bundle, {'metrics': {}})
    assert again.splits == bundle.splits
    assert again.model_id == bundle.model_id
    SplitCodec(again, encodes=[SPLIT], decodes=[SPLIT])
