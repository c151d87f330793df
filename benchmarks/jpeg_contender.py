"""What many do without this package: the camera as JPEG to the server, which runs the network.

    python benchmarks/jpeg_contender.py robot|server --bundle objects20

Both ends use the default quality of service of ROS 2: reliable, the last ten messages. The robot's
end is called /robot/head and says of each frame what a head says, so that it is judged alike; it
has no deadline and answers nothing itself.
"""

import argparse
import sys
import time
from array import array

import cv2
from rclpy.node import Node
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CompressedImage, Image

from edge_exit import bundle as bundles
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.preprocess import picture_from
from edge_exit.nodes import qos
from edge_exit.nodes.images import image_array
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.run import run
from edge_exit.nodes.settling import settle
from edge_exit_interfaces.msg import Inference

SENT, ANSWERS = '/server/image/compressed', '/server/answer'
QUALITY = 80
DEPTH = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('end', choices=('robot', 'server'))
    parser.add_argument('--bundle', default='objects20')
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.end == 'robot':
        return run(Robot, args=['--ros-args', '-r', '__ns:=/robot'])
    return run(lambda: Server(arguments.bundle), args=[])


class Robot(Node):
    """Sends each camera image as JPEG, and publishes what the server answers."""

    def __init__(self) -> None:
        super().__init__('head')
        self._sent: dict[int, tuple[int, float, float, int]] = {}
        self._count = 0
        self._jpeg = self.create_publisher(CompressedImage, SENT, DEPTH)
        self._results = self.create_publisher(Inference, 'inference', qos.RESULTS)
        self._intakes = [
            Intake(self, Image, 'image', self._send, qos.IMAGES),
            Intake(self, Inference, ANSWERS, self._answered, qos.RESULTS),
        ]
        serialize_message(CompressedImage())
        serialize_message(Inference())
        for intake in self._intakes:
            intake.start()
        settle()
        self.get_logger().info('ready')

    def destroy_node(self) -> None:
        """Take no more messages."""
        for intake in self._intakes:
            intake.close()
        super().destroy_node()

    def _send(self, image: Image, _info: dict) -> None:
        arrived = time.monotonic()
        quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        jpeg = cv2.imencode('.jpg', image_array(image), quality)[1]
        data = array('B')
        data.frombytes(jpeg.data)
        message = serialize_message(
            CompressedImage(header=image.header, format='bgr8; jpeg compressed bgr8', data=data)
        )
        self._count += 1
        now = time.monotonic()
        self._sent[_key(image.header)] = (self._count, arrived, now, len(message))
        self._jpeg.publish(message)

    def _answered(self, answer: Inference, _info: dict) -> None:
        sent = self._sent.pop(_key(answer.header), None)
        if sent is None:
            return
        number, arrived, left, length = sent
        now = time.monotonic()
        answer.head = self.get_fully_qualified_name()
        answer.session, answer.sequence = 1, number
        answer.head_ms = 1e3 * (left - arrived)
        answer.total_ms = 1e3 * (now - arrived)
        answer.link_ms = 1e3 * (now - left) - answer.tail_ms
        answer.bytes = length
        self._results.publish(answer)


class Server(Node):
    """Runs the whole network on what comes."""

    def __init__(self, bundle: str) -> None:
        super().__init__('server')
        self._bundle = bundles.load(bundle)
        self._session = HeadSession(self._bundle, SegmentedNetwork(self._bundle))
        self._output = self.create_publisher(Inference, ANSWERS, qos.RESULTS)
        self._intake = Intake(self, CompressedImage, SENT, self._answer, DEPTH)
        self._intake.start()
        settle()
        self.get_logger().info('ready')

    def destroy_node(self) -> None:
        """Take no more messages."""
        self._intake.close()
        super().destroy_node()

    def _answer(self, image: CompressedImage, _info: dict) -> None:
        start = time.monotonic()
        frame = self._session.begin(picture_from(image_array(image), self._bundle.preprocessing))
        self._session.advance(frame, exit_threshold=2.0, split=0, may_offload=False)
        posterior = frame.belief.posterior
        best = int(posterior.argmax())
        taken = 1e3 * (time.monotonic() - start)
        answer = Inference(
            header=image.header,
            class_id=best,
            label=self._bundle.classes[best],
            score=float(posterior[best]),
            margin=frame.belief.margin,
            outcome=int(Outcome.OFFLOADED),
            exit=frame.exit,
            split=0,
            finished_by=self.get_fully_qualified_name(),
            reason='last exit',
            tail_ms=taken,
            tail_compute_ms=taken,
        )
        self._output.publish(answer)


def _key(header) -> int:
    return header.stamp.sec * 10**9 + header.stamp.nanosec


if __name__ == '__main__':
    sys.exit(main())
