"""Turning a trained checkpoint into a bundle."""

import shlex
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge_exit.bundle import Bundle, manifest, rewriting, writer
from edge_exit.errors import ConfigError
from edge_exit.evaluation import calibrating
from edge_exit.evaluation.observing import observe
from edge_exit.export import bottlenecks, measure, sending
from edge_exit.export.checking import check_same_answers, check_same_codes
from edge_exit.export.describing import describe
from edge_exit.export.graphs import export_graphs, round_weights, tensors
from edge_exit.folders import put_in_place
from edge_exit.training.checkpoint import Record, load
from edge_exit.training.pictures import Pictures, hold_out
from edge_exit.training.sources import load as load_pictures

# Pictures that sending is measured with, and that torch and ONNX Runtime are compared on.
_SENT_PICTURES = 2000
_CHECKED_PICTURES = 8
_CHUNK = 100


def export(checkpoint: Path, folder: Path, *, name: str | None, command: str) -> Bundle:
    """Write a bundle from a checkpoint and check that it answers as the torch network does.

    It is made beside `folder` and put there when all of it is measured: whatever stops this leaves
    no half of a bundle, and the one that was there stays.

    :param checkpoint: folder that `edge_exit train` wrote.
    :param folder: of the bundle; one that is there is replaced.
    :param name: of the bundle; the checkpoint's own if None.
    :param command: how this was called, for the manifest.
    :raises ConfigError: if `checkpoint` is none, or `folder` holds anything but a bundle.
    :raises BundleError: if the runtime's answers differ from torch's.
    """
    folder = folder.resolve()
    _check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f'.{folder.name}.', dir=folder.parent) as workshop:
        made = Path(workshop) / folder.name
        bundle = _make(checkpoint, made, name=name, command=command)
        put_in_place(made, folder)
    return replace(bundle, path=folder)


def _check_replaceable(folder: Path) -> None:
    empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not empty and not (folder / manifest.FILE).is_file():
        raise ConfigError(
            f'"{folder}" is there and is no bundle: choose another --out, or delete it'
        )


def _make(checkpoint: Path, folder: Path, *, name: str | None, command: str) -> Bundle:
    network, record = load(checkpoint)
    small = bottlenecks.load(checkpoint, network)
    round_weights(network)
    values = describe(network, record, small, name or record.name)
    runs = checkpoint.resolve().parent.parent
    commands = [record.command, *([small.command] if small else []), command]
    values['commands'] = [_portable(line, runs) for line in commands]
    graphs, weights = export_graphs(network), tensors(network)
    if small:
        graphs, weights = graphs | small.graphs(), weights | small.tensors()
    bundle = writer.write(folder, values, graphs=graphs, tensors=weights)
    pictures = _validation(record)
    check_same_answers(bundle, network, pictures.images[:_CHECKED_PICTURES])
    if small:
        check_same_codes(bundle, small, pictures.images[:_CHECKED_PICTURES])
    return _with_measurements(bundle, pictures)


def _validation(record: Record) -> Pictures:
    config = record.config
    pictures = load_pictures(
        config['data'], config['root'], record.preprocessing['height'], config['fit']
    )
    return hold_out(pictures, config['validation'], record.seed)[1]


def _with_measurements(bundle: Bundle, pictures: Pictures) -> Bundle:
    values = rewriting.content(bundle)
    chosen = pictures.pick(np.arange(0, len(pictures), max(1, len(pictures) // _SENT_PICTURES)))
    values['splits'][0]['quality'] = sending.choose_qualities(bundle, chosen)
    sendable = rewriting.update(bundle, {'splits': values['splits']})
    for split, measured in zip(values['splits'], sending.measure(sendable, chosen), strict=True):
        split |= measured
    metrics = {**values['metrics'], 'calibration': _calibration(sendable, pictures)}
    measured = rewriting.update(sendable, {'splits': values['splits'], 'metrics': metrics})
    return measure.timed(measured, pictures.images[0])


def _calibration(bundle: Bundle, pictures: Pictures) -> dict:
    chunks = (slice(at, at + _CHUNK) for at in range(0, len(pictures), _CHUNK))
    observed = observe(bundle, ((pictures.images[c], pictures.labels[c]) for c in chunks))
    return calibrating.summary(observed, bundle)


def _portable(command: str, runs: Path) -> str:
    """Name folders as they would be called elsewhere: a manifest does not tell of one machine."""
    words = []
    for word in shlex.split(command):
        path = Path(word)
        if path.is_absolute():
            path = path.relative_to(runs) if path.is_relative_to(runs) else Path(path.name)
        words.append(str(path) if '/' in word else word)
    return shlex.join(words)
