"""Features or a picture to bytes and back. Decoding trusts nothing; it fails by CodecError only."""

import math
from collections.abc import Sequence

import numpy as np

from edge_exit.coding import entropy, jpeg, quantiser
from edge_exit.coding.coded import CodedFeatures, Coding, Entropy
from edge_exit.errors import CodecError

# 64 MiB of float32; features of the largest backbones have a tenth of it.
LARGEST_COUNT = 1 << 24
MOST_AXES = 4


def encode(features: np.ndarray, coding: int, *, quality: int = 90) -> CodedFeatures:
    """Code the features of one frame, or its picture.

    :param features: float32, without the batch axis: (channels, height, width) or (channels,); for
        JPEG the picture, uint8 (height, width, channels).
    :param quality: of JPEG, 1..100.
    :raises CodecError: if a feature is not finite, or the array is empty, too large or of another
        type.
    """
    if coding == Coding.JPEG:
        data = jpeg.squeeze(features, quality)
        return CodedFeatures(Coding.JPEG, Entropy.NONE, _checked_shape(features.shape), data)
    if features.dtype != np.float32:
        raise CodecError(f'features are {features.dtype}, only float32 can be coded')
    shape = _checked_shape(features.shape)
    features = np.ascontiguousarray(features)
    if coding == Coding.RAW:
        if not np.isfinite(features).all():
            raise CodecError('features that are not finite cannot be coded; check the network')
        data = memoryview(features.astype('<f4', copy=False)).cast('B')
        return CodedFeatures(Coding.RAW, Entropy.NONE, shape, data)
    bits = _checked_bits(coding)
    rows = features.reshape(_channels(shape), -1)
    grid = quantiser.fit(rows, bits)
    levels = quantiser.quantise(rows, grid, bits)
    stage, data = entropy.squeeze(entropy.pack(levels, bits))
    return CodedFeatures(coding, stage, shape, data, grid.scale, grid.offset)


def decode(coded: CodedFeatures, *, shape: Sequence[int]) -> np.ndarray:
    """Give the features back, or the picture.

    :param shape: the one that the network needs at this split, without the batch axis.
    :returns: float32 of that shape, for RAW perhaps a read-only view of the coded bytes; for JPEG
        uint8.
    :raises CodecError: for anything that is not the coded form of such features; nothing of a size
        that the sender chose is allocated before.
    """
    shape = _checked_shape(shape)
    if len(coded.shape) != len(shape) or tuple(coded.shape) != shape:
        raise CodecError(f'features of shape {_short(coded.shape)} where {shape} is needed')
    data = _bytes(coded.data)
    if coded.coding == Coding.RAW:
        return _decode_raw(coded, data, shape)
    if coded.coding == Coding.JPEG:
        return _decode_picture(coded, data, shape)
    bits = _checked_bits(coded.coding)
    grid = _checked_grid(coded, shape, bits)
    count = math.prod(shape)
    packed = entropy.unsqueeze(coded.entropy, data, entropy.packed_size(count, bits))
    levels = entropy.unpack(packed, bits, count)
    return quantiser.restore(levels.reshape(_channels(shape), -1), grid).reshape(shape)


def _decode_raw(coded: CodedFeatures, data: memoryview, shape: tuple[int, ...]) -> np.ndarray:
    size = 4 * math.prod(shape)
    _check_plain(coded)
    if len(data) != size:
        raise CodecError(f'{len(data)} bytes of raw features where {size} are needed')
    features = np.frombuffer(data, '<f4').astype(np.float32, copy=False).reshape(shape)
    if not np.isfinite(features).all():
        raise CodecError('raw features hold values that are not finite')
    return features


def _decode_picture(coded: CodedFeatures, data: memoryview, shape: tuple[int, ...]) -> np.ndarray:
    _check_plain(coded)
    if len(shape) != 3 or shape[2] not in (1, 3):
        raise CodecError(f'a picture where features of shape {shape} are needed')
    return jpeg.unsqueeze(data, shape)


def _check_plain(coded: CodedFeatures) -> None:
    if coded.entropy != Entropy.NONE or len(coded.scale) or len(coded.offset):
        raise CodecError('raw features and JPEG have no entropy stage, no scales and no offsets')


def _checked_shape(shape: Sequence[int]) -> tuple[int, ...]:
    shape = tuple(int(size) for size in shape)
    if not (1 <= len(shape) <= MOST_AXES and min(shape) > 0 and math.prod(shape) <= LARGEST_COUNT):
        raise CodecError(
            f'features of shape {shape} cannot be coded: 1 to {MOST_AXES} axes, '
            f'1 to {LARGEST_COUNT} values'
        )
    return shape


def _checked_bits(coding: int) -> int:
    if coding not in quantiser.WIDTH:
        raise CodecError(f'coding {coding} is not known (bits a value: 32, 8, 4, 2; JPEG: 128)')
    return int(coding)


def _checked_grid(coded: CodedFeatures, shape: tuple[int, ...], bits: int) -> quantiser.Grid:
    count, channels = len(coded.scale), _channels(shape)
    if count not in (1, channels) or len(coded.offset) != count:
        raise CodecError(
            f'{count} scales and {len(coded.offset)} offsets, needed are 1 or {channels} of each'
        )
    scale = np.asarray(coded.scale, np.float32)
    offset = np.asarray(coded.offset, np.float32)
    if not (np.isfinite(scale).all() and scale.min() > 0 and np.isfinite(offset).all()):
        raise CodecError('scales must be positive, scales and offsets finite')
    highest = offset.astype(np.float64) + scale.astype(np.float64) * 2**bits
    if highest.max() > np.finfo(np.float32).max:
        raise CodecError(f'scales and offsets give features up to {highest.max():.1e}')
    return quantiser.Grid(scale, offset)


def _bytes(data: bytes | memoryview) -> memoryview:
    try:
        return memoryview(data).cast('B')
    except TypeError as error:
        raise CodecError(f'coded features are not contiguous bytes: {error}') from error


def _channels(shape: Sequence[int]) -> int:
    """Give the number of channels, each with a grid of its own where that pays."""
    return shape[0] if len(shape) > 1 else 1


def _short(shape: Sequence[int]) -> str:
    return str(tuple(shape)) if len(shape) <= MOST_AXES else f'with {len(shape)} axes'
