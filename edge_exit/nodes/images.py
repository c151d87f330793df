"""Camera messages to arrays; whatever is wrong with one is named before anything large is made."""

from array import array

import cv2
import numpy as np
from cv_bridge import CvBridge, CvBridgeError
from sensor_msgs.msg import CompressedImage, Image

from edge_exit.errors import ImageError
from edge_exit.nodes.picture_header import picture_size

MOST_PIXELS = 1 << 26
# Channels of what the network's preprocessing takes as it is: no conversion, no copy.
_AS_IS = {'bgr8': 3, 'mono8': 1, '8UC3': 3, '8UC1': 1}

_bridge = CvBridge()


class BadImageError(ImageError):
    """An image that is not what its message says.

    :ivar kind: what is wrong, in a word or two; few are possible, so that they can be counted.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def image_array(message: Image | CompressedImage) -> np.ndarray:
    """Give an image as an array.

    :returns: uint8 (H, W, 3) in BGR order or (H, W) grey; perhaps a view of the message's data.
    :raises BadImageError: if it cannot be one.
    """
    if isinstance(message, CompressedImage):
        return _decompressed(message)
    return _raw(message)


def image_message(image: np.ndarray, header) -> Image:
    """Write an image, uint8 (H, W, 3) in BGR order, as a message."""
    height, width = image.shape[:2]
    data = array('B')
    data.frombytes(np.ascontiguousarray(image).data.cast('B'))
    return Image(
        header=header, height=height, width=width, encoding='bgr8', step=3 * width, data=data
    )


def _raw(message: Image) -> np.ndarray:
    _check_size(message.height, message.width)
    channels = _AS_IS.get(message.encoding)
    if channels is None:
        return _converted(message)
    data = _packed(message, message.width * channels)
    return np.frombuffer(data, np.uint8).reshape(
        (message.height, message.width, channels)[: 2 + (channels > 1)]
    )


def _converted(message: Image) -> np.ndarray:
    """Let cv_bridge convert what OpenCV knows and the network does not take."""
    try:
        dtype, channels = _bridge.encoding_to_dtype_with_channels(message.encoding)
    except (CvBridgeError, ValueError, KeyError) as error:
        raise BadImageError(
            'unknown encoding',
            f'image encoding "{message.encoding[:40]}" is not known; use bgr8, rgb8 or mono8',
        ) from error
    bytes_a_value = np.dtype(dtype).itemsize
    row = message.width * channels * bytes_a_value
    # Not every cv_bridge looks at the step, and some stumble over the byte order of single bytes.
    message.data, message.step = _packed(message, row), row
    if bytes_a_value == 1:
        message.is_bigendian = 0
    try:
        # 16 bits and floats become what a person would see only by a choice of range: not ours.
        return _bridge.imgmsg_to_cv2(
            message, 'mono8' if message.encoding.startswith('mono') else 'bgr8'
        )
    except Exception as error:  # what a cv_bridge raises here differs from version to version
        raise BadImageError(
            'no conversion',
            f'image encoding "{message.encoding}" does not convert to bgr8 or mono8; '
            'use bgr8, rgb8 or mono8',
        ) from error


def _check_size(height: int, width: int) -> None:
    if not height or not width:
        raise BadImageError('zero size', f'image of {width} x {height} pixels has none')
    if height * width > MOST_PIXELS:
        raise BadImageError(
            'too large', f'image of {width} x {height} pixels (at most {MOST_PIXELS} in all)'
        )


def _packed(message: Image, row: int) -> array:
    """Give the pixels without padding behind the rows.

    :param row: bytes that a row of pixels takes.
    """
    if message.step < row:
        raise BadImageError(
            'wrong step',
            f'image step {message.step} is less than a row of {message.width} pixels of '
            f'{message.encoding}, {row} bytes',
        )
    size = message.step * message.height
    if len(message.data) != size:
        raise BadImageError(
            'truncated' if len(message.data) < size else 'wrong step',
            f'image holds {len(message.data)} bytes, {message.height} rows of step '
            f'{message.step} are {size}',
        )
    if message.step == row:
        return message.data
    rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
    packed = array('B')
    packed.frombytes(np.ascontiguousarray(rows[:, :row]).data.cast('B'))
    return packed


def _decompressed(message: CompressedImage) -> np.ndarray:
    size = picture_size(message.data)
    if size is None:
        raise BadImageError(
            'not a picture', f'{len(message.data)} bytes that are no whole JPEG or PNG picture'
        )
    _check_size(*size)
    try:
        image = cv2.imdecode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_ANYCOLOR)
    except cv2.error:
        image = None
    if image is None:
        raise BadImageError(
            'not a picture', f'{len(message.data)} bytes that do not decode as a picture'
        )
    return image
