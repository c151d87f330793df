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

TOPICS = {'raw': (Image, 'image'), 'compressed': (CompressedImage, 'image/compressed')}


class HeadImages:
    """Hands images on as they arrive, and counts those that are none by what is wrong with them.

    :param receive: called with each image message; must return at once.
    :ivar rejected: images refused so far, by kind.
    """

    def __init__(self, node: Node, preprocessing: Preprocessing, receive) -> None:
        self.rejected: Counter[str] = Counter()
        self._node = node
        self._preprocessing = preprocessing
        self._receive = receive
        self._subscription = None
        self._transport = None
        self._lock = threading.Lock()

    def listen(self, transport: str) -> None:
        """Subscribe; to the other topic if the transport has changed."""
        if transport == self._transport:
            return
        self.close()
        message_type, topic = TOPICS[transport]
        self._subscription = self._node.create_subscription(
            message_type, topic, self._receive, qos.IMAGES
        )
        self._transport = transport

    def close(self) -> None:
        """Subscribe to nothing."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
        self._subscription = self._transport = None

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
