"""Plays a rosbag2 recording without a ROS installation: the camera of tests and of the demo.

Topics keep their recorded names (remap them as usual) and are published with sensor-data QoS.
"""

import os
import signal
import sys
import threading
import time

from rclpy.node import Node
from rclpy.publisher import Publisher
from rosgraph_msgs.msg import Clock

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.bag import Bag, Recorded
from edge_exit.evaluation.bags.stamps import read_stamp, with_stamp
from edge_exit.evaluation.playback import PlaybackClock
from edge_exit.nodes.message_types import has_header, message_type
from edge_exit.nodes.parameters import Parameters
from edge_exit.nodes.qos import IMAGES
from edge_exit.nodes.run import run_job
from edge_exit.nodes.timers import steady_timer
from edge_exit.parameters.table import Parameter

CLOCK_PERIOD = 0.02
# What was published last still has to leave the process.
LAST_WAIT = 0.2
LOOK_PERIOD = 0.1
SETTLE_TIME = 0.5

PARAMETERS = (
    Parameter('bag', '', 'rosbag2 folder, or one .mcap or .db3 file of it', read_only=True),
    Parameter('topics', [''], 'topics that are played; [""]: all', read_only=True),
    Parameter('loop', False, 'start again at the end; else the player ends there'),
    Parameter('rate', 1.0, 'speed, 1 = as recorded', low=0.01, high=100.0),
    Parameter('paused', False, 'stand still; also at the start'),
    Parameter(
        'wait_for',
        [''],
        'fully qualified names of nodes that must listen before it starts; [""]: none',
        read_only=True,
    ),
    Parameter(
        'restamp',
        True,
        'shift the stamps in headers to now, those of all topics alike',
        read_only=True,
    ),
    Parameter(
        'clock',
        False,
        'publish the time of the recording on /clock for use_sim_time; needs restamp false',
        read_only=True,
    ),
)


class BagPlayer(Node):
    """Plays one bag; ends the process at its end."""

    def __init__(self) -> None:
        super().__init__('bag_player')
        self.failed = False
        self._ended = False
        self._wake = threading.Condition()
        self._bag: Bag | None = None
        self._thread = threading.Thread(target=self._play, name='bag player', daemon=True)
        self._live = Parameters(self, PARAMETERS, check=_check, changed=self._change)
        self._bag = Bag(self._live['bag'])
        self._outputs = self._make_outputs()
        self._awaited = {name for name in self._live['wait_for'] if name}
        self._place = PlaybackClock(0.0, time.monotonic(), paused=True)
        self._first_stamp: int | None = None
        if self._live['clock']:
            self._clock_output = self.create_publisher(Clock, '/clock', 10)
            steady_timer(self, CLOCK_PERIOD, self._publish_clock)
        topics = ', '.join(sorted(self._outputs))
        self.get_logger().info(f'{self._bag.path}: {self._bag.duration / 1e9:.1f} s, {topics}')
        self._thread.start()

    def destroy_node(self) -> None:
        """End the thread, then the node; also of a player that could not start."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()
        if self._bag:
            self._bag.close()
        super().destroy_node()

    def _make_outputs(self) -> dict[str, tuple[Publisher, bool]]:
        outputs = {}
        wanted = {topic for topic in self._live['topics'] if topic}
        for topic, name in self._bag.types.items():
            if wanted and topic not in wanted:
                continue
            message_class = message_type(name)
            if message_class is None:
                self.get_logger().warning(
                    f'topic {topic} is not played: its type {name} is not installed here'
                )
                continue
            publisher = self.create_publisher(message_class, topic, IMAGES)
            outputs[topic] = publisher, self._live['restamp'] and has_header(message_class)
        if not outputs:
            raise ConfigError(
                f'bag "{self._bag.path}" has no topic to play whose type is installed here: '
                f'{", ".join(f"{t} ({n})" for t, n in sorted(self._bag.types.items()))}'
            )
        return outputs

    def _change(self, values: dict) -> None:
        with self._wake:
            paused = values['paused'] or bool(self._awaited)
            self._place.change(time.monotonic(), rate=values['rate'], paused=paused)
            self._wake.notify()

    def _play(self) -> None:
        try:
            self._wait_for_listeners()
            while self._play_once() and self._live['loop']:
                pass
            time.sleep(0 if self._ended else LAST_WAIT)
            self._report_damage()
        except Exception as error:
            self.get_logger().fatal(f'bag "{self._bag.path}" breaks off: {error}')
            self.failed = True
        if not self._ended:
            # As Ctrl-C would: `run` ends the process from its main thread.
            os.kill(os.getpid(), signal.SIGTERM)

    def _wait_for_listeners(self) -> None:
        if self._awaited:
            self.get_logger().info(f'waits for {", ".join(sorted(self._awaited))}')
            while self._missing() and not self._ended:
                time.sleep(LOOK_PERIOD)
            # Who listens to one topic may be about to listen to another.
            time.sleep(0 if self._ended else SETTLE_TIME)
            self._awaited.clear()
        self._change(self._live.values)

    def _missing(self) -> set[str]:
        return self._awaited - self._listeners()

    def _listeners(self) -> set[str]:
        return {
            f'{listener.node_namespace.rstrip("/")}/{listener.node_name}'
            for publisher, _ in self._outputs.values()
            for listener in self.get_subscriptions_info_by_topic(publisher.topic_name)
        }

    def _report_damage(self) -> None:
        for ending in self._bag.ending():
            self.get_logger().fatal(f'bag "{self._bag.path}": {ending}')
            self.failed = True

    def _play_once(self) -> bool:
        """Play to the end; False if the process ends before."""
        # ROS time less steady time; fixed for a round, so that equal stamps stay equal.
        epoch = self.get_clock().now().nanoseconds - time.monotonic_ns()
        for recorded in self._bag.messages(set(self._outputs)):
            if not self._wait_for((recorded.time - self._bag.start) / 1e9):
                return False
            publisher, restamp = self._outputs[recorded.topic]
            publisher.publish(self._stamped(recorded, epoch) if restamp else recorded.serialised)
        length = (self._bag.duration + self._bag.step) / 1e9
        if not (self._live['loop'] and self._wait_for(length)):
            return not self._ended
        with self._wake:
            self._place.position -= length
        return True

    def _stamped(self, recorded: Recorded, epoch: int) -> bytes:
        """Move a stamp to when it is due; the first one of the bag is when its message is."""
        stamp = read_stamp(recorded.serialised)
        if self._first_stamp is None:
            self._first_stamp = stamp - (recorded.time - self._bag.start)
        with self._wake:
            due = self._place.reached((stamp - self._first_stamp) / 1e9)
        return with_stamp(recorded.serialised, epoch + round(due * 1e9))

    def _wait_for(self, position: float) -> bool:
        """Wait until a place in the bag is due; False if the process ends before."""
        with self._wake:
            while not self._ended:
                wait = self._place.due(position) - time.monotonic()
                if wait <= 0:
                    return True
                self._wake.wait(min(wait, 1.0))
            return False

    def _publish_clock(self) -> None:
        with self._wake:
            position = self._place.at(time.monotonic())
        message = Clock()
        nanoseconds = self._bag.start + int(position * 1e9)
        message.clock.sec, message.clock.nanosec = divmod(nanoseconds, 10**9)
        self._clock_output.publish(message)


def _check(values: dict) -> None:
    if values['clock'] and values['restamp']:
        raise ValueError('clock is true: set restamp to false, or stamps and /clock disagree')


def main() -> int:
    """Play a bag; exit status 1 if it cannot be played to its end."""
    return run_job(BagPlayer)


if __name__ == '__main__':
    sys.exit(main())
