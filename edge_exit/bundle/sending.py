"""What a manifest says of sending: codec levels, splits, bottlenecks."""

from collections.abc import Callable
from typing import Any

from edge_exit.bundle import reading
from edge_exit.bundle.bundle import Bottleneck, Bundle, CodecLevel, Split
from edge_exit.errors import BundleError

MOST_LEVELS = 16
# One of a Features message's fields, uint16.
MOST_CHANNELS = (1 << 16) - 1
SMALLEST_WIDTH = 1e-4
TIMES = ('encode_ms', 'decode_ms')


def codec_levels(values: dict, where: str) -> tuple[CodecLevel, ...]:
    """Read the ways to code what is sent."""
    return reading.items(values, 'codec_levels', where, _codec_level, most=MOST_LEVELS)


def splits(values: dict, where: str, *, most: int) -> tuple[Split, ...]:
    """Read the cut points."""

    def split(item: Any, place: str) -> Split:
        return _split(item, place, most)

    return reading.items(values, 'splits', where, split, most=most)


def bottleneck_graphs(bundle: Bundle) -> list[str]:
    """Give the file names of all encoders and decoders."""
    found = [split.bottleneck for split in bundle.splits if split.bottleneck]
    return [name for bottleneck in found for name in (bottleneck.encoder, bottleneck.decoder)]


def check_agreement(bundle: Bundle, where: str) -> None:
    """Check that splits, segments and codec levels fit each other.

    :raises BundleError: naming what does not.
    """
    picture = bundle.preprocessing
    shapes = [
        (picture.height, picture.width, picture.channels),
        *(segment.output_shape for segment in bundle.segments[:-1]),
    ]
    if [(split.split, split.shape) for split in bundle.splits] != list(enumerate(shapes)):
        raise BundleError(
            f'{where}: splits are not the picture (0) and those after each segment but the last'
        )
    for split in bundle.splits:
        _check_split(split, len(bundle.codec_levels), f'{where}: splits[{split.split}]')
    names = [level.name for level in bundle.codec_levels]
    if len(set(names)) != len(names):
        raise BundleError(f'{where}: codec_levels has a name twice')


def _check_split(split: Split, levels: int, where: str) -> None:
    if not len(split.bytes) == len(split.accuracy) == levels:
        raise BundleError(f'{where} does not name bytes and accuracy for each codec level')
    for name in TIMES:
        if len(getattr(split, name)) not in (0, levels):
            raise BundleError(f'{where} does not name {name} for each codec level')
    if len(split.quality) != (0 if split.split else levels):
        raise BundleError(
            f'{where} has {len(split.quality)} qualities; split 0 has one for each codec level, '
            'the others have none'
        )
    if split.bottleneck and not split.split:
        raise BundleError(f'{where} has a bottleneck, but a picture is sent there')
    if split.bottleneck and len(split.shape) != 3:
        raise BundleError(f'{where} has a bottleneck, but no (channels, height, width)')


def _codec_level(item: Any, where: str) -> CodecLevel:
    values = reading.table(item, where)
    width = values.get('width')
    if width is not None:
        width = reading.real(values, 'width', where, low=SMALLEST_WIDTH, high=1)
    return CodecLevel(
        name=reading.text(values, 'name', where),
        coding=reading.integer(values, 'coding', where, low=1, high=32),
        width=width,
    )


def _split(item: Any, where: str, most: int) -> Split:
    values = reading.table(item, where)
    sizes = _numbers(values, 'bytes', where, lambda x, at: _whole(x, at, reading.MOST))
    accuracy: tuple = (None,) * len(sizes)
    if 'accuracy' in values:
        accuracy = _numbers(values, 'accuracy', where, _share)
    quality: tuple = ()
    if 'quality' in values:
        quality = _numbers(values, 'quality', where, lambda x, at: _whole(x, at, 100))
    times = {name: _numbers(values, name, where, _milliseconds) for name in TIMES if name in values}
    return Split(
        split=reading.integer(values, 'split', where, low=0, high=most),
        shape=reading.shape(values, 'shape', where, largest=reading.LARGEST_FEATURES),
        bytes=sizes,
        accuracy=accuracy,
        bottleneck=_bottleneck(values.get('bottleneck'), f'{where}: bottleneck'),
        quality=quality,
        **times,
    )


def _bottleneck(item: Any, where: str) -> Bottleneck | None:
    if item is None:
        return None
    values = reading.table(item, where)
    shape = reading.shape(values, 'shape', where, largest=reading.LARGEST_FEATURES)
    if len(shape) != 3 or shape[0] > MOST_CHANNELS:
        raise BundleError(f'{where}: shape {list(shape)} is not (channels, height, width)')
    return Bottleneck(
        encoder=reading.file_name(values, 'encoder', where),
        decoder=reading.file_name(values, 'decoder', where),
        shape=shape,
        encoder_macs=reading.integer(values, 'encoder_macs', where, low=0, high=reading.MOST),
        decoder_macs=reading.integer(values, 'decoder_macs', where, low=0, high=reading.MOST),
    )


def _numbers(values: dict, key: str, where: str, read: Callable[[Any, str], Any]) -> tuple:
    return reading.items(values, key, where, read, most=MOST_LEVELS)


def _whole(item: Any, where: str, most: int) -> int:
    return reading.integer({'value': item}, 'value', where, low=1, high=most)


def _milliseconds(item: Any, where: str) -> float:
    return reading.real({'value': item}, 'value', where, low=0, high=1e6)


def _share(item: Any, where: str) -> float | None:
    return None if item is None else reading.real({'value': item}, 'value', where, low=0, high=1)
