"""A recording of labelled pictures as a robot's camera would see them, to be played to robots."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from robot_bench import HEIGHT, WIDTH
from rosbags.rosbag2 import StoragePlugin, Writer

# isort: split
import bags

from edge_exit.evaluation.labelled import LabelledFile

IMAGE_TOPIC, LABEL_TOPIC = '/robot/image', '/robot/label'


def write_camera_bag(
    path: Path,
    files: Sequence[LabelledFile],
    classes: Sequence[str],
    *,
    frames: int,
    rate: float,
    first: int = 0,
) -> None:
    """Write raw 640x480 images and their labels, all pictures by turns in a random order.

    :param frames: images in all; after the last picture it starts again with the first.
    :param rate: images a second.
    :param first: so many images are left out before.
    """
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        images, labels = (
            writer.add_connection(topic, name, typestore=bags.types())
            for topic, name in ((IMAGE_TOPIC, bags.IMAGE), (LABEL_TOPIC, bags.LABEL))
        )
        for index, file in enumerate(_drawn(files, first, frames), start=first):
            time = bags.START + round(index * 1e9 / rate)
            header = bags.header(time)
            label = bags.make(
                bags.LABEL, header=header, class_id=file.label, label=classes[file.label]
            )
            image = bags.make(
                bags.IMAGE,
                header=header,
                height=HEIGHT,
                width=WIDTH,
                encoding='bgr8',
                step=3 * WIDTH,
                data=camera_image(cv2.imread(str(file.path))).ravel(),
            )
            for output, name, message in (
                (labels, bags.LABEL, label),
                (images, bags.IMAGE, image),
            ):
                writer.write(output, time, bags.types().serialize_cdr(message, name))


def camera_image(picture: np.ndarray) -> np.ndarray:
    """Fill the middle square of a camera image; beside it the picture goes on, mirrored.

    :param picture: uint8 (H, W, 3).
    """
    square = cv2.resize(picture, (HEIGHT, HEIGHT), interpolation=cv2.INTER_CUBIC)
    beside = (WIDTH - HEIGHT) // 2
    return cv2.copyMakeBorder(square, 0, 0, beside, beside, cv2.BORDER_REFLECT)


def _drawn(files: Sequence[LabelledFile], first: int, frames: int) -> Iterator[LabelledFile]:
    order = np.random.default_rng(0).permutation(len(files))
    return (files[order[index % len(files)]] for index in range(first, first + frames))
