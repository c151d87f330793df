"""Recordings as a player needs them: topics with their types, and serialised messages in order."""

import importlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rosbags.rosbag2 import Reader

from edge_exit.errors import ConfigError

STAMP = slice(4, 12)  # after the four bytes that say how the rest is encoded
LATEST_SECOND = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded message.

    :ivar time: when it was recorded, ns.
    """

    topic: str
    time: int
    serialised: bytes


class Bag:
    """An open rosbag2 recording, a folder or a single mcap or sqlite3 file.

    :raises ConfigError: if there is none, it cannot be read, or it holds no messages.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        if not path or not Path(path).exists():
            raise ConfigError(
                f'bag "{path}" does not exist; set the parameter bag to a rosbag2 path'
            )
        try:
            self._reader = Reader(path)
            self._reader.open()
        # Whatever a reader stumbles over in a file that is no bag, the user needs one line.
        except Exception as error:
            raise ConfigError(f'bag "{path}" cannot be read as rosbag2: {error}') from error
        if not self._reader.message_count:
            self._reader.close()
            raise ConfigError(f'bag "{path}" holds no messages; record it again')
        self.start = self._reader.start_time
        self.duration = self._reader.end_time - self.start

    @property
    def types(self) -> dict[str, str]:
        """Type name of each topic, as `sensor_msgs/msg/Image`."""
        return {connection.topic: connection.msgtype for connection in self._reader.connections}

    @property
    def step(self) -> int:
        """Mean time between two messages of the busiest topic, ns."""
        most = max(connection.msgcount for connection in self._reader.connections)
        return self.duration // max(most - 1, 1)

    def messages(self, topics: set[str]) -> Iterator[Recorded]:
        """Give the messages of some topics from the start, by time of recording."""
        chosen = [c for c in self._reader.connections if c.topic in topics]
        for connection, time, serialised in self._reader.messages(chosen):
            yield Recorded(connection.topic, time, serialised)

    def close(self) -> None:
        """Close the files."""
        self._reader.close()


def message_type(name: str) -> type | None:
    """Find the class of a message type; None if its package is not installed here."""
    package, _, rest = name.partition('/')
    try:
        return getattr(importlib.import_module(f'{package}.msg'), rest.rpartition('/')[2], None)
    except ImportError:
        return None


def has_header(message_class: type) -> bool:
    """Say whether messages of a class begin with a std_msgs/Header, and so with its stamp."""
    fields = message_class.get_fields_and_field_types()
    return next(iter(fields.items()), None) == ('header', 'std_msgs/Header')


def read_stamp(serialised: bytes) -> int:
    """Give the stamp of a serialised message that begins with a header, ns."""
    seconds, nanoseconds = struct.unpack(_order(serialised) + 'iI', serialised[STAMP])
    return seconds * 10**9 + nanoseconds


def with_stamp(serialised: bytes, stamp: int) -> bytes:
    """Give the message with another stamp; all other bytes stay as they were recorded."""
    seconds, nanoseconds = divmod(stamp, 10**9)
    seconds = min(max(seconds, 0), LATEST_SECOND)
    changed = struct.pack(_order(serialised) + 'iI', seconds, nanoseconds)
    return serialised[: STAMP.start] + changed + serialised[STAMP.stop :]


def _order(serialised: bytes) -> str:
    return '<' if serialised[1] & 1 else '>'
