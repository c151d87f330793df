"""The head node with a stopwatch: python benchmarks/measured_head.py FILE --ros-args ...

Writes for each frame that left at an exit, in order: [callback to published result, network's own
run time], ms. Only for frames that do not overlap.
"""

import json
import sys
import time
from pathlib import Path

from edge_exit.inference.network import SegmentedNetwork
from edge_exit.nodes import head
from edge_exit.nodes.head_parts import HeadParts
from edge_exit.nodes.head_results import HeadResults


class Stopwatch:
    """Times the way of one frame after the other through the node."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, float]] = []
        self._began = 0.0
        self._own = 0.0

    def install(self) -> None:
        """Put the stopwatch around the node's first and last step and the network."""
        receive, run, publish = HeadParts._receive, SegmentedNetwork.run, HeadResults.publish

        def timed_receive(parts, message) -> None:
            self._began, self._own = time.perf_counter(), 0.0
            receive(parts, message)

        def timed_run(network, index, inputs, beliefs):
            start = time.perf_counter()
            result = run(network, index, inputs, beliefs)
            self._own += time.perf_counter() - start
            return result

        def timed_publish(results, result) -> None:
            publish(results, result)
            self.frames.append((1e3 * (time.perf_counter() - self._began), 1e3 * self._own))

        HeadParts._receive = timed_receive
        SegmentedNetwork.run = timed_run
        HeadResults.publish = timed_publish


if __name__ == '__main__':
    stopwatch = Stopwatch()
    stopwatch.install()
    file = Path(sys.argv.pop(1))
    status = head.main()
    file.write_text(json.dumps(stopwatch.frames))
    sys.exit(status)
