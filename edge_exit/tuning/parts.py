"""A part of a recording, as a camera of its own."""

from collections.abc import Iterator

import numpy as np

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.camera import Camera

# Fewer images say nothing of either half.
FEWEST = 20


class Part:
    """The images of a camera from one time to another.

    :param begin, end: from the first image of the bag on, s; the end is left out.
    """

    def __init__(self, camera: Camera, begin: float, end: float) -> None:
        self.topic, self.compressed = camera.topic, camera.compressed
        self.notes: list[str] = []
        self._camera = camera
        self._from = camera.start + round(1e9 * begin)
        self._until = camera.start + round(1e9 * end)

    def images(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Give time of recording (ns), stamp (ns) and pixels of each image of the part."""
        for time, stamp, image in self._camera.images():
            if time >= self._until:
                return
            if time >= self._from:
                yield time, stamp, image


def halves(camera: Camera, longest: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Give begin and end of both halves of a bag, s, each `longest` seconds at most.

    :raises ConfigError: if there are too few images to learn from one half and check on the other.
    """
    times = [time for time, _ in camera.stamps()]
    if len(times) < 2 * FEWEST:
        raise ConfigError(
            f'bag "{camera.bag}" has {len(times)} images on {camera.topic}: '
            f'tuning needs {2 * FEWEST} or more'
        )
    middle = (times[len(times) // 2] - camera.start) / 1e9
    end = (times[-1] - camera.start) / 1e9 + 1e-3
    return (0.0, min(middle, longest)), (middle, min(end, middle + longest))
