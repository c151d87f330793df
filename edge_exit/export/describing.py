"""What a manifest says of a network before anything of it was measured."""

from pathlib import Path

import torch

from edge_exit.export.bottlenecks import Bottlenecks
from edge_exit.model.network import MultiExitNetwork
from edge_exit.training.checkpoint import Record

# Of a network without bottlenecks.
CODEC_LEVELS = {'raw': 32, '8bit': 8, '4bit': 4, '2bit': 2}
# Until it is chosen by measurement.
_QUALITY = 90


def describe(
    network: MultiExitNetwork, record: Record, small: Bottlenecks | None, name: str
) -> dict:
    """Give the values of a manifest; times, sizes and accuracies of sending are still missing.

    :param small: the bottlenecks, if the network has any.
    :param name: of the bundle.
    """
    shapes = _shapes(network)
    levels = [{'name': key, 'coding': bits} for key, bits in CODEC_LEVELS.items()]
    if small:
        levels = [{key: v for key, v in level.items() if v is not None} for level in small.levels]
    return {
        'name': name,
        'classes': list(record.classes),
        'preprocessing': dict(record.preprocessing),
        'segments': [
            _segment(network, record, index, shape) for index, shape in enumerate([*shapes, None])
        ],
        'backbone': _backbone(network, record),
        'codec_levels': levels,
        'splits': _splits(record, shapes, small, len(levels)),
        'metrics': {
            'validation': {'pictures': record.validation_pictures, 'curve': _rounded(record.curve)}
        },
        'architecture': record.spec,
        'training': {'data': Path(record.data).name, 'seed': record.seed},
    }


def _segment(network: MultiExitNetwork, record: Record, index: int, shape: list | None) -> dict:
    return {
        'graph': f'segment_{index}.onnx',
        'macs': record.segment_macs[index],
        'parameters': _parameters(network.segments[index], network.exits[index]),
        'output_shape': shape,
        'exit': {
            'macs': record.exit_macs[index],
            'temperature': record.temperatures[index],
            'accuracy': round(record.exit_accuracies[index], 5),
        },
        'reference_ms': 0.0,
    }


def _backbone(network: MultiExitNetwork, record: Record) -> dict:
    return {
        'graph': 'backbone.onnx',
        'macs': sum(record.segment_macs) + record.exit_macs[-1],
        'parameters': _parameters(*network.segments, network.exits[-1]),
        'reference_ms': 0.0,
        'accuracy': round(record.exit_accuracies[-1], 5),
    }


def _splits(
    record: Record, shapes: list[list[int]], small: Bottlenecks | None, levels: int
) -> list[dict]:
    picture = [record.preprocessing[axis] for axis in ('height', 'width', 'channels')]
    splits = [
        {'split': split, 'shape': shape, 'bytes': [1] * levels}
        for split, shape in enumerate([picture, *shapes])
    ]
    splits[0]['quality'] = [_QUALITY] * levels
    for split, entry in (small.entries if small else {}).items():
        files = {half: f'{half}_{split}.onnx' for half in ('encoder', 'decoder')}
        splits[split]['bottleneck'] = files | entry
    return splits


@torch.no_grad()
def _shapes(network: MultiExitNetwork) -> list[list[int]]:
    shapes, features = [], network.example()
    for segment in network.segments[:-1]:
        features = segment(features)
        shapes.append(list(features.shape[1:]))
    return shapes


def _parameters(*modules: torch.nn.Module) -> int:
    return sum(weight.numel() for module in modules for weight in module.parameters())


def _rounded(curve: list[dict]) -> list[dict]:
    return [{key: round(number, 5) for key, number in point.items()} for point in curve]
