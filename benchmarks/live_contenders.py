"""Who is compared on live links: processes of each contender, at the robot and at the server."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robot_bench import ROOT
from support import ros_args

from edge_exit import bundle as bundles
from edge_exit.errors import ConfigError
from edge_exit.policy.preference import HEAVIEST

ROBOT = '/robot'
HEAD = f'{ROBOT}/head'
TAIL = '/tail'
NOBODY = {'tails': ['']}
# Never sure enough for an exit but the last.
NO_EXITS = {'exit_threshold': 2.0}
# Right and fast answers whatever energy and bytes they take, as dynamic split sees it, too.
MINDS_NEITHER = {
    'accuracy_weight': HEAVIEST,
    'latency_weight': HEAVIEST,
    'energy_weight': 0.0,
    'bandwidth_weight': 0.0,
}
# Of accuracy, in points, that exit thresholds may cost.
MAX_LOSS = 0.3
WHOLE, JPEG = 'whole on board', 'JPEG to the server'
SPLIT = 'dynamic split, no exits'
OURS, RIGHT_AND_FAST = ALL_OURS = 'ours, learned policy', 'ours, right and fast'


@dataclass(frozen=True, slots=True)
class Started:
    """A process of a contender.

    :ivar end: 'robot' (slowed down) or 'edge'.
    :ivar ready: what its log says when it is ready.
    """

    name: str
    end: str
    command: tuple[str, ...]
    ready: str = 'ready'


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to classify the camera's images.

    :ivar bundle: name or folder of the network.
    :ivar processes: in the order in which they start.
    :ivar linked: whether it uses the link at all.
    :ivar settings: parameters beside the defaults, for the report.
    """

    name: str
    bundle: str
    processes: tuple[Started, ...]
    linked: bool
    settings: Mapping[str, Any] = field(default_factory=dict)


def contenders(bundle: str, small: str | None) -> list[Contender]:
    """Give all contenders.

    :param small: bundle of a small network that runs whole on board; None if there is none.
    """
    threshold = calibrated(bundle)
    on_board = {WHOLE: NO_EXITS, 'early exits on board': {'exit_threshold': threshold}}
    alone = [_alone(name, bundle, values) for name, values in on_board.items()]
    if small:
        alone.append(_alone('small network on board', small, NO_EXITS))
    return [
        *alone,
        _jpeg(bundle),
        _split(SPLIT, bundle, {'policy': 'dynamic_split', **NO_EXITS}),
        _split(OURS, bundle, {'policy': 'learned'}),
        _split(RIGHT_AND_FAST, bundle, {'policy': 'learned', **MINDS_NEITHER}),
    ]


def calibrated(bundle: str) -> float:
    """Give the exit threshold that the bundle has found to cost no more than MAX_LOSS points."""
    loaded = bundles.load(bundle)
    for entry in loaded.metrics.get('calibration', {}).get('thresholds', ()):
        if entry['rule'] == 'margin' and entry['max_loss'] == MAX_LOSS:
            return entry['threshold']
    raise ConfigError(f'bundle "{loaded.name}" is not calibrated: edge_exit calibrate does it')


def _alone(name: str, bundle: str, values: Mapping[str, Any]) -> Contender:
    head = _node('head', 'robot', {'bundle': bundle, **NOBODY, **values}, namespace=ROBOT)
    return Contender(name, bundle, (head,), linked=False, settings=values)


def _jpeg(bundle: str) -> Contender:
    script = str(ROOT / 'benchmarks' / 'jpeg_contender.py')
    return Contender(
        JPEG,
        bundle,
        (
            Started('server', 'edge', (sys.executable, script, 'server', '--bundle', bundle)),
            Started('head', 'robot', (sys.executable, script, 'robot')),
        ),
        linked=True,
    )


def _split(name: str, bundle: str, values: Mapping[str, Any]) -> Contender:
    model = {'bundle': bundle}
    return Contender(
        name,
        bundle,
        (
            _node('tail', 'edge', model),
            _node('policy', 'robot', model | dict(values), namespace=ROBOT),
            _node('head', 'robot', model, namespace=ROBOT, ready=f'tail {TAIL} is there'),
        ),
        linked=True,
        settings=values,
    )


def _node(
    name: str, end: str, params: Mapping[str, Any], *, namespace: str = '/', ready: str = 'ready'
) -> Started:
    module = (sys.executable, '-m', f'edge_exit.nodes.{name}')
    arguments = ros_args(None, namespace, _absolute(params), {})
    return Started(name, end, (*module, *arguments), ready)


def _absolute(params: Mapping[str, Any]) -> dict[str, Any]:
    """Let a bundle's folder be found from anywhere."""
    bundle = str(params['bundle'])
    return {**params, 'bundle': str(Path(bundle).resolve()) if '/' in bundle else bundle}
