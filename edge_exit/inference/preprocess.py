"""A camera image becomes the picture that a network takes."""

import cv2
import numpy as np

from edge_exit.bundle import Preprocessing
from edge_exit.errors import ImageError


def picture_from(image: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """Cut, resize and convert an image; the same way in training, scoring and on the robot.

    :param image: uint8 (H, W, 3) in BGR order, or (H, W) or (H, W, 1) grey.
    :returns: uint8 (height, width, channels), RGB or grey.
    :raises ImageError: if it is not such an image, or empty.
    """
    if (
        image.dtype != np.uint8
        or image.ndim not in (2, 3)
        or image.shape[2:] not in ((), (1,), (3,))
    ):
        raise ImageError(
            f'image of shape {image.shape} and type {image.dtype} is neither uint8 BGR (H, W, 3) '
            'nor uint8 grey (H, W)'
        )
    if 0 in image.shape:
        raise ImageError(f'image of shape {image.shape} has no pixels')
    wanted = (preprocessing.height, preprocessing.width)
    if preprocessing.fit == 'crop':
        image = _middle(image, *wanted)
    if image.shape[:2] != wanted:
        # Averages when it shrinks, so that nothing between the sampled pixels is lost.
        shrinks = image.shape[0] > wanted[0] or image.shape[1] > wanted[1]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        image = cv2.resize(image, wanted[::-1], interpolation=how)
    return np.ascontiguousarray(_in_channels(image, preprocessing.channels))


def _middle(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Cut the largest middle part with the aspect ratio height : width."""
    rows, columns = image.shape[:2]
    kept_rows = max(1, min(rows, round(columns * height / width)))
    kept_columns = max(1, min(columns, round(rows * width / height)))
    top, left = (rows - kept_rows) // 2, (columns - kept_columns) // 2
    return image[top : top + kept_rows, left : left + kept_columns]


def _in_channels(image: np.ndarray, channels: int) -> np.ndarray:
    grey = image.ndim == 2 or image.shape[2] == 1
    if channels == 1:
        single = image if grey else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        return single.reshape(*image.shape[:2], 1)
    return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB if grey else cv2.COLOR_BGR2RGB)
