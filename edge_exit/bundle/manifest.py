"""The manifest `bundle.yaml`: text to checked values."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from edge_exit.bundle import reading
from edge_exit.bundle.bundle import (
    Backbone,
    Bundle,
    CodecLevel,
    Exit,
    Preprocessing,
    Segment,
    Split,
)
from edge_exit.errors import BundleError

FILE = 'bundle.yaml'
FORMAT = 1
LARGEST_MANIFEST = 1 << 20
DEEPEST = 20
MOST_SEGMENTS = 64
MOST_CLASSES = 20_000
LARGEST_SIDE = 4096
LARGEST_FEATURES = 1 << 24
MOST = 1 << 50


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest whose values are possible; its files have not been looked at.

    :ivar files: SHA-256 of each file, by name.
    """

    bundle: Bundle
    files: dict[str, str]


class _PlainLoader(yaml.SafeLoader):
    """Reads plain values only: no tags that make objects, no aliases that multiply, no depths.

    Not libyaml's loader, which is faster but would not ask here, and crashes on deep nesting.
    """

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose anything but an alias or what lies too deep."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError('aliases are not allowed')
        if self._depth == DEEPEST:
            raise yaml.YAMLError(f'nested deeper than {DEEPEST}')
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


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
    try:
        values = yaml.load(content, _PlainLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BundleError(f'{path} is not plain YAML: {error}') from error
    return _manifest(reading.table(values, str(path)), folder)


def _manifest(values: dict, folder: Path) -> Manifest:
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
        codec_levels=reading.items(values, 'codec_levels', where, _codec_level, most=16),
        splits=reading.items(values, 'splits', where, _split, most=MOST_SEGMENTS),
        weights=reading.file_name(values, 'weights', where),
        metrics=reading.table(values.get('metrics', {}), f'{where}: metrics'),
        architecture=reading.table(values.get('architecture', {}), f'{where}: architecture'),
    )
    _check_agreement(bundle, files, where)
    return Manifest(bundle, files)


def _check_agreement(bundle: Bundle, files: dict, where: str) -> None:
    graphs = [segment.graph for segment in bundle.segments]
    for name in (*graphs, bundle.backbone.graph, bundle.weights):
        if name not in files:
            raise BundleError(f'{where}: files has no hash of {name}')
    if len(set(bundle.classes)) != len(bundle.classes):
        raise BundleError(f'{where}: classes has a name twice')
    shapes = [segment.output_shape for segment in bundle.segments]
    if None in shapes[:-1] or shapes[-1] is not None:
        raise BundleError(f'{where}: every segment but the last has an output_shape')
    cuts = [(split.split, split.shape) for split in bundle.splits]
    if cuts != list(enumerate(shapes[:-1], start=1)):
        raise BundleError(f'{where}: splits are not those after each segment but the last')
    if any(len(split.bytes) != len(bundle.codec_levels) for split in bundle.splits):
        raise BundleError(f'{where}: a split does not name bytes for each codec level')


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
    shape = None if last else reading.shape(values, 'output_shape', where, largest=LARGEST_FEATURES)
    return Segment(
        index=0,
        graph=reading.file_name(values, 'graph', where),
        macs=reading.integer(values, 'macs', where, low=0, high=MOST),
        parameters=reading.integer(values, 'parameters', where, low=0, high=MOST),
        output_shape=shape,
        exit=_exit(reading.value(values, 'exit', where), f'{where}: exit'),
        reference_ms=reading.real(values, 'reference_ms', where, low=0, high=1e6),
    )


def _exit(item: Any, where: str) -> Exit:
    values = reading.table(item, where)
    return Exit(
        macs=reading.integer(values, 'macs', where, low=0, high=MOST),
        temperature=reading.real(values, 'temperature', where, low=1e-3, high=1e3),
        accuracy=reading.real(values, 'accuracy', where, low=0, high=1),
    )


def _backbone(item: Any, where: str) -> Backbone:
    values = reading.table(item, where)
    return Backbone(
        graph=reading.file_name(values, 'graph', where),
        macs=reading.integer(values, 'macs', where, low=0, high=MOST),
        parameters=reading.integer(values, 'parameters', where, low=0, high=MOST),
        reference_ms=reading.real(values, 'reference_ms', where, low=0, high=1e6),
        accuracy=reading.real(values, 'accuracy', where, low=0, high=1),
    )


def _codec_level(item: Any, where: str) -> CodecLevel:
    values = reading.table(item, where)
    return CodecLevel(
        name=reading.text(values, 'name', where),
        coding=reading.integer(values, 'coding', where, low=1, high=255),
    )


def _split(item: Any, where: str) -> Split:
    values = reading.table(item, where)

    def size(count: Any, place: str) -> int:
        return reading.integer({'bytes': count}, 'bytes', place, low=1, high=MOST)

    return Split(
        split=reading.integer(values, 'split', where, low=1, high=MOST_SEGMENTS),
        shape=reading.shape(values, 'shape', where, largest=LARGEST_FEATURES),
        bytes=reading.items(values, 'bytes', where, size, most=16),
    )
