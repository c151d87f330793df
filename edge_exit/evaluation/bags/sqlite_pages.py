"""The messages in a sqlite3 file read from its pages alone, up to where a page is missing.

The trees that lead to the rows may end in what is lost, so they are not used: leaves lie in the
file in the order in which a recorder wrote them. Format: sqlite.org/fileformat2.html, 1.6 and 2.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAGIC = b'SQLite format 3\0'
LEAF = 0x0D
# Columns of a row of `messages`: id (the row's own number), topic, time, data.
COLUMNS = 4
INTEGERS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}


class _Pages:
    """Pages by number, from 1; an IndexError for one that is not whole in the file."""

    def __init__(self, file: BinaryIO) -> None:
        header = file.read(100)
        if header[:16] != MAGIC:
            raise ValueError('not a sqlite3 file')
        size = struct.unpack('>H', header[16:18])[0]
        self.size = 65536 if size == 1 else size
        self.usable = self.size - header[20]
        self.number = file.seek(0, 2) // self.size
        self._file = file

    def __getitem__(self, number: int) -> bytes:
        if not 0 < number <= self.number:
            raise IndexError(f'page {number} is not in the file')
        self._file.seek((number - 1) * self.size)
        return self._file.read(self.size)


def whole_rows(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Give topic, time (ns) and data of each message in the order of writing.

    :raises ValueError: if it is no sqlite3 file.
    """
    with path.open('rb') as file:
        pages = _Pages(file)
        for number in range(2, pages.number + 1):
            page = pages[number]
            if page[0] != LEAF:
                continue
            try:
                yield from _rows(page, pages)
            except (IndexError, struct.error):  # its end is lost, and so is all that follows
                return


def _rows(page: bytes, pages: _Pages) -> Iterator[tuple[int, int, bytes]]:
    cells = struct.unpack_from('>H', page, 3)[0]
    for place in struct.unpack_from(f'>{cells}H', page, 8):
        size, place = _varint(page, place)
        _, place = _varint(page, place)
        row = _row(_payload(page, place, size, pages))
        if row:
            yield row


def _payload(page: bytes, place: int, size: int, pages: _Pages) -> bytes:
    """Collect what a cell holds: the start in its page, the rest in a chain of others."""
    usable = pages.usable
    if size <= usable - 35:
        return page[place : place + size]
    least = (usable - 12) * 32 // 255 - 23
    here = least + (size - least) % (usable - 4)
    if here > usable - 35:
        here = least
    parts = [page[place : place + here]]
    following = struct.unpack_from('>I', page, place + here)[0]
    missing = size - here
    while missing > 0:
        page = pages[following]
        following = struct.unpack_from('>I', page)[0]
        parts.append(page[4 : 4 + min(missing, usable - 4)])
        missing -= usable - 4
    return b''.join(parts)


def _row(payload: bytes) -> tuple[int, int, bytes] | None:
    """Give topic, time and data of a row of `messages`; None for one of another table."""
    end, place = _varint(payload, 0)
    kinds = []
    while place < end:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    is_blob = len(kinds) == COLUMNS and kinds[3] >= 12 and kinds[3] % 2 == 0
    if not is_blob or not all(kind in INTEGERS for kind in kinds[:3]):
        return None
    values = []
    for kind in kinds[:3]:
        width = INTEGERS[kind]
        values.append(int.from_bytes(payload[place : place + width], 'big', signed=True))
        values[-1] += kind == 9  # 8 and 9 are the numbers 0 and 1 without any bytes
        place += width
    return values[1], values[2], payload[place : place + (kinds[3] - 12) // 2]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Read a number of up to nine bytes; gives it and the place behind it."""
    value = 0
    for index in range(9):
        byte = data[place + index]
        if index == 8:
            return value << 8 | byte, place + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + index + 1
    raise AssertionError('unreachable')
