"""Camera messages to arrays; whatever is wrong with one is named before anything large is made.

Takes anything with the fields of sensor_msgs/Image or CompressedImage: what ROS hands over, and
what is read from a recording without ROS.
"""

from array import array
from functools import cache
from typing import Any

import cv2
import numpy as np

from edge_exit.errors import ImageError
from edge_exit.inference.picture_header import picture_size

MOST_PIXELS = 1 << 26
# Channels of what the network's preprocessing takes as it is: no conversion, no copy.
_AS_IS = {'bgr8': 3, 'mono8': 1, '8UC3': 3, '8UC1': 1}
# Channels and conversion of what cameras send most. OpenCV names a Bayer pattern by its second row.
_COMMON = {
    'rgb8': (3, cv2.COLOR_RGB2BGR),
    'rgba8': (4, cv2.COLOR_RGBA2BGR),
    'bgra8': (4, cv2.COLOR_BGRA2BGR),
    'bayer_rggb8': (1, cv2.COLOR_BayerBG2BGR),
    'bayer_bggr8': (1, cv2.COLOR_BayerRG2BGR),
    'bayer_gbrg8': (1, cv2.COLOR_BayerGR2BGR),
    'bayer_grbg8': (1, cv2.COLOR_BayerGB2BGR),
    'yuv422': (2, cv2.COLOR_YUV2BGR_UYVY),
    'uyvy': (2, cv2.COLOR_YUV2BGR_UYVY),
    'yuv422_yuy2': (2, cv2.COLOR_YUV2BGR_YUY2),
    'yuyv': (2, cv2.COLOR_YUV2BGR_YUY2),
}


class BadImageError(ImageError):
    """An image that is not what its message says.

    :ivar kind: what is wrong, in a word or two; few are possible, so that they can be counted.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def raw_image(message: Any) -> np.ndarray:
    """Give the pixels of an Image.

    :returns: uint8 (H, W, 3) in BGR order or (H, W) grey; perhaps a view of the message's data.
    :raises BadImageError: if it is not what it says it is.
    """
    _check_size(message.height, message.width)
    if message.encoding in _AS_IS:
        return _pixels(message, _AS_IS[message.encoding])
    if message.encoding not in _COMMON:
        return _converted(message)
    channels, conversion = _COMMON[message.encoding]
    try:
        return cv2.cvtColor(_pixels(message, channels), conversion)
    except cv2.error as error:  # an odd width, where two pixels share their colour
        raise _no_conversion(message) from error


def compressed_image(message: Any) -> np.ndarray:
    """Give the pixels of a CompressedImage, as `raw_image` does.

    :raises BadImageError: if it is no whole picture.
    """
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


def _pixels(message: Any, channels: int) -> np.ndarray:
    data = _packed(message, message.width * channels)
    return np.frombuffer(data, np.uint8).reshape(
        (message.height, message.width, channels)[: 2 + (channels > 1)]
    )


def _converted(message: Any) -> np.ndarray:
    """Let cv_bridge convert what OpenCV knows and the network does not take."""
    bridge = _cv_bridge()
    if bridge is None:
        raise _unknown_encoding(message)
    try:
        dtype, channels = bridge.encoding_to_dtype_with_channels(message.encoding)
    except Exception as error:  # a CvBridgeError, a ValueError or a KeyError
        raise _unknown_encoding(message) from error
    bytes_a_value = np.dtype(dtype).itemsize
    row = message.width * channels * bytes_a_value
    # Not every cv_bridge looks at the step, and some stumble over the byte order of single bytes.
    message.data, message.step = _packed(message, row), row
    if bytes_a_value == 1:
        message.is_bigendian = 0
    try:
        # 16 bits and floats become what a person would see only by a choice of range: not ours.
        return bridge.imgmsg_to_cv2(
            message, 'mono8' if message.encoding.startswith('mono') else 'bgr8'
        )
    except Exception as error:  # what a cv_bridge raises here differs from version to version
        raise _no_conversion(message) from error


@cache
def _cv_bridge() -> Any:
    """Give what converts rare encodings; None where only recordings are read, without ROS."""
    try:
        from cv_bridge import CvBridge
    except ImportError:
        return None
    return CvBridge()


def _no_conversion(message: Any) -> BadImageError:
    return BadImageError(
        'no conversion',
        f'image of {message.width} x {message.height} pixels and encoding "{message.encoding}" '
        'does not convert to bgr8 or mono8; use bgr8, rgb8 or mono8',
    )


def _unknown_encoding(message: Any) -> BadImageError:
    return BadImageError(
        'unknown encoding',
        f'image encoding "{message.encoding[:40]}" is not known; use bgr8, rgb8 or mono8',
    )


def _check_size(height: int, width: int) -> None:
    if not height or not width:
        raise BadImageError('zero size', f'image of {width} x {height} pixels has none')
    if height * width > MOST_PIXELS:
        raise BadImageError(
            'too large', f'image of {width} x {height} pixels (at most {MOST_PIXELS} in all)'
        )


def _packed(message: Any, row: int) -> Any:
    """Give the pixels without padding behind the rows, any buffer of bytes.

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
