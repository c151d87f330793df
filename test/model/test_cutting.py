"""Cutting a backbone must not change what it computes."""

import importlib.util
import json

import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from torch import nn

from edge_exit.errors import ConfigError
from edge_exit.model.backbones import NAMES, make_backbone
from edge_exit.model.build import backbone_of, body_costs, build, cost, make_spec
from edge_exit.model.units import CutError, check_cut, split_body_and_classifier

if not importlib.util.find_spec('torchvision'):
    pytest.skip('the backbones need torchvision', allow_module_level=True)

MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.3, 0.25]


def spec_of(name: str, *, size: int = 40, **placed) -> dict:
    return make_spec(
        name, classes=5, height=size, width=size, channels=3, mean=MEAN, std=STD, **placed
    )


@pytest.mark.parametrize('name', NAMES)
def test_segments_and_last_exit_are_exactly_the_uncut_backbone(name):
    torch.manual_seed(0)
    spec = spec_of(name, shares=(0.3, 0.6))
    backbone = backbone_of(spec).eval()
    network = build(spec, backbone=backbone).eval()
    pictures_NHWC = torch.randint(0, 256, (2, 40, 40, 3), dtype=torch.uint8)
    with torch.no_grad():
        logits, _ = network(pictures_NHWC)
        expected = backbone(network.segments[0][0](pictures_NHWC))
    assert torch.equal(logits[-1], expected)
    assert torch.equal(network.whole(pictures_NHWC), expected)


def test_normalisation_is_that_of_torchvision():
    normalize = build(spec_of('convnet', cuts=(5,))).segments[0][0]
    picture = torch.randint(0, 256, (1, 40, 40, 3), dtype=torch.uint8)
    expected = (
        picture.permute(0, 3, 1, 2) / 255 - torch.tensor(MEAN).view(3, 1, 1)
    ) / torch.tensor(STD).view(3, 1, 1)
    torch.testing.assert_close(normalize(picture), expected)


def test_a_spec_survives_json_and_rebuilds_the_same_network():
    network = build(spec_of('mobilenet_v2', shares=(0.3, 0.7))).eval()
    again = build(json.loads(json.dumps(network.spec))).eval()
    again.load_state_dict(network.state_dict())
    pictures = torch.randint(0, 256, (2, 40, 40, 3), dtype=torch.uint8)
    with torch.no_grad():
        for ours, theirs in zip(network(pictures)[0], again(pictures)[0], strict=True):
            assert torch.equal(ours, theirs)


@pytest.mark.parametrize(
    ('name', 'size', 'shares'),
    [('convnet', 32, (0.25, 0.5, 0.7)), ('mobilenet_v2', 160, (0.3, 0.5, 0.7, 0.85))],
)
def test_exits_stand_near_their_shares_and_cost_at_most_three_percent(name, size, shares):
    macs = cost(build(spec_of(name, size=size, shares=shares)))
    assert all(branch <= 0.03 * macs.backbone for branch in macs.exits)
    spent = [sum(macs.segments[: i + 1]) / macs.backbone for i in range(len(shares))]
    assert spent == pytest.approx(shares, abs=0.06)


def test_macs_of_resnet18_are_the_published_ones():
    macs = cost(build(spec_of('resnet18', size=224, shares=(0.5,))))
    # He et al. 2016, table 1: 1.8e9; the classifier here has 5 classes, not 1000
    assert macs.backbone == pytest.approx(1.814e9, rel=0.001)


@pytest.mark.parametrize(
    ('name', 'size', 'positions'),
    [
        ('mobilenet_v2', 32, 4), ('mobilenet_v2', 64, 4), ('mobilenet_v2', 96, 3),
        ('mobilenet_v2', 160, 5), ('mobilenet_v3_small', 32, 4), ('efficientnet_b0', 32, 4),
        ('resnet18', 32, 4), ('resnet50', 64, 4),
    ],
)  # fmt: skip
def test_small_pictures_keep_positions_to_tell_things_apart(name, size, positions):
    spec = spec_of(name, size=size, shares=(0.5,))
    _, outputs, _ = body_costs(backbone_of(spec).eval(), torch.zeros(1, 3, size, size))
    assert outputs[-1].shape[2:] == (positions, positions)


def test_a_spec_of_an_earlier_version_keeps_all_its_strides():
    spec = spec_of('resnet18', size=32, shares=(0.5,))
    macs = cost(build(spec)).backbone
    del spec['unstrided']
    assert cost(build(spec)).backbone < macs / 8


def test_a_forward_that_does_more_than_run_the_children_is_refused():
    class Doubling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(4, 2)

        def forward(self, x):
            return self.fc(self.pool(2 * self.conv(x)).flatten(1))

    model = Doubling()
    with pytest.raises(CutError, match='Doubling'):
        check_cut(model, *split_body_and_classifier(model), torch.randn(1, 3, 8, 8))


def test_a_network_without_linear_classifier_is_refused():
    with pytest.raises(CutError, match='pooling and linear'):
        split_body_and_classifier(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()))


@pytest.mark.parametrize(
    ('placed', 'told'),
    [
        ({'cuts': (9, 4)}, r'\[9, 4\]'),
        ({'cuts': (400,)}, '400'),
        ({'shares': (0.5, 0.501)}, '0.501'),
    ],
)
def test_exits_that_cannot_stand_there_are_named(placed, told):
    with pytest.raises(ConfigError, match=told):
        spec_of('convnet', **placed)


def test_unknown_backbone_and_impossible_width_are_named():
    with pytest.raises(ConfigError, match='resnet19'):
        make_backbone('resnet19', classes=2)
    with pytest.raises(ConfigError, match=r'not 0\.5'):
        make_backbone('resnet18', classes=2, width=0.5)
