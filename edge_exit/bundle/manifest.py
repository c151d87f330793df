"""The manifest `bundle.yaml`: text to checked values."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge_exit.bundle import plain_yaml, reading, sending
from edge_exit.bundle.bundle import Backbone, Bundle, Exit, Preprocessing, Segment
from edge_exit.errors import BundleError

FILE = 'bundle.yaml'
FORMAT = 2
LARGEST_MANIFEST = 1 << 20
MOST_SEGMENTS = 64
MOST_CLASSES = 20_000
LARGEST_SIDE = 4096


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest whose values are possible; its files have not been looked at.

    :ivar files: SHA-256 of each file, by name.
    """

    bundle: Bundle
    files: dict[str, str]


def read(folder: Path) -> Manifest:
    """Read and check the manifest in a folder.

    :raises BundleError: naming file, value and what it should be.
    """
    path = folder / FILE
    try:
        with path.open('rb') as file:
            content = file.read(LARGEST_MANIFEST + 1)
    except OSError as error:
        raise BundleError(f'cannot read {path}: {error.strerror}') from error
    if len(content) > LARGEST_MANIFEST:
        raise BundleError(f'{path} is larger than {LARGEST_MANIFEST} bytes')
    return checked(reading.table(plain_yaml.parse(content, str(path)), str(path)), folder)


def graph_names(bundle: Bundle) -> list[str]:
    """Give the file names of all ONNX graphs."""
    segments = [segment.graph for segment in bundle.segments]
    policy = [bundle.policy] if bundle.policy else []
    return [*segments, bundle.backbone.graph, *sending.bottleneck_graphs(bundle), *policy]


def checked(values: dict, folder: Path) -> Manifest:
    """Make the values of a manifest into a bundle.

    :raises BundleError: naming file, value and what it should be.
    """
    where = str(folder / FILE)
    reading.integer(values, 'format', where, low=FORMAT, high=FORMAT)
    files = reading.table(reading.value(values, 'files', where), f'{where}: files')
    for name in files:
        reading.checked_file_name(name, f'{where}: files')
        reading.digest(files, name, f'{where}: files')
    bundle = Bundle(
        name=reading.text(values, 'name', where),
        path=folder,
        model_id=reading.digest(values, 'model_id', where),
        classes=reading.items(values, 'classes', where, _class_name, most=MOST_CLASSES),
        preprocessing=_preprocessing(reading.value(values, 'preprocessing', where), where),
        segments=_segments(values, where),
        backbone=_backbone(reading.value(values, 'backbone', where), f'{where}: backbone'),
        codec_levels=sending.codec_levels(values, where),
        splits=sending.splits(values, where, most=MOST_SEGMENTS),
        weights=reading.file_name(values, 'weights', where),
        metrics=reading.table(values.get('metrics', {}), f'{where}: metrics'),
        architecture=reading.table(values.get('architecture', {}), f'{where}: architecture'),
        policy=_optional_file(values, 'policy', where),
        outcomes=_optional_file(values, 'outcomes', where),
    )
    _check_agreement(bundle, files, where)
    return Manifest(bundle, files)


def _check_agreement(bundle: Bundle, files: dict, where: str) -> None:
    more = [bundle.outcomes] if bundle.outcomes else []
    for name in (*graph_names(bundle), bundle.weights, *more):
        if name not in files:
            raise BundleError(f'{where}: files has no hash of {name}')
    if len(set(bundle.classes)) != len(bundle.classes):
        raise BundleError(f'{where}: classes has a name twice')
    shapes = [segment.output_shape for segment in bundle.segments]
    if None in shapes[:-1] or shapes[-1] is not None:
        raise BundleError(f'{where}: every segment but the last has an output_shape')
    sending.check_agreement(bundle, where)


def _optional_file(values: dict, key: str, where: str) -> str:
    return reading.file_name(values, key, where) if key in values else ''


def _class_name(item: Any, where: str) -> str:
    return reading.text({'name': item}, 'name', where)


def _preprocessing(item: Any, where: str) -> Preprocessing:
    where = f'{where}: preprocessing'
    values = reading.table(item, where)
    channels = reading.integer(values, 'channels', where, low=1, high=3)
    if channels == 2:
        raise BundleError(f'{where}: channels is 2, not 1 (grey) or 3 (RGB)')
    return Preprocessing(
        height=reading.integer(values, 'height', where, low=1, high=LARGEST_SIDE),
        width=reading.integer(values, 'width', where, low=1, high=LARGEST_SIDE),
        channels=channels,
        fit=reading.text(values, 'fit', where, choices=('crop', 'stretch')),
    )


def _segments(values: dict, where: str) -> tuple[Segment, ...]:
    segments = reading.items(values, 'segments', where, _segment, most=MOST_SEGMENTS)
    return tuple(replace(segment, index=index) for index, segment in enumerate(segments))


def _segment(item: Any, where: str) -> Segment:
    values = reading.table(item, where)
    last = values.get('output_shape') is None
    shape = None
    if not last:
        shape = reading.shape(values, 'output_shape', where, largest=reading.LARGEST_FEATURES)
    return Segment(
        index=0,
        graph=reading.file_name(values, 'graph', where),
        macs=reading.integer(values, 'macs', where, low=0, high=reading.MOST),
        parameters=reading.integer(values, 'parameters', where, low=0, high=reading.MOST),
        output_shape=shape,
        exit=_exit(reading.value(values, 'exit', where), f'{where}: exit'),
        reference_ms=reading.real(values, 'reference_ms', where, low=0, high=1e6),
    )


def _exit(item: Any, where: str) -> Exit:
    values = reading.table(item, where)
    return Exit(
        macs=reading.integer(values, 'macs', where, low=0, high=reading.MOST),
        temperature=reading.real(values, 'temperature', where, low=1e-3, high=1e3),
        accuracy=reading.real(values, 'accuracy', where, low=0, high=1),
    )


def _backbone(item: Any, where: str) -> Backbone:
    values = reading.table(item, where)
    return Backbone(
        graph=reading.file_name(values, 'graph', where),
        macs=reading.integer(values, 'macs', where, low=0, high=reading.MOST),
        parameters=reading.integer(values, 'parameters', where, low=0, high=reading.MOST),
        reference_ms=reading.real(values, 'reference_ms', where, low=0, high=1e6),
        accuracy=reading.real(values, 'accuracy', where, low=0, high=1),
    )
