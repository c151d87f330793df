"""The results of a head: one Inference a frame, and a debug image for who wants to look."""

import threading
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from edge_exit.errors import ImageError
from edge_exit.inference.result import Result
from edge_exit.nodes import debug_image, qos
from edge_exit.nodes.conversions import inference_message
from edge_exit.nodes.images import image_array, image_message
from edge_exit_interfaces.msg import Inference


@dataclass(frozen=True, slots=True)
class Tag:
    """What goes through the engine with an image.

    :ivar header: that of the camera image, untouched.
    :ivar image: the message itself if somebody looks at the debug image.
    """

    header: Header
    image: Image | CompressedImage | None


class HeadResults:
    """Publishes results in the order they are given."""

    def __init__(self, node: Node, session: int, classes: tuple[str, ...]) -> None:
        self._node = node
        self._head = node.get_fully_qualified_name()
        self._session = session
        self._classes = classes
        self._publisher = node.create_publisher(Inference, 'inference', qos.RESULTS)
        self._debug = node.create_publisher(Image, '~/debug_image', qos.IMAGES)
        self._painter = _Painter(self._paint)
        serialize_message(Inference())  # the first of a type loads its support, 90 ms

    def tag(self, message: Image | CompressedImage) -> Tag:
        """Make what goes through the engine with an image."""
        watched = self._debug.get_subscription_count() > 0
        return Tag(message.header, message if watched else None)

    def publish(self, result: Result) -> None:
        """Publish the one result of a frame."""
        message = inference_message(
            result,
            header=result.tag.header,
            head=self._head,
            session=self._session,
            classes=self._classes,
        )
        self._publisher.publish(message)
        if result.tag.image is not None:
            self._painter.offer((result.tag.image, message))

    def same_names(self) -> int:
        """Count the heads on this network that have this head's name, itself included."""
        return self._node.count_publishers(self._debug.topic_name)

    def close(self) -> None:
        """Give all back."""
        self._painter.close()
        self._node.destroy_publisher(self._debug)
        self._node.destroy_publisher(self._publisher)

    def _paint(self, job: tuple[Image | CompressedImage, Inference]) -> None:
        message, result = job
        try:
            drawn = debug_image.draw(image_array(message), result)
        except ImageError:
            return  # a result of a frame that was stopped before its image was opened
        self._debug.publish(image_message(drawn, message.header))


class _Painter:
    """Draws the newest debug image in a thread of its own, so that no result waits for it."""

    def __init__(self, paint) -> None:
        self._paint = paint
        self._news = threading.Condition()
        self._job: Any = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name='debug image', daemon=True)
        self._thread.start()

    def offer(self, job: Any) -> None:
        with self._news:
            self._job = job
            self._news.notify()

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._job is not None or self._closed)
                if self._closed:
                    return
                job, self._job = self._job, None
            self._paint(job)
