"""The head's engine: two threads around the flights and the network. No ROS.

A worker thread takes the newest image and runs its segments; a watch thread sleeps until the
earliest deadline; answers come from whatever thread receives them. Whoever ends a frame releases
its result, and those that waited behind it, in frame order.
"""

import threading
import time
from typing import Any

from edge_exit.bundle import Bundle
from edge_exit.inference.flights import Flights, Limits
from edge_exit.inference.frame import Mail
from edge_exit.inference.head_worker import HeadWorker, Outlet
from edge_exit.inference.ledger import Counts, Verdict
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.privacy import Privacy
from edge_exit.inference.result import Answer
from edge_exit.inference.split_codec import Chunking
from edge_exit.policy.operating_point import OperatingPoint


class HeadEngine:
    """Gives each taken frame exactly one result, in frame order, by its deadline.

    :param network: the segments that this robot holds, from the first on.
    :param point: operating point until another one is set; as it is, clamp it first.
    """

    def __init__(
        self,
        bundle: Bundle,
        network: SegmentedNetwork,
        outlet: Outlet,
        limits: Limits,
        point: OperatingPoint,
    ) -> None:
        self._flights = Flights(limits, outlet.publish)
        self._worker = HeadWorker(bundle, network, self._flights, outlet, point)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Let images in."""
        self._flights.open()
        self._threads = [
            threading.Thread(target=self._worker.work, name='head worker', daemon=True),
            threading.Thread(target=self._flights.watch, name='head deadlines', daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let no more images in and give every frame under way the result that is known now."""
        self._flights.close()
        for thread in self._threads:
            thread.join()
        self._threads = []
        self._flights.end_all('stopped')

    def offer(self, image: Any, tag: Any) -> None:
        """Put an image into the mailbox; one that still lies there is dropped.

        :param tag: goes out with the result, untouched.
        """
        self._flights.offer(Mail(image, tag, time.monotonic()))

    def answer(self, answer: Answer) -> Verdict:
        """Let a tail's answer end its frame if it is in time; count it in any case."""
        return self._flights.answer(answer)

    def disown(self) -> None:
        """Count an answer that belongs to another session."""
        self._flights.disown()

    def set_point(self, point: OperatingPoint) -> None:
        """Change the operating point; it holds from the next frame on."""
        self._worker.point = point

    def set_exit_rule(self, name: str) -> None:
        """Change the rule that tells how sure a frame is; it holds from the next frame on."""
        self._worker.exit_rule = name

    def set_privacy(self, privacy: Privacy) -> None:
        """Change what may leave; it holds from now on, for frames under way, too."""
        self._worker.privacy = privacy

    def set_chunking(self, how: Chunking | None) -> None:
        """Change how codes are sent in chunks, None for whole; it holds from the next frame on."""
        self._worker.chunking = how

    def set_limits(self, limits: Limits) -> None:
        """Change deadline and frames in flight; they hold from the next frame on."""
        self._flights.limits = limits

    def counts(self) -> Counts:
        """Read all books at once."""
        return self._flights.counts()
