"""What is left of an mcap file that ends before its end, as after a power cut or a full disk."""

import heapq
from collections.abc import Collection, Iterator
from io import BytesIO
from itertools import count
from typing import BinaryIO

from rosbags.interfaces import Connection
from rosbags.rosbag2 import ReaderError
from rosbags.rosbag2.storage_mcap import McapReader, decompress, read_exact, read_string
from rosbags.rosbag2.storage_mcap import deserialize_qqqi as times_size_sum
from rosbags.rosbag2.storage_mcap import deserialize_uint64 as number

OP_FOOTER, OP_CHUNK, OP_DATA_END = 0x02, 0x06, 0x0F
HEADER = 9  # of a record: one byte that names it, eight that tell its length
# Recorders write messages as they come; topics of one moment may be a little out of order.
OUT_OF_ORDER = 64


class SalvagingMcap(McapReader):
    """An mcap file; without its index and end, too.

    :ivar damage: where it is damaged; '' if it is not.
    """

    damage = ''

    def _open(self) -> None:
        try:
            super()._open()
        except Exception as error:  # of many kinds, from the file's own bytes
            if not self.data_start:
                raise
            for found in (self.schemas, self.channels, self.chunks, self.connections):
                found.clear()
            self._open_without_index(error)

    def _open_without_index(self, error: Exception) -> None:
        self.data_end = whole_until(self.bio, self.data_start)
        self.meta_scan()
        found = self.statistics
        self.damage = f'{self.path.name} is damaged from byte {self.data_end} on ({error})'
        if not found.message_count:
            return
        counts = found.channel_message_counts
        self.connections = [c._replace(msgcount=counts[c.id]) for c in self.connections]
        self.metadata = self.metadata._replace(
            duration=found.end_time - found.start_time + 1,
            start_time=found.start_time,
            end_time=found.end_time + 1,
            message_count=found.message_count,
        )

    def messages(
        self,
        connections: Collection[Connection],
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[tuple[Connection, int, bytes]]:
        """Give messages by time of recording; without an index as far as they are near by it."""
        if self.damage:
            return _sorted_nearly(self.messages_scan(connections, start, stop))
        return super().messages(connections, start, stop)


def whole_until(file: BinaryIO, start: int) -> int:
    """Give the place in an mcap file up to which all records are whole, from one where they are."""
    place = start
    size = file.seek(0, 2)
    while place + HEADER <= size:
        file.seek(place)
        operation = file.read(1)[0]
        end = place + HEADER + number(file.read(8))[0]
        if end > size or operation in (OP_FOOTER, OP_DATA_END):
            break
        if operation == OP_CHUNK and not _chunk_is_whole(file):
            break
        place = end
    return place


def _chunk_is_whole(file: BinaryIO) -> bool:
    """Say whether the chunk at whose first field a file stands can be unpacked into records."""
    try:
        *_, size, checksum = times_size_sum(read_exact(file, 28))
        compression = read_string(file)
        packed = read_exact(file, number(read_exact(file, 8))[0])
        chunk = BytesIO(decompress(packed, compression, size, checksum))
    except Exception:  # each compression has its own
        return False
    place = 0
    while place + HEADER <= size:
        chunk.seek(place + 1)
        place += HEADER + number(chunk.read(8))[0]
    return place == size


def _sorted_nearly(messages: Iterator) -> Iterator:
    numbers = count()
    waiting: list = []
    try:
        for connection, time, data in messages:
            heapq.heappush(waiting, (time, next(numbers), connection, data))
            if len(waiting) > OUT_OF_ORDER:
                time, _, connection, data = heapq.heappop(waiting)
                yield connection, time, data
    except ReaderError as error:
        failure: Exception | None = error
    else:
        failure = None
    while waiting:
        time, _, connection, data = heapq.heappop(waiting)
        yield connection, time, data
    if failure:
        raise failure
