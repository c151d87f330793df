"""The images of a recording: streamed, so that a bag may be larger than memory."""

from collections import Counter
from collections.abc import Collection, Iterator

import cv2
import numpy as np

from edge_exit.errors import ConfigError, ImageError
from edge_exit.evaluation.bags.bag import Bag, Recorded
from edge_exit.evaluation.bags.stamps import image_stamp
from edge_exit.inference.images import compressed_image, raw_image

COMPRESSED = 'sensor_msgs/msg/CompressedImage'
OPENED_BY = {'sensor_msgs/msg/Image': raw_image, COMPRESSED: compressed_image}


class Camera:
    """The images of one topic of a bag; every iteration reads the bag anew.

    :ivar compressed: whether the images are compressed, which takes a robot time to open.
    :ivar frames: images that the topic is said to have.
    :ivar start: when the first one was recorded, ns.
    :ivar rejected: images of the last iteration that are none, by what is wrong with them.
    :ivar notes: what is to be known of the last iteration: where a damaged bag ends, bad images.
    """

    def __init__(self, bag: str, topic: str, compressed: bool, frames: int, start: int) -> None:
        self.bag, self.topic, self.compressed = bag, topic, compressed
        self.frames, self.start = frames, start
        self.rejected: Counter[str] = Counter()
        self.notes: list[str] = []

    def images(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Give time of recording (ns), stamp (ns) and pixels of each good image.

        :returns: pixels as a robot gets them, uint8 (H, W, 3) in BGR order or (H, W) grey.
        """
        self.rejected, self.notes = Counter(), []
        known: set[int] = set()
        again = 0
        with Bag(self.bag) as bag:
            for recorded in bag.messages({self.topic}):
                try:
                    image = _opened(bag, recorded)
                except (ImageError, ConfigError) as error:
                    self.rejected[getattr(error, 'kind', 'not readable')] += 1
                    continue
                stamp = _stamp(recorded)
                again += stamp in known
                known.add(stamp)
                yield recorded.time, stamp, image
            self.notes += bag.ending()
        self.notes += [f'bad images left out ({kind}): {n}' for kind, n in self.rejected.items()]
        if again:
            self.notes.append(f'images judged as another one of the same stamp: {again}')

    def stamps(self) -> Iterator[tuple[int, int]]:
        """Give time of recording and stamp of each image, ns, without opening it."""
        with Bag(self.bag) as bag:
            for recorded in bag.messages({self.topic}):
                yield recorded.time, _stamp(recorded)

    def pictures(self, stamps: Collection[int]) -> dict[int, np.ndarray]:
        """Give the images with some stamps, uint8 (H, W, 3) in BGR order; those that there are."""
        wanted, found = set(stamps), {}
        with Bag(self.bag) as bag:
            for recorded in bag.messages({self.topic}) if wanted else ():
                stamp = _stamp(recorded)
                if stamp in wanted - found.keys():
                    try:
                        found[stamp] = _in_colour(_opened(bag, recorded))
                    except (ImageError, ConfigError):
                        wanted.discard(stamp)
                    if len(found) == len(wanted):
                        break
        return found


def open_camera(bag: str, topic: str | None = None) -> Camera:
    """Find the images of a bag.

    :param topic: None for the only image topic that the bag has.
    :raises ConfigError: if there is no such bag or topic; names the image topics that there are.
    """
    with Bag(bag) as opened:
        topics = [name for name in opened.of_type(*OPENED_BY) if opened.counts[name]]
        chosen = _chosen(topics, topic, bag)
        first = next(opened.messages({chosen}), None)
        if first is None:
            raise ConfigError(f'bag "{bag}": no image of {chosen} can be read: {opened.damage}')
        compressed = chosen in opened.of_type(COMPRESSED)
        return Camera(bag, chosen, compressed, opened.counts[chosen], first.time)


def _chosen(topics: list[str], topic: str | None, bag: str) -> str:
    there = f'image topics: {", ".join(topics)}' if topics else 'it has no images'
    if topic is None:
        if len(topics) == 1:
            return topics[0]
        raise ConfigError(f'bag "{bag}": which topic is the camera? ({there})')
    if topic not in topics:
        raise ConfigError(f'bag "{bag}" has no images on the topic "{topic}" ({there})')
    return topic


def _stamp(recorded: Recorded) -> int:
    return image_stamp(recorded.serialised, recorded.time)


def _opened(bag: Bag, recorded: Recorded) -> np.ndarray:
    return OPENED_BY[recorded.type](bag.read(recorded))


def _in_colour(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
