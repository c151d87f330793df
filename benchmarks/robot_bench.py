"""What benchmarks of running nodes share: processes in a ROS domain of their own, and a camera.

with Bench() as bench:
    bench.processes.node('head', params={...})
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from array import array
from contextlib import ExitStack
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / 'test')]
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'

from conftest import locked_domain
from support import Processes, wait_until

from edge_exit.nodes.run import use_fastdds_profile

HEIGHT, WIDTH = 480, 640


class Bench:
    """A node of the benchmark's own, spun by a thread, and processes that end with it."""

    def __enter__(self) -> 'Bench':
        import rclpy
        from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

        self._stack = ExitStack()
        os.environ['ROS_DOMAIN_ID'] = str(self._stack.enter_context(locked_domain()))
        use_fastdds_profile()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ['ROS_LOG_DIR'] = str(folder / 'ros_log')
        self.processes = Processes(folder, {'PYTHONUNBUFFERED': '1'})
        rclpy.init()
        self.node = rclpy.create_node('benchmark')
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)

        def spin() -> None:
            try:
                self._executor.spin()
            except ExternalShutdownException:
                pass

        self._thread = threading.Thread(target=spin, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        import rclpy

        self.processes.kill_all()
        self._executor.shutdown()
        self._thread.join(5)
        rclpy.try_shutdown()
        self._stack.close()


class Camera:
    """Shows a head images of noise and notes when results come back.

    :ivar shown: moment at which each image was published, by its number, s.
    :ivar results: (moment, Inference) of each result, by the number of its image.
    """

    def __init__(self, bench: Bench, topic: str = '/robot/image') -> None:
        from rclpy.qos import qos_profile_sensor_data
        from sensor_msgs.msg import Image

        from edge_exit.nodes import qos
        from edge_exit_interfaces.msg import Inference

        self.shown: dict[int, float] = {}
        self.results: dict[int, list] = {}
        self._publisher = bench.node.create_publisher(Image, topic, qos_profile_sensor_data)
        bench.node.create_subscription(Inference, '/robot/inference', self._note, qos.RESULTS)
        noise = np.random.default_rng(0).integers(0, 256, HEIGHT * WIDTH * 3, np.uint8)
        data = array('B')
        data.frombytes(noise.tobytes())
        self._image = Image(height=HEIGHT, width=WIDTH, encoding='bgr8', step=3 * WIDTH, data=data)
        self._number = 0

    def show(self) -> int:
        """Publish an image and give its number."""
        self._number += 1
        self._image.header.stamp.sec = self._number
        self.shown[self._number] = time.monotonic()
        self._publisher.publish(self._image)
        return self._number

    def show_for(self, seconds: float, rate: float) -> list[int]:
        """Publish images at a rate; give their numbers."""
        start = time.monotonic()
        numbers = []
        while (due := start + len(numbers) / rate) < start + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            numbers.append(self.show())
        return numbers

    def wait_until_seen(self) -> None:
        """Show images until results come back."""

        def seen() -> bool:
            number = self.show()
            time.sleep(0.1)
            return number in self.results

        wait_until(seen, timeout=30)

    def wait_for(self, numbers: list[int]) -> None:
        """Wait until the newest of these images has its result."""
        wait_until(lambda: numbers[-1] in self.results, timeout=10)

    def latency(self, number: int) -> float:
        """Give the time from publishing an image to its result, s."""
        return self.results[number][0][0] - self.shown[number]

    def _note(self, message) -> None:
        self.results.setdefault(message.header.stamp.sec, []).append((time.monotonic(), message))


def add_realtime_option(parser: argparse.ArgumentParser) -> None:
    """Let a benchmark run before everything else on a busy machine."""
    parser.add_argument(
        '--realtime', action='store_true', help='run before all others; for busy machines, as root'
    )


def become_realtime() -> None:
    """Run this process and its children before all others."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))


def resident_mb(pid: int) -> float:
    """Give the resident memory of a process, MB."""
    status = Path(f'/proc/{pid}/status').read_text()
    line = next(line for line in status.splitlines() if line.startswith('VmRSS'))
    return int(line.split()[1]) * 1024 / 1e6
