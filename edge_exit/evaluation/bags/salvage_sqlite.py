"""What is left of a sqlite3 bag that ends before its end, as after a copy that broke off."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing

from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag2,
    MessageDefinition,
    MessageDefinitionFormat,
)
from rosbags.rosbag2 import ReaderError
from rosbags.rosbag2.storage_sqlite3 import Sqlite3Reader

from edge_exit.evaluation.bags.sqlite_pages import whole_rows

FORMATS = {'ros2msg': MessageDefinitionFormat.MSG, 'ros2idl': MessageDefinitionFormat.IDL}


class SalvagingSqlite(Sqlite3Reader):
    """A sqlite3 file; a truncated one, too.

    :ivar damage: where it is damaged; '' if it is not.
    """

    damage = ''

    def open(self) -> None:
        """Open the file, or find the messages that are left in it.

        :raises ReaderError: if it is no sqlite3 file.
        """
        try:
            super().open()
        except ReaderError as error:
            try:
                self._open_damaged(error)
            except (OSError, ValueError):  # it never was one
                raise error from None

    def close(self) -> None:
        """Close the file."""
        if self.dbconn:
            super().close()

    def messages(
        self,
        connections: Collection[Connection],
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[tuple[Connection, int, bytes]]:
        """Give messages by time of recording; of a damaged file as they were written."""
        if not self.damage:
            yield from super().messages(connections, start, stop)
            return
        wanted = {connection.id: connection for connection in connections}
        for topic, time, data in whole_rows(self.path):
            after, before = start is None or time >= start, stop is None or time < stop
            if topic in wanted and after and before:
                yield wanted[topic], time, data

    def _open_damaged(self, error: ReaderError) -> None:
        self.damage = f'{self.path.name} is damaged ({error})'
        try:
            connections = {connection.id: connection for connection in self._topics()}
        except sqlite3.Error:
            connections = {}
        first, last, messages = 2**63 - 1, 0, 0
        for topic, time, _ in whole_rows(self.path):
            if topic in connections:
                first, last, messages = min(first, time), max(last, time), messages + 1
                found = connections[topic]
                connections[topic] = found._replace(msgcount=found.msgcount + 1)
        self.connections = list(connections.values())
        if not messages:
            return
        self.metadata = self.metadata._replace(
            duration=last - first + 1, start_time=first, end_time=last + 1, message_count=messages
        )

    def _topics(self) -> Iterator[Connection]:
        """Read the tables at the start of the file, which sqlite reads only if told not to care."""
        with closing(sqlite3.connect(f'file:{self.path}?immutable=1', uri=True)) as database:
            database.execute('PRAGMA writable_schema=ON')
            topics = list(database.execute('SELECT id, name, type FROM topics'))
            try:
                query = 'SELECT topic_type, encoding, encoded_message_definition'
                rows = list(database.execute(f'{query} FROM message_definitions'))
            except sqlite3.Error:  # of a time when bags had none
                rows = []
        texts = {name: MessageDefinition(FORMATS[kind], text) for name, kind, text in rows}
        nothing = MessageDefinition(MessageDefinitionFormat.NONE, '')
        for number, topic, name in topics:
            text = texts.get(name, nothing)
            yield Connection(
                number, topic, name, text, '', 0, ConnectionExtRosbag2('cdr', []), self
            )
