"""Hashes of a bundle's files and of what decides its answers."""

import hashlib
import json
from pathlib import Path

from edge_exit.bundle import external_data
from edge_exit.bundle.bundle import Bundle
from edge_exit.bundle.manifest import FORMAT, Manifest, graph_names
from edge_exit.bundle.sending import bottleneck_graphs
from edge_exit.errors import BundleError

LARGEST_FILE = 1 << 30


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file as 64 hex digits."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def model_id(bundle: Bundle, files: dict[str, str]) -> str:
    """Hash what decides answers: pictures, classes, graphs, weights, temperatures, codec.

    Two bundles with one id give the same answers, whatever else their manifests say.

    :param files: SHA-256 of each file, by name.
    """
    picture = bundle.preprocessing
    content = {
        'format': FORMAT,
        'classes': bundle.classes,
        'preprocessing': [picture.height, picture.width, picture.channels, picture.fit],
        'segments': [[files[part.graph], part.exit.temperature] for part in bundle.segments],
        'weights': files[bundle.weights],
        'codec_levels': [[level.coding, level.width] for level in bundle.codec_levels],
        'quality': bundle.splits[0].quality,
        'bottlenecks': [files[name] for name in bottleneck_graphs(bundle)],
    }
    text = json.dumps(content, sort_keys=True, separators=(',', ':'))
    return hashlib.sha256(text.encode()).hexdigest()


def check(manifest: Manifest) -> None:
    """Check every file of a bundle against its manifest, and where its graphs take weights from.

    :raises BundleError: naming the file that is missing or changed.
    """
    bundle = manifest.bundle
    graphs = graph_names(bundle)
    for name, expected in manifest.files.items():
        path = bundle.path / name
        found, inside = _look_at(path, is_graph=name in graphs)
        if found != expected:
            raise BundleError(
                f'{path} is damaged or belongs to another bundle: its SHA-256 is '
                f'{found[:12]}..., the manifest says {expected[:12]}...; get the bundle anew'
            )
        if not inside:
            raise BundleError(f'{path} takes weights from outside of its folder; do not use it')
    found = model_id(bundle, manifest.files)
    if found != bundle.model_id:
        raise BundleError(
            f'{bundle.path}: the manifest was changed, or a graph of another model was put in: '
            f'model id is {found[:12]}..., not {bundle.model_id[:12]}...; get the bundle anew'
        )


def _look_at(path: Path, *, is_graph: bool) -> tuple[str, bool]:
    """Give the SHA-256 of a file, and whether all that it needs lies in its folder; read once."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise BundleError(f'{path} has {size} bytes, more than {LARGEST_FILE}')
        if not is_graph:
            return file_hash(path), True
        graph = path.read_bytes()
    except OSError as error:
        raise BundleError(
            f'{path} is named in the manifest but cannot be read: {error.strerror}'
        ) from error
    return hashlib.sha256(graph).hexdigest(), external_data.stays_inside(graph)
