"""Messages reach their work at once, in a thread that nothing but closing ends."""

import threading

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from support import wait_until

from edge_exit.nodes import qos
from edge_exit.nodes.intake import Intake
from edge_exit_interfaces.msg import LinkProbe

TOPIC = '/somewhere/messages'


class Taken:
    """What an intake handed over; its work may be held up, and stumbles over sequence 13."""

    def __init__(self, node):
        self.sequences: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.rests: list[int] = []
        self.intake = Intake(
            node, LinkProbe, TOPIC, self._take, qos.FEATURES_INBOX, rest=self._rest
        )
        self.publisher = node.create_publisher(LinkProbe, TOPIC, qos.FEATURES)
        self.intake.start()
        wait_until(self.publisher.get_subscription_count)

    def send(self, *sequences: int) -> None:
        for sequence in sequences:
            self.publisher.publish(LinkProbe(sequence=sequence))

    def _take(self, message, info):
        assert info['received_timestamp'] > 0
        self.sequences.append(message.sequence)
        if message.sequence == 13:
            raise ValueError('thirteen')

    def _rest(self):
        self.rests.append(len(self.sequences))
        self.go_on.wait(5)


@pytest.fixture
def taken(ros_node):
    made = Taken(ros_node)
    yield made
    made.go_on.set()
    if ros_node.count_subscribers(TOPIC):
        made.intake.close()


def test_what_comes_during_the_work_is_taken_after_it(taken):
    taken.go_on.clear()
    taken.send(1)
    wait_until(lambda: taken.rests == [1])
    taken.send(*range(2, 102))
    taken.go_on.set()
    wait_until(lambda: taken.sequences == list(range(1, 102)))


def test_error_over_one_message_does_not_stop_the_others(taken):
    taken.send(13)
    wait_until(lambda: taken.sequences == [13])
    taken.send(14)
    wait_until(lambda: taken.sequences == [13, 14])


def test_closing_ends_the_subscription(taken, ros_node):
    assert ros_node.count_subscribers(TOPIC) == 1
    taken.intake.close()
    wait_until(lambda: ros_node.count_subscribers(TOPIC) == 0)
