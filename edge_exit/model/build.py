"""Build a MultiExitNetwork from its spec, and make the spec of a new one.

A spec is plain JSON: backbone, width_multiplier, unstrided, classes, height, width, channels, mean,
std, cuts and exits. `unstrided` is how many of the backbone's first halving layers leave a picture
as it is, `cuts` are the counts of body units before each cut point, `exits` the shapes of the early
exits' branches.
"""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise

import torch
from torch import Tensor, nn

from edge_exit.errors import ConfigError

from .backbones import make_backbone, unstrided_for
from .exits import Branch, ExitBranch, FinalExit, plan_branch
from .macs import count_macs
from .network import Cost, MultiExitNetwork, Normalize
from .units import check_cut, split_body_and_classifier

# Share of the backbone's MACs that an exit's convolutions may cost; its linear layer is on top.
EXIT_SHARE = 0.025


def backbone_of(spec: dict) -> nn.Module:
    """Return a spec's backbone, uncut, with random weights."""
    return make_backbone(
        spec['backbone'],
        classes=spec['classes'],
        channels=spec['channels'],
        width=spec['width_multiplier'],
        unstrided=spec.get('unstrided', 0),  # specs of earlier versions have none
    )


def body_costs(model: nn.Module, x: Tensor) -> tuple[list[int], list[Tensor], int]:
    """Return each body unit's multiply-accumulates and output, and the classifier's cost.

    :param x: float picture (1, channels, H, W).
    """
    body, classifier = split_body_and_classifier(model)
    check_cut(model, body, classifier, x)
    costs, outputs = [], []
    for unit in body:
        macs, x = count_macs(unit, x)
        costs.append(macs)
        outputs.append(x)
    return costs, outputs, count_macs(classifier, x)[0]


def place_cuts(costs: Sequence[int], total: int, shares: Sequence[float]) -> list[int]:
    """Return the unit counts at which the body has spent nearest to each share of `total`.

    A cut stands only before a unit that multiplies: normalisation, activation and pooling stay with
    the convolution that they follow.

    :raises ConfigError: if two shares fall on one cut point or outside the network.
    """
    allowed = [i for i in range(1, len(costs)) if costs[i]]
    spent = {i: sum(costs[:i]) / total for i in allowed}
    cuts = [min(allowed, key=lambda i, s=share: abs(spent[i] - s)) for share in shares]
    if cuts != sorted(set(cuts)):
        places = ', '.join(f'{spent[i]:.2f}' for i in allowed)
        raise ConfigError(
            f'exits at {list(shares)} do not fall on different cut points in rising order; '
            f'this backbone can be cut at: {places}'
        )
    return cuts


def make_spec(
    backbone: str,
    *,
    classes: int,
    height: int,
    width: int,
    channels: int,
    mean: Sequence[float],
    std: Sequence[float],
    width_multiplier: float = 1.0,
    shares: Sequence[float] = (),
    cuts: Sequence[int] = (),
    exit_share: float = EXIT_SHARE,
) -> dict:
    """Return the spec of a new network, its exits placed by MAC shares or by explicit unit counts.

    :param mean: per channel, on the scale 0..1; `std` likewise.
    :param shares: rising shares in (0, 1) of the backbone's MACs after which the early exits stand.
    :param cuts: instead of `shares`: rising counts of body units.
    :param exit_share: share of the backbone's MACs that the convolutions of one exit may cost.
    :raises ConfigError: if an exit cannot stand where it is asked to.
    """
    spec = {
        'backbone': backbone, 'width_multiplier': width_multiplier, 'classes': classes,
        'height': height, 'width': width, 'channels': channels,
        'mean': list(mean), 'std': list(std),
        'unstrided': unstrided_for(backbone, height=height, width=width),
    }  # fmt: skip
    model = backbone_of(spec).eval()
    costs, outputs, classifier_cost = body_costs(model, torch.zeros(1, channels, height, width))
    total = sum(costs) + classifier_cost
    spec['cuts'] = list(cuts) or place_cuts(costs, total, shares)
    _check_cuts(spec['cuts'], len(costs))
    spec['exits'] = [asdict(plan_branch(outputs[c - 1], exit_share * total)) for c in spec['cuts']]
    return spec


def _check_cuts(cuts: list[int], units: int) -> None:
    if cuts != sorted(set(cuts)) or any(not 0 < c < units for c in cuts):
        raise ConfigError(f'cuts {cuts} must rise strictly and lie in 1..{units - 1}')


def build(spec: dict, *, backbone: nn.Module | None = None) -> MultiExitNetwork:
    """Return the network that a spec describes.

    :param spec: as `make_spec` returns it, or read from a checkpoint.
    :param backbone: cut this one, with its weights; by default a new one with random weights.
    :raises ConfigError: if the spec is not one that can be built.
    """
    body, classifier = split_body_and_classifier(backbone or backbone_of(spec))
    _check_cuts(spec['cuts'], len(body))
    bounds = [0, *spec['cuts'], len(body)]
    pieces = [body[a:b] for a, b in pairwise(bounds)]
    pieces[0] = [Normalize(spec['mean'], spec['std']), *pieces[0]]
    segments = [nn.Sequential(*piece) for piece in pieces]
    exits: list[nn.Module] = []
    x = torch.zeros(1, spec['height'], spec['width'], spec['channels'], dtype=torch.uint8)
    for segment, shape in zip(segments[:-1], spec['exits'], strict=True):
        x = count_macs(segment, x)[1]
        exits.append(ExitBranch(x.shape[1], Branch(**shape), spec['classes']))
    return MultiExitNetwork(segments, [*exits, FinalExit(classifier)], spec)


def cost(network: MultiExitNetwork) -> Cost:
    """Return the multiply-accumulates of every segment and exit for one picture."""
    x, segments, exits = network.example(), [], []
    for segment, exit_branch in zip(network.segments, network.exits, strict=True):
        macs, x = count_macs(segment, x)
        segments.append(macs)
        exits.append(count_macs(exit_branch, x)[0])
    return Cost(segments, exits)
