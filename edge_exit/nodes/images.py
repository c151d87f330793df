"""Camera messages to arrays and back."""

from array import array

import numpy as np
from sensor_msgs.msg import CompressedImage, Image

from edge_exit.inference.images import compressed_image, raw_image


def image_array(message: Image | CompressedImage) -> np.ndarray:
    """Give an image as an array.

    :returns: uint8 (H, W, 3) in BGR order or (H, W) grey; perhaps a view of the message's data.
    :raises BadImageError: if it cannot be one.
    """
    if isinstance(message, CompressedImage):
        return compressed_image(message)
    return raw_image(message)


def image_message(image: np.ndarray, header) -> Image:
    """Write an image, uint8 (H, W, 3) in BGR order, as a message."""
    height, width = image.shape[:2]
    data = array('B')
    data.frombytes(np.ascontiguousarray(image).data.cast('B'))
    return Image(
        header=header, height=height, width=width, encoding='bgr8', step=3 * width, data=data
    )
