"""Shows a robot the images of a recording, each when it is due."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

from edge_exit.replay.world import World


class Images(Protocol):
    """The images of a camera, by time: when recorded (ns), stamp (ns), image."""

    topic: str
    compressed: bool
    notes: Sequence[str]

    def images(self) -> Iterable[tuple[int, int, np.ndarray]]: ...  # noqa: D102


class Feed:
    """Lets a robot see the images of a camera, each when it is due, also while it is busy.

    :ivar start: when the first image was recorded, ns; None if there is none.
    :ivar last: when the image that was read last is due, s.
    :ivar ended: whether there are no more.
    """

    def __init__(self, world: World, camera: Images, seen: Callable[[], None]) -> None:
        self.start: int | None = None
        self.last = 0.0
        self.ended = False
        self._world, self._seen = world, seen
        self._images, self._compressed = iter(camera.images()), camera.compressed
        self._error: Exception | None = None
        self._read()
        self.check()

    def check(self) -> None:
        """Raise what ended the images too early."""
        if self._error is not None:
            raise self._error

    def _read(self) -> None:
        try:
            time, stamp, image = next(self._images)
        except StopIteration:
            self.ended = True
        # A worker that computes meanwhile would take it for an error of its own.
        except Exception as error:
            self.ended, self._error = True, error
        else:
            self.start = time if self.start is None else self.start
            # Times of a recording may go back a little; those of a camera do not.
            self.last = max(self.last, (time - self.start) / 1e9)
            self._world.clock.at(self.last, lambda: self._show(image, stamp))

    def _show(self, image: np.ndarray, stamp: int) -> None:
        self._world.offer(image, stamp, self._compressed)
        self._seen()
        self._read()
