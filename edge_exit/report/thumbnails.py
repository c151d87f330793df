"""Pictures of frames, small enough to lie within the page."""

import base64
from collections.abc import Callable, Collection, Mapping

import cv2
import numpy as np

from edge_exit.errors import EdgeExitError

# Bag, topic and stamps of images to the images themselves, BGR.
Pictures = Callable[[str, str, Collection[int]], Mapping[int, np.ndarray]]

SIDE = 128
_QUALITY = 75


def thumbnails(run: dict, pictures: Pictures | None) -> tuple[dict[int, str], str]:
    """Give the pictures of a run's worst frames as data URLs, by stamp.

    :returns: the pictures, and in words why there are none.
    """
    stamps = [row['stamp_ns'] for row in run['worst']]
    if pictures is None or not stamps:
        return {}, ''
    try:
        found = pictures(run['bag'], run['topic'], stamps)
    except (EdgeExitError, OSError) as error:
        return {}, f'No pictures: {error}'
    return {stamp: data_url(found[stamp]) for stamp in stamps if stamp in found}, ''


def data_url(picture: np.ndarray) -> str:
    """Make a small JPEG of a picture.

    :param picture: uint8 (H, W, 3) BGR or (H, W) or (H, W, 1) grey.
    """
    height, width = picture.shape[:2]
    factor = SIDE / max(height, width)
    # A picture of few pixels grows in blocks: blurred, it would look like another one.
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    small = cv2.resize(picture, size, interpolation=how)
    coded = cv2.imencode('.jpg', small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return 'data:image/jpeg;base64,' + base64.b64encode(coded.tobytes()).decode()
