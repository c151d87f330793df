"""Pictures to JPEG and back; of what comes from the network only what `squeeze` writes is decoded.

Baseline JPEG with Huffman tables of its own: the standard ones would be half of a small picture.
"""

import math
import struct

import cv2
import numpy as np

from edge_exit.errors import CodecError

# Bytes that markers and tables take, and bytes that a value takes, at most: noise at quality 100.
MOST_HEADER = 2048
MOST_PER_VALUE = 3
# Markers that may stand before the entropy-coded data: JFIF's and Exif's segments, comment, tables.
_PASSED = {*range(0xE0, 0xF0), 0xFE, 0xDB, 0xC4}
_BASELINE, _SCAN, _END = 0xC0, 0xDA, b'\xff\xd9'


def squeeze(picture: np.ndarray, quality: int) -> bytes:
    """Write a picture as JPEG.

    :param picture: uint8 (H, W, 3) RGB or (H, W, 1) grey.
    :param quality: of JPEG, 1..100.
    :raises CodecError: if this is no such picture, or there is no such quality.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (1, 3):
        raise CodecError(
            f'picture of shape {picture.shape} and type {picture.dtype} cannot be sent as JPEG, '
            'only uint8 (H, W, 3) RGB or (H, W, 1) grey'
        )
    if not 1 <= quality <= 100:
        raise CodecError(f'JPEG quality {quality} is not in 1..100')
    pixels = picture if picture.shape[2] == 1 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    return cv2.imencode('.jpg', pixels, settings)[1].tobytes()


def unsqueeze(data: memoryview, shape: tuple[int, ...]) -> np.ndarray:
    """Read a picture of a known size; nothing is decoded that announces another one.

    :param shape: (height, width, channels) that it must have.
    :returns: uint8 of that shape, RGB or grey.
    :raises CodecError: if it is no baseline JPEG of that size.
    """
    most = MOST_HEADER + MOST_PER_VALUE * math.prod(shape)
    if len(data) > most:
        raise CodecError(f'{len(data)} bytes of JPEG for a picture that needs {most} at most')
    announced = _announced(data)
    if announced != shape:
        raise CodecError(f'JPEG announces a picture of shape {announced}, {shape} is needed')
    kind = cv2.IMREAD_GRAYSCALE if shape[2] == 1 else cv2.IMREAD_COLOR
    try:
        # Exif could turn the picture.
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), kind | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise CodecError(f'JPEG does not decode: {error.err}') from error
    if pixels is None or pixels.shape[:2] != shape[:2]:
        raise CodecError('JPEG does not decode')
    return pixels.reshape(shape) if shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _announced(data: memoryview) -> tuple[int, int, int]:
    """Read (height, width, channels) from the markers before the entropy-coded data.

    :raises CodecError: if these are not the markers of one whole baseline JPEG.
    """
    if data[:2] != b'\xff\xd8' or data[-2:] != _END:
        raise CodecError('picture is not a whole JPEG')
    place, shape = 2, None  # shape: height, width, channels
    while place + 4 <= len(data):
        fill, marker, length = struct.unpack_from('>BBH', data, place)
        if fill != 0xFF or length < 2:
            break
        if marker == _SCAN and shape:
            return shape
        if marker == _BASELINE and shape is None and place + 10 <= len(data):
            shape = struct.unpack_from('>HHB', data, place + 5)
        elif marker not in _PASSED:
            raise CodecError(f'JPEG with marker {marker:#04x} is not one that a head sends')
        place += 2 + length
    raise CodecError('picture is not a whole JPEG')
