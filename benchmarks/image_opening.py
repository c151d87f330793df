"""How long a head opens images of several sizes, raw and as JPEG; in a row of frames 10 ms apart.

`said` is what `policy.overheads` counts for such an image.
"""

import argparse
import statistics
import time
from types import SimpleNamespace

import cv2
import numpy as np
import report

from edge_exit.bundle import load
from edge_exit.inference.images import compressed_image, raw_image
from edge_exit.inference.preprocess import picture_from
from edge_exit.policy.overheads import opening_time

SIZES = ((64, 64), (240, 320), (480, 640), (720, 1280), (1080, 1920))
QUALITY = 90
APART = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', default='objects20')
    parser.add_argument('--images', type=int, default=200)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    preprocessing = load(arguments.bundle).preprocessing
    kinds = [
        (size, name, open_image, message)
        for size in SIZES
        for name, open_image, message in messages(size)
    ]
    times: dict[tuple, list[float]] = {}
    for _ in range(arguments.images):
        for size, name, open_image, message in kinds:
            time.sleep(APART)
            start = time.perf_counter()
            picture_from(open_image(message), preprocessing)
            times.setdefault((size, name), []).append(time.perf_counter() - start)
    rows = [
        {
            'height': height,
            'width': width,
            'transport': name,
            'median_ms': 1e3 * statistics.median(took),
            'p99_ms': 1e3 * statistics.quantiles(took, n=100)[98],
            'said_ms': 1e3 * opening_time(height * width, compressed=name == 'compressed'),
        }
        for ((height, width), name), took in times.items()
    ]
    report.write('image_opening', rows, bundle=arguments.bundle, jpeg_quality=QUALITY)


def messages(size: tuple[int, int]):
    """Give name, opener and message of one image, raw and compressed."""
    image = soft_image(*size)
    height, width = size
    raw = SimpleNamespace(
        height=height, width=width, encoding='bgr8', step=3 * width, data=image.tobytes()
    )
    jpeg = cv2.imencode('.jpg', image, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1]
    yield 'raw', raw_image, raw
    yield 'compressed', compressed_image, SimpleNamespace(data=jpeg.tobytes())


def soft_image(height: int, width: int) -> np.ndarray:
    """Give blobs with a camera's noise: a JPEG of it is about as large as one of a scene."""
    random = np.random.default_rng(0)
    blobs = random.integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
    image = cv2.resize(blobs, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(image + random.normal(0, 6, image.shape), 0, 255).astype(np.uint8)


if __name__ == '__main__':
    main()
