"""Turning a trained checkpoint into a bundle."""

import shlex
from pathlib import Path

import numpy as np
import torch

from edge_exit.bundle import Bundle, writer
from edge_exit.errors import BundleError
from edge_exit.export import measure
from edge_exit.export.graphs import export_graphs, round_weights, tensors
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import open_session
from edge_exit.model.network import MultiExitNetwork
from edge_exit.training.checkpoint import Record, load
from edge_exit.training.pictures import Pictures, hold_out
from edge_exit.training.sources import load as load_pictures

CODEC_LEVELS = {'raw': 32, '8bit': 8, '4bit': 4, '2bit': 2}
# Pictures that mean sizes are taken over, and that torch and ONNX Runtime are compared on.
_SIZE_PICTURES = 100
_CHECKED_PICTURES = 8
# Difference of a logit between torch and ONNX Runtime, which fuses and so rounds differently,
# against the largest logit.
_TOLERANCE = 1e-3


def export(checkpoint: Path, folder: Path, *, name: str | None, command: str) -> Bundle:
    """Write a bundle from a checkpoint and check that it answers as the torch network does.

    :param checkpoint: folder that `edge_exit train` wrote.
    :param name: of the bundle; the checkpoint's own if None.
    :param command: how this was called, for the manifest.
    :raises ConfigError: if the folder is no checkpoint.
    :raises BundleError: if the runtime's answers differ from torch's.
    """
    network, record = load(checkpoint)
    round_weights(network)
    values = _manifest(network, record, name or record.name)
    runs = checkpoint.resolve().parent.parent
    values['commands'] = [_portable(line, runs) for line in (record.command, command)]
    bundle = writer.write(folder, values, graphs=export_graphs(network), tensors=tensors(network))
    pictures = _validation(record).images
    check_same_answers(bundle, network, pictures[:_CHECKED_PICTURES])
    return _with_measurements(bundle, values, pictures)


@torch.no_grad()
def check_same_answers(bundle: Bundle, network: MultiExitNetwork, pictures: np.ndarray) -> None:
    """Compare each exit and the backbone with torch.

    :param pictures: uint8 (N, H, W, C).
    :raises BundleError: naming the exit that differs.
    """
    features, beliefs = pictures, first_rows(len(pictures), len(bundle.classes))
    inputs, rows = torch.from_numpy(features), torch.from_numpy(beliefs)
    segmented = SegmentedNetwork(bundle)
    for index in segmented.segments:
        features, beliefs, said = segmented.hear(index, features, beliefs)
        inputs, rows, expected = network.eval().step(index)(inputs, rows)
        _check_close(f'{bundle.path}: exit {index}', said, expected.numpy())
        _check_close(f'{bundle.path}: belief after exit {index}', beliefs, rows.numpy())
    backbone = open_session(bundle.path / bundle.backbone.graph, 1)
    found = backbone.run(None, {backbone.get_inputs()[0].name: pictures})[0]
    _check_close(f'{bundle.path}: backbone', found, expected.numpy())


def _check_close(what: str, found: np.ndarray, expected: np.ndarray) -> None:
    difference = float(np.abs(found - expected).max())
    allowed = _TOLERANCE * max(1.0, float(np.abs(expected).max()))
    if not difference <= allowed:
        raise BundleError(f'{what} differs from torch by {difference:.2g}, more than {allowed:.2g}')


def _validation(record: Record) -> Pictures:
    config = record.config
    pictures = load_pictures(
        config['data'], config['root'], record.preprocessing['height'], config['fit']
    )
    return hold_out(pictures, config['validation'], record.seed)[1]


def _with_measurements(bundle: Bundle, values: dict, pictures: np.ndarray) -> Bundle:
    times, whole = measure.reference_times(bundle, pictures[0])
    chosen = pictures[:: max(1, len(pictures) // _SIZE_PICTURES)][:_SIZE_PICTURES]
    sizes = measure.coded_bytes(bundle, chosen)
    for segment, seconds in zip(values['segments'], times, strict=True):
        segment['reference_ms'] = round(1e3 * seconds, 4)
    for split, counts in zip(values['splits'], sizes, strict=True):
        split['bytes'] = counts
    backbone = {**values['backbone'], 'reference_ms': round(1e3 * whole, 4)}
    changed = {key: values[key] for key in ('segments', 'splits')}
    return writer.update(bundle, {**changed, 'backbone': backbone})


def _manifest(network: MultiExitNetwork, record: Record, name: str) -> dict:
    shapes = _shapes(network)
    last = record.exit_macs[-1]
    return {
        'name': name,
        'classes': list(record.classes),
        'preprocessing': dict(record.preprocessing),
        'segments': [
            {
                'graph': f'segment_{index}.onnx',
                'macs': macs,
                'parameters': _parameters(network.segments[index], network.exits[index]),
                'output_shape': list(shape) if shape else None,
                'exit': {
                    'macs': record.exit_macs[index],
                    'temperature': record.temperatures[index],
                    'accuracy': round(record.exit_accuracies[index], 5),
                },
                'reference_ms': 0.0,
            }
            for index, (macs, shape) in enumerate(
                zip(record.segment_macs, [*shapes, None], strict=True)
            )
        ],
        'backbone': {
            'graph': 'backbone.onnx',
            'macs': sum(record.segment_macs) + last,
            'parameters': _parameters(*network.segments, network.exits[-1]),
            'reference_ms': 0.0,
            'accuracy': round(record.exit_accuracies[-1], 5),
        },
        'codec_levels': [{'name': key, 'coding': bits} for key, bits in CODEC_LEVELS.items()],
        'splits': [
            {'split': split, 'shape': list(shape), 'bytes': [1] * len(CODEC_LEVELS)}
            for split, shape in enumerate(shapes, start=1)
        ],
        'metrics': {
            'validation': {'pictures': record.validation_pictures, 'curve': _rounded(record.curve)}
        },
        'architecture': record.spec,
        'training': {'data': Path(record.data).name, 'seed': record.seed},
    }


@torch.no_grad()
def _shapes(network: MultiExitNetwork) -> list[tuple[int, ...]]:
    shapes, features = [], network.example()
    for segment in network.segments[:-1]:
        features = segment(features)
        shapes.append(tuple(features.shape[1:]))
    return shapes


def _parameters(*modules: torch.nn.Module) -> int:
    return sum(weight.numel() for module in modules for weight in module.parameters())


def _portable(command: str, runs: Path) -> str:
    """Name folders as they would be called elsewhere: a manifest does not tell of one machine."""
    words = []
    for word in shlex.split(command):
        path = Path(word)
        if path.is_absolute():
            path = path.relative_to(runs) if path.is_relative_to(runs) else Path(path.name)
        words.append(str(path) if '/' in word else word)
    return shlex.join(words)


def _rounded(curve: list[dict]) -> list[dict]:
    return [{key: round(number, 5) for key, number in point.items()} for point in curve]
