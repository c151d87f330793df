"""The camera of a head: subscribes to raw or compressed images and opens them as pictures."""

import threading
from collections import Counter

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from edge_exit.bundle import Preprocessing
from edge_exit.errors import ImageError
from edge_exit.inference.preprocess import picture_from
from edge_exit.nodes import qos
from edge_exit.nodes.images import image_array
from edge_exit.nodes.intake import Intake

TOPICS = {'raw': (Image, 'image'), 'compressed': (CompressedImage, 'image/compressed')}


class HeadImages:
    """Hands images on as they arrive, and counts those that are none by what is wrong with them.

    :param receive: called with each image message, in a thread of its own; must return at once.
    :ivar rejected: images refused so far, by kind.
    """

    def __init__(self, node: Node, preprocessing: Preprocessing, receive) -> None:
        self.rejected: Counter[str] = Counter()
        self._node = node
        self._preprocessing = preprocessing
        self._receive = receive
        self._intake: Intake | None = None
        self._transport: str | None = None
        self._lock = threading.Lock()

    def listen(self, transport: str) -> None:
        """Subscribe; to the other topic if the transport has changed."""
        if transport == self._transport:
            return
        self.close()
        message_type, topic = TOPICS[transport]
        self._intake = Intake(
            self._node, message_type, topic, lambda image, _: self._receive(image), qos.IMAGES
        )
        self._intake.start()
        self._transport = transport

    def close(self) -> None:
        """Subscribe to nothing."""
        if self._intake is not None:
            self._intake.close()
        self._intake = self._transport = None

    def open_picture(self, message: Image | CompressedImage) -> np.ndarray:
        """Give the network's picture of an image.

        :raises ImageError: if it is none; the first of each kind is logged.
        """
        try:
            return picture_from(image_array(message), self._preprocessing)
        except ImageError as error:
            self._reject(getattr(error, 'kind', 'no picture'), error)
            raise

    def _reject(self, kind: str, error: ImageError) -> None:
        with self._lock:
            self.rejected[kind] += 1
            first = self.rejected[kind] == 1
        if first:
            self._node.get_logger().warning(
                f'image refused: {error} (more of this kind are only counted)'
            )
