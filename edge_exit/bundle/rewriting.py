"""Writing a manifest anew, and a bundle whose temperatures have changed. Needs no ONNX."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from edge_exit.bundle import integrity, manifest, weights
from edge_exit.bundle.bundle import Bundle
from edge_exit.errors import BundleError

WEIGHTS_FILE = 'weights.safetensors'
# Keys of files that may be put into a bundle later; its answers do not depend on them.
ADDED = ('policy', 'outcomes')


def content(bundle: Bundle) -> dict:
    """Give what a manifest says, as plain values."""
    return yaml.safe_load((bundle.path / manifest.FILE).read_text())


def update(bundle: Bundle, values: dict) -> Bundle:
    """Change what a bundle's manifest says, such as its metrics; its files stay as they are.

    :param values: top-level values of the manifest to replace.
    """
    before = content(bundle)
    return write_manifest(bundle.path, {**before, **values}, before['files'])


def add_file(bundle: Bundle, key: str, name: str, data: bytes) -> Bundle:
    """Put a file into a bundle that answers do not depend on; its model id stays.

    :param key: of the manifest, one of ADDED.
    :param name: of the file; one that is there already is replaced.
    """
    values = content(bundle)
    taken = {*manifest.graph_names(bundle), bundle.weights, bundle.outcomes, manifest.FILE}
    if name in taken - {values.get(key)}:
        raise BundleError(
            f'{bundle.path / name} is another part of the bundle: choose another name'
        )
    path = bundle.path / name
    part = path.with_name(f'{name}.tmp')
    part.write_bytes(data)
    part.replace(path)
    files = {**values['files'], name: integrity.file_hash(path)}
    return write_manifest(bundle.path, {**values, key: name}, files)


def recalibrate(bundle: Bundle, folder: Path, temperatures: Sequence[float]) -> Bundle:
    """Write a copy of a bundle whose exits have other temperatures, and so another model id.

    :param folder: is made; must not exist yet.
    :param temperatures: of each exit; float32 is kept.
    :raises BundleError: if the bundle's weights do not hold its temperatures.
    """
    shutil.copytree(bundle.path, folder)
    # What was recorded of the former answers, and learned from them, does not hold any more.
    old = {key: getattr(bundle, key) for key in ADDED if getattr(bundle, key)}
    for name in old.values():
        (folder / name).unlink()
    path = folder / bundle.weights
    rounded = [np.float32(temperature) for temperature in temperatures]
    _write_temperatures(path, rounded)
    values = {key: value for key, value in content(bundle).items() if key not in old}
    kept = {name: known for name, known in values['files'].items() if name not in old.values()}
    for segment, temperature in zip(values['segments'], rounded, strict=True):
        segment['exit']['temperature'] = float(temperature)
    files = {**kept, bundle.weights: integrity.file_hash(path)}
    return write_manifest(folder, values, files)


def write_manifest(folder: Path, values: dict, files: dict[str, str]) -> Bundle:
    """Write the manifest of a folder that holds all files, with their hashes and the model id.

    :param files: SHA-256 of each file, by name.
    :returns: the bundle as it is read back.
    :raises BundleError: if the values are not possible.
    """
    values |= {
        'format': manifest.FORMAT,
        'weights': WEIGHTS_FILE,
        'files': files,
        'model_id': '0' * 64,
    }
    _dump(folder, values)
    values['model_id'] = integrity.model_id(manifest.read(folder).bundle, files)
    _dump(folder, values)
    read = manifest.read(folder)
    integrity.check(read)
    return read.bundle


def _write_temperatures(path: Path, temperatures: Sequence[np.float32]) -> None:
    """Change the scalars where they lie: graphs point at places in this file."""
    places = weights.places(path)
    with path.open('r+b') as file:
        for index, temperature in enumerate(temperatures):
            name = f'exits.{index}.temperature'
            place = places.get(name)
            if place is None or (place.dtype, place.length) != ('F32', 4):
                raise BundleError(f'{path} holds no {name}: export the bundle anew')
            file.seek(place.offset)
            file.write(temperature.astype('<f4').tobytes())


def _dump(folder: Path, values: dict) -> None:
    text = yaml.dump(
        values,
        Dumper=_NoAliasDumper,
        sort_keys=False,
        allow_unicode=True,
        width=120,
        default_flow_style=None,
    )
    (folder / manifest.FILE).write_text(text)


class _NoAliasDumper(yaml.SafeDumper):
    """Repeats a value instead of pointing at it, since the reader allows no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        """Say that no value is an alias."""
        return True
