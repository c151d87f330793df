"""The size that a compressed picture claims, read before it is believed and decoded."""

import struct

_PNG = b'\x89PNG\r\n\x1a\n'
_PNG_END = b'IEND\xaeB`\x82'
_JPEG = b'\xff\xd8'
_JPEG_END = b'\xff\xd9'
# Start-of-frame markers, which hold the size; C4, C8 and CC are other things.
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Some cameras fill the last block with zeros or write a few bytes behind the end.
_BEHIND_END = 64


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Read (height, width) of a JPEG or PNG picture; None if it is neither or not whole.

    :param data: the file's bytes, any contiguous buffer of bytes.
    """
    data = memoryview(data).cast('B')
    start = bytes(data[:8])
    end = bytes(data[-_BEHIND_END:]).rstrip(b'\0')
    if start == _PNG and _PNG_END in end and len(data) >= 24:
        width, height = struct.unpack_from('>II', data, 16)
        return height, width
    if start[:2] == _JPEG and _JPEG_END in end:
        return _jpeg_size(data)
    return None


def _jpeg_size(data: memoryview) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(data):
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if marker in _FRAMES:
            height, width = struct.unpack_from('>HH', data, place + 5)
            return height, width
        place += 2 + max(2, struct.unpack_from('>H', data, place + 2)[0])
    return None
