"""Turning a trained checkpoint into a bundle."""

import shlex
from pathlib import Path

import numpy as np
import torch

from edge_exit.bundle import Bundle, rewriting, writer
from edge_exit.errors import BundleError
from edge_exit.export import measure, sending
from edge_exit.export.describing import describe
from edge_exit.export.graphs import export_graphs, round_weights, tensors
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.onnx_runtime import OnnxBackbone
from edge_exit.model.network import MultiExitNetwork
from edge_exit.training.checkpoint import Record, load
from edge_exit.training.pictures import Pictures, hold_out
from edge_exit.training.sources import load as load_pictures

# Pictures that sending is measured with, and that torch and ONNX Runtime are compared on.
_SENT_PICTURES = 2000
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
    values = describe(network, record, name or record.name)
    runs = checkpoint.resolve().parent.parent
    values['commands'] = [_portable(line, runs) for line in (record.command, command)]
    bundle = writer.write(folder, values, graphs=export_graphs(network), tensors=tensors(network))
    pictures = _validation(record)
    check_same_answers(bundle, network, pictures.images[:_CHECKED_PICTURES])
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
    _check_close(f'{bundle.path}: backbone', OnnxBackbone(bundle).run(pictures), expected.numpy())


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


def _with_measurements(bundle: Bundle, values: dict, pictures: Pictures) -> Bundle:
    times, whole = measure.reference_times(bundle, pictures.images[0])
    for segment, seconds in zip(values['segments'], times, strict=True):
        segment['reference_ms'] = round(1e3 * seconds, 4)
    backbone = {**values['backbone'], 'reference_ms': round(1e3 * whole, 4)}
    timed = rewriting.update(bundle, {'segments': values['segments'], 'backbone': backbone})
    chosen = pictures.pick(np.arange(0, len(pictures), max(1, len(pictures) // _SENT_PICTURES)))
    values['splits'][0]['quality'] = sending.choose_qualities(timed, chosen)
    sendable = rewriting.update(timed, {'splits': values['splits']})
    for split, measured in zip(values['splits'], sending.measure(sendable, chosen), strict=True):
        split |= measured
    return rewriting.update(sendable, {'splits': values['splits']})


def _portable(command: str, runs: Path) -> str:
    """Name folders as they would be called elsewhere: a manifest does not tell of one machine."""
    words = []
    for word in shlex.split(command):
        path = Path(word)
        if path.is_absolute():
            path = path.relative_to(runs) if path.is_relative_to(runs) else Path(path.name)
        words.append(str(path) if '/' in word else word)
    return shlex.join(words)
