"""Records topics to a rosbag2 bag (mcap) without a ROS installation, whole messages only.

A topic is recorded from when its first publisher is there: its type and its reliability are asked
of that. Ctrl-C ends the bag as it should end; after anything worse all can be read but what was not
yet written to the disk, a megabyte at most.
"""

import os
import signal
import sys
import time
from pathlib import Path

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosbags.rosbag2 import StoragePlugin, Writer, WriterError

from edge_exit.errors import ConfigError
from edge_exit.nodes.definitions import define, empty_store
from edge_exit.nodes.message_types import message_type
from edge_exit.nodes.parameters import Parameters
from edge_exit.nodes.run import run_job
from edge_exit.nodes.timers import steady_timer
from edge_exit.parameters.table import Parameter

LOOK_PERIOD = 0.1
# Messages that wait while others are written.
DEPTH = 500

PARAMETERS = (
    Parameter('bag', '', 'folder to record to; it must not exist yet', read_only=True),
    Parameter('topics', [''], 'names of the topics to record; [""]: all', read_only=True),
)


class BagRecorder(Node):
    """Records to one bag until it ends."""

    def __init__(self) -> None:
        super().__init__('bag_recorder')
        self.failed = False
        self._live = Parameters(self, PARAMETERS)
        self._writer = _opened(self._live.values)
        self._store = empty_store()
        self._messages = 0
        # Topics that are recorded, and those that cannot be.
        self._known: set[str] = set()
        wanted = self._live['topics']
        self._wanted = {self.resolve_topic_name(topic) for topic in wanted if topic}
        steady_timer(self, LOOK_PERIOD, self._look)
        self._look()

    def destroy_node(self) -> None:
        """End the bag, then the node; also of a recorder that could not start."""
        writer = getattr(self, '_writer', None)
        if writer is not None and not self.failed:
            writer.close()
            self.get_logger().info(f'{writer.path}: {self._messages} messages')
        super().destroy_node()

    def _look(self) -> None:
        """Record the topics that have a publisher by now."""
        for topic, names in self.get_topic_names_and_types():
            if topic in self._known or (self._wanted and topic not in self._wanted):
                continue
            publishers = self.get_publishers_info_by_topic(topic)
            if publishers:
                self._known.add(topic)
                try:
                    self._record(topic, names[0], publishers)
                except ConfigError as error:
                    self.get_logger().warning(f'topic {topic} is not recorded: {error}')

    def _record(self, topic: str, name: str, publishers: list) -> None:
        define(self._store, name)
        connection = self._writer.add_connection(topic, name, typestore=self._store)
        offered = {publisher.qos_profile.reliability for publisher in publishers}
        profile = QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT)
        if offered == {ReliabilityPolicy.RELIABLE}:
            profile.reliability = ReliabilityPolicy.RELIABLE

        def write(serialised: bytes) -> None:
            self._write(connection, serialised)

        self.create_subscription(message_type(name), topic, write, profile, raw=True)
        self.get_logger().info(f'records {topic}')

    def _write(self, connection: object, serialised: bytes) -> None:
        if self.failed:
            return
        try:
            self._writer.write(connection, time.time_ns(), serialised)
            self._messages += 1
        except OSError as error:
            self.failed = True
            self.get_logger().fatal(
                f'{self._writer.path} cannot be written on: {error}; '
                f'its first {self._messages} messages can be read'
            )
            os.kill(os.getpid(), signal.SIGTERM)


def _opened(values: dict) -> Writer:
    path = values['bag']
    if not path:
        raise ConfigError('bag is "": set it to the folder to record to')
    try:
        writer = Writer(Path(path), version=9, storage_plugin=StoragePlugin.MCAP)
        writer.open()
    except (OSError, WriterError) as error:
        raise ConfigError(f'cannot record to bag "{path}": {error}') from error
    return writer


def main() -> int:
    """Record a bag; exit status 1 if it could not be written to its end."""
    return run_job(BagRecorder)


if __name__ == '__main__':
    sys.exit(main())
