"""Make the demo's bag: Fashion-MNIST test pictures as a camera would see them, with their labels.

    python tools/make_demo_bag.py        (Debian: apt-get install dataset-fashion-mnist)

The same versions of OpenCV and rosbags give the same bytes. Pictures are drawn at random from the
test pictures, as many of each class: a small sample of what a demo would measure on all. There are
as many as a phase of the 60 s demo is long: every phase then sees the same pictures, and what the
link costs is not hidden by what the pictures cost.
"""

import argparse
import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

ROOT = Path(__file__).resolve().parent.parent
BAG = ROOT / 'edge_exit' / 'demo' / 'bag'
DATA = Path('/usr/share/datasets/fashion-mnist')
CLASSES = (
    't-shirt', 'trouser', 'pullover', 'dress', 'coat',
    'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot',
)  # fmt: skip
FRAMES = 180
HZ = 15
SEED = 0
START_S = 1_767_225_600  # 2026-01-01 00:00:00 UTC
HEIGHT, WIDTH = 480, 640
BESIDE_GREY = 24
IMAGE_TOPIC, LABEL_TOPIC = '/robot/image/compressed', '/robot/label'


def main() -> None:
    """Draw the pictures and write the bag."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, default=DATA, help='folder of the t10k-*.gz files')
    parser.add_argument('--out', type=Path, default=BAG, help='folder of the bag')
    arguments = parser.parse_args()
    pictures, labels = read_test_pictures(arguments.data)
    drawn = draw(labels)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.out) as folder:
        bag = Path(folder) / 'demo'
        write_bag(bag, pictures[drawn], labels[drawn])
        for file in bag.iterdir():
            file.replace(arguments.out / file.name)
    size = sum(file.stat().st_size for file in bag_files(arguments.out))
    print(f'{arguments.out}: {FRAMES} frames, {size} bytes')


def draw(labels: np.ndarray) -> np.ndarray:
    """Draw as many pictures of each class, in random order; gives their indices."""
    random = np.random.default_rng(SEED)
    each = FRAMES // len(CLASSES)
    of_class = [np.flatnonzero(labels == index) for index in range(len(CLASSES))]
    return random.permutation(np.concatenate([random.permutation(c)[:each] for c in of_class]))


def read_test_pictures(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read the IDX files: pictures uint8 (N, 28, 28), labels uint8 (N,)."""
    pictures = gzip.decompress((folder / 't10k-images-idx3-ubyte.gz').read_bytes())
    labels = gzip.decompress((folder / 't10k-labels-idx1-ubyte.gz').read_bytes())
    return (
        np.frombuffer(pictures, np.uint8, offset=16).reshape(-1, 28, 28),
        np.frombuffer(labels, np.uint8, offset=8),
    )


def camera_png(picture: np.ndarray) -> np.ndarray:
    """Fill the middle square of a grey 640x480 camera image with a picture; give its PNG bytes.

    Nearest neighbour, so that a head's area filter gives the data set's own pixels back (mean error
    below 1 of 255) and a PNG takes 2 kB; JPEG takes seven times that.
    """
    image = np.full((HEIGHT, WIDTH), BESIDE_GREY, np.uint8)
    left = (WIDTH - HEIGHT) // 2
    image[:, left : left + HEIGHT] = cv2.resize(
        picture, (HEIGHT, HEIGHT), interpolation=cv2.INTER_NEAREST
    )
    return cv2.imencode('.png', image, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].ravel()


def write_bag(path: Path, pictures: np.ndarray, labels: np.ndarray) -> None:
    """Write one label and one image a frame; the label first, so that it is known in time."""
    types = get_typestore(Stores.ROS2_JAZZY)
    label_text = (ROOT / 'edge_exit_interfaces/msg/Label.msg').read_text()
    types.register(get_types_from_msg(label_text, 'edge_exit_interfaces/msg/Label'))
    image_type = 'sensor_msgs/msg/CompressedImage'
    label_type = 'edge_exit_interfaces/msg/Label'
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        to_labels = writer.add_connection(LABEL_TOPIC, label_type, typestore=types)
        to_images = writer.add_connection(IMAGE_TOPIC, image_type, typestore=types)
        for nanoseconds, header, picture, label in frames(types, pictures, labels):
            labelled = types.types[label_type](header, int(label), CLASSES[label])
            image = types.types[image_type](header, 'mono8; png compressed ', camera_png(picture))
            writer.write(to_labels, nanoseconds, types.serialize_cdr(labelled, label_type))
            writer.write(to_images, nanoseconds, types.serialize_cdr(image, image_type))


def frames(types, pictures: np.ndarray, labels: np.ndarray) -> Iterator[tuple]:
    """Give time in nanoseconds, header, picture and label of each frame."""
    time_type = types.types['builtin_interfaces/msg/Time']
    header_type = types.types['std_msgs/msg/Header']
    for index, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        since = index * 1_000_000_000 // HZ
        stamp = time_type(START_S + since // 1_000_000_000, since % 1_000_000_000)
        nanoseconds = START_S * 1_000_000_000 + since
        yield nanoseconds, header_type(stamp, 'camera'), picture, label


def bag_files(folder: Path) -> list[Path]:
    """List what the bag is made of."""
    return [*folder.glob('*.mcap'), folder / 'metadata.yaml']


if __name__ == '__main__':
    main()
