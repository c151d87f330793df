"""A rosbag2 recording: topics with their types, and messages in the order of recording."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.definitions import Definitions
from edge_exit.evaluation.bags.salvage import Storage, open_storage
from edge_exit.evaluation.bags.unpacking import unpack_message

T = TypeVar('T')

# A recording that ends so near to what is said of it ends there, s.
_NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded message.

    :ivar type: type name, as `sensor_msgs/msg/Image`.
    :ivar time: when it was recorded, ns.
    """

    topic: str
    type: str
    time: int
    serialised: bytes


class Bag:
    """An open rosbag2 recording, a folder or a single mcap or sqlite3 file; a damaged one, too.

    Messages are read one after the other: a bag may be larger than memory.

    :raises ConfigError: if there is none, it cannot be read, or it holds no messages.
    :ivar start, duration: of all that is recorded; of what is said to be, if it is damaged; ns.
    :ivar damage: why it ends before its end, '' if it does not; perhaps known only after reading.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        if not path or not Path(path).exists():
            raise ConfigError(f'bag "{path}" does not exist: give a rosbag2 folder or file')
        self._storage = _opened(path)
        self.damage: str = self._storage.damage
        said = self._storage.metadata
        if not said.message_count:
            self._storage.close()
            raise ConfigError(f'bag "{path}" holds no messages; {self.damage or "record it again"}')
        self.start = said.start_time
        self.duration = said.end_time - said.start_time
        self._reached = self.start
        self._definitions = Definitions(path, self._storage.connections, said.ros_distro or '')

    def __enter__(self) -> 'Bag':
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def types(self) -> dict[str, str]:
        """Type name of each topic, as `sensor_msgs/msg/Image`."""
        return {connection.topic: connection.msgtype for connection in self._storage.connections}

    @property
    def counts(self) -> dict[str, int]:
        """Messages of each topic."""
        counts = dict.fromkeys(self.types, 0)
        for connection in self._storage.connections:
            counts[connection.topic] += connection.msgcount
        return counts

    @property
    def step(self) -> int:
        """Mean time between two messages of the busiest topic, ns."""
        return self.duration // max(max(self.counts.values()) - 1, 1)

    def of_type(self, *names: str) -> list[str]:
        """List the topics of some types, by name."""
        return sorted(topic for topic, name in self.types.items() if name in names)

    def messages(self, topics: set[str]) -> Iterator[Recorded]:
        """Give the messages of some topics from the start, by time of recording.

        Ends at the first damage, and says so in `damage`.
        """
        chosen = [c for c in self._storage.connections if c.topic in topics]
        if not chosen:
            return
        try:
            for connection, time, serialised in self._storage.messages(chosen, None, None):
                self._reached = max(self._reached, time)
                message = unpack_message(serialised)
                yield Recorded(connection.topic, connection.msgtype, time, message)
        # What a reader stumbles over in a damaged file is of many kinds.
        except Exception as error:
            self.damage = one_line(error)

    def read(self, recorded: Recorded) -> Any:
        """Give the fields of a message, by the definition that the bag holds of its type.

        :raises ConfigError: if there is no definition of it, or it does not fit the message.
        """
        return self._definitions.read(recorded.type, recorded.serialised)

    def understood(self, recorded: Recorded, convert: Callable[[Any], T]) -> T:
        """Give what a message means to us.

        :param convert: takes its fields.
        :raises ConfigError: as `read`, or if a field is missing that this version needs.
        """
        try:
            return convert(self.read(recorded))
        except AttributeError as error:
            raise ConfigError(
                f'bag "{self.path}": {recorded.type} on {recorded.topic} has no field '
                f'"{error.name}": it was recorded by another version'
            ) from error

    def ending(self) -> list[str]:
        """Say after reading where a damaged bag ends; empty for a whole one."""
        if not self.damage:
            return []
        reached, said = ((time - self.start) / 1e9 for time in (self._reached, self._said_end()))
        of = f' of {said:.1f} s' if said - reached > _NEAR else ''
        return [f'the bag ends at {reached:.1f} s{of}: {self.damage}']

    def _said_end(self) -> int:
        return self.start + self.duration

    def close(self) -> None:
        """Close the files."""
        self._storage.close()


def one_line(error: Exception) -> str:
    """Say what a reader stumbled over, in one line: some of them write many."""
    return ' '.join(str(error).split()) or type(error).__name__


def _opened(path: str) -> Storage:
    try:
        return open_storage(Path(path))
    # Whatever a reader stumbles over in a file that is no bag, the user needs one line.
    except Exception as error:
        raise ConfigError(f'bag "{path}" cannot be read as rosbag2: {one_line(error)}') from error
