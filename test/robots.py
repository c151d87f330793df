"""A robot under test: its camera is the test, its head a real process.

robot = Robot(processes, ros_node, bundle)
robot.see('green', exit=0)
result = robot.wait_for_results(1)[0]
"""

import time
from array import array
from pathlib import Path

import cv2
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header
from support import DEFAULT_TIMEOUT, collect, wait_until
from tiny_bundle import THRESHOLD, camera_image

from edge_exit.nodes import qos
from edge_exit_interfaces.msg import Inference

HEAD = '/robot/head'
# Larger best-effort images get lost between processes unless the shipped Fast DDS profile is used.
HEIGHT, WIDTH = 48, 64
# Seconds after which an image without a result is shown again.
SHOWN_AGAIN = 4.0


class Robot:
    """One head process, the images it is shown, and what it says.

    :param params: the head's parameters, over a small bundle's that suit the tests.
    :ivar results: Inference messages so far.
    """

    def __init__(self, processes, node, bundle: Path, *, name='head', **params):
        self.node = node
        self.name = f'/robot/{name}'
        values = {
            'bundle': str(bundle),
            'split': 2,
            'exit_threshold': THRESHOLD,
            'tails': ['/edge/tail'],
        }
        self.process = processes.node('head', name=name, namespace='/robot', params=values | params)
        compressed = params.get('image_transport') == 'compressed'
        self._kind = CompressedImage if compressed else Image
        topic = '/robot/image/compressed' if compressed else '/robot/image'
        self.camera = node.create_publisher(self._kind, topic, qos_profile_sensor_data)
        self.results = collect(node, Inference, '/robot/inference', qos.RESULTS)
        self.reports = collect(node, DiagnosticArray, '/diagnostics')
        self.shown = 0

    def wait_until_ready(self) -> 'Robot':
        """Wait until images reach the head and results come back."""
        self.process.wait_for_line('ready')
        self.process.wait_until(
            lambda: (
                self.camera.get_subscription_count()
                and self.node.count_publishers('/robot/inference')
            )
        )
        # Matched on this side is not yet matched on the other: the first result proves it.
        self.process.wait_until(self._gets_through)
        self.results.clear()
        return self

    def header(self) -> Header:
        """Give the header of the next image; each has a stamp of its own."""
        self.shown += 1
        header = Header(frame_id=f'camera {self.shown}')
        header.stamp.sec, header.stamp.nanosec = 1_700_000_000 + self.shown, 123_456_789
        return header

    def see(self, color='green', exit=0) -> Header:
        """Show the head an image that leaves at this exit; give its header."""
        image = camera_image(color, exit, height=HEIGHT, width=WIDTH)
        if self._kind is CompressedImage:
            data = cv2.imencode('.png', image)[1].tobytes()
            message = CompressedImage(header=self.header(), format='png', data=data)
        else:
            message = raw_image(image, self.header())
        self.camera.publish(message)
        return message.header

    def wait_for_results(self, count: int, timeout: float = 10.0) -> list[Inference]:
        """Wait until there are that many results."""
        self.process.wait_until(lambda: len(self.results) >= count, timeout)
        return self.results

    def ask(self, color='green', exit=0, timeout=DEFAULT_TIMEOUT) -> Inference:
        """Show an image and give its result.

        One that was lost on its way, or too old when a busy robot came to it, is shown again.
        """
        self.results.clear()
        headers, start = [], time.monotonic()

        def answer() -> Inference | None:
            if time.monotonic() - start >= SHOWN_AGAIN * len(headers):
                headers.append(self.see(color, exit))
            return next((r for r in list(self.results) if r.header in headers), None)

        return self.process.wait_until(answer, timeout)

    def offload(self, color='green', exit=0) -> Inference:
        """Show an image until a tail answers: on a busy machine some answers are late."""
        answers = []

        def answered() -> bool:
            answers.append(self.ask(color, exit))
            return answers[-1].outcome == Inference.OFFLOADED

        wait_until(answered)
        return answers[-1]

    def report(self) -> dict[str, str]:
        """Give the values of the head's newest diagnostics that is younger than this call."""
        self.reports.clear()
        return self.process.wait_until(self._own_report)

    def wait_for_report(self, **expected: object) -> dict[str, str]:
        """Wait until the diagnostics hold these values; spaces in names are written as _."""
        return self.process.wait_until(lambda: self.report_with(**expected))

    def report_with(self, **expected: object) -> dict[str, str]:
        """Give the newest diagnostics if they hold these values, else nothing."""
        wanted = {name: str(value) for name, value in expected.items()}
        values = self._own_report() or {}
        plain = {name.replace(' ', '_'): value for name, value in values.items()}
        return values if wanted.items() <= plain.items() else {}

    def _own_report(self) -> dict[str, str] | None:
        for array_ in reversed(list(self.reports)):
            for status in array_.status:
                if status.name == self.name:
                    found = {value.key: value.value for value in status.values}
                    return found | {'message': status.message}
        return None

    def _gets_through(self) -> bool:
        self.see()
        try:
            wait_until(lambda: self.results, timeout=0.3)
        except AssertionError:
            return False
        return True


def raw_image(image, header) -> Image:
    """Write a BGR image as a message."""
    data = array('B')
    data.frombytes(image.tobytes())
    height, width = image.shape[:2]
    return Image(
        header=header, height=height, width=width, encoding='bgr8', step=3 * width, data=data
    )


def assert_balanced(report: dict[str, str]) -> None:
    """Check that the head's books in its diagnostics balance."""
    c = {name: int(report[name]) for name in BOOKS}
    assert c['received'] == c['taken'] + c['dropped'] + c['waiting'], c
    assert c['taken'] == c['exited'] + c['offloaded'] + c['fallback'] + c['in_flight'], c


BOOKS = (
    'received',
    'taken',
    'dropped',
    'waiting',
    'exited',
    'offloaded',
    'fallback',
    'in_flight',
)
