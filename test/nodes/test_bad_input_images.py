"""Images that are not what they say: each is refused by a name, and good ones of all kinds work."""

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

import cv2
from cv_bridge import CvBridge
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CompressedImage, Image

from edge_exit.errors import ImageError
from edge_exit.inference.images import BadImageError
from edge_exit.nodes.images import image_array, image_message

ENCODINGS = ['bgr8', 'mono8', 'mono16', '32FC1', 'yuv422', 'bayer_rggb8', 'x']
PATTERNS = ['rggb', 'bggr', 'gbrg']  # cv_bridge of PyPI knows no grbg
PIXELS = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)


def raw(**fields):
    values = {'height': 6, 'width': 4, 'encoding': 'bgr8', 'step': 12, 'data': PIXELS.tobytes()}
    return Image(**(values | fields))


def compressed(kind='.png', image=PIXELS, flags=()):
    return CompressedImage(data=cv2.imencode(kind, image, flags)[1].tobytes())


@pytest.mark.parametrize(
    ('message', 'kind', 'text'),
    [
        (raw(encoding='purple16'), 'unknown encoding', '"purple16" is not known; use bgr8'),
        (raw(encoding=''), 'unknown encoding', 'is not known'),
        (raw(height=0), 'zero size', '4 x 0 pixels'),
        (raw(width=0), 'zero size', '0 x 6 pixels'),
        (raw(height=1 << 20, width=1 << 20), 'too large', '1048576 x 1048576'),
        (raw(step=11), 'wrong step', 'step 11 is less than a row of 4 pixels of bgr8, 12'),
        (raw(step=13), 'truncated', 'holds 72 bytes, 6 rows of step 13 are 78'),
        (raw(data=PIXELS.tobytes()[:-1]), 'truncated', 'holds 71 bytes'),
        (raw(data=b''), 'truncated', 'holds 0 bytes'),
        (raw(data=PIXELS.tobytes() + b'x'), 'wrong step', 'holds 73 bytes'),
        (CompressedImage(data=b''), 'not a picture', '0 bytes'),
        (CompressedImage(data=b'hello, robot'), 'not a picture', 'no whole JPEG or PNG'),
        (CompressedImage(data=compressed().data[:40]), 'not a picture', 'no whole'),
        (CompressedImage(data=compressed('.jpg').data[:-30]), 'not a picture', 'no whole'),
        (compressed('.bmp'), 'not a picture', 'no whole JPEG or PNG'),
    ],
)
def test_a_bad_image_is_refused_by_name(message, kind, text):
    with pytest.raises(BadImageError, match=text) as caught:
        image_array(message)
    assert caught.value.kind == kind


def test_a_small_file_that_claims_to_be_a_giant_picture_is_not_decoded():
    data = bytearray(compressed().data)
    data[16:24] = (50_000).to_bytes(4, 'big') * 2
    with pytest.raises(BadImageError, match='50000 x 50000') as caught:
        image_array(CompressedImage(data=bytes(data)))
    assert caught.value.kind == 'too large'


def test_a_picture_with_damaged_insides_is_refused():
    data = bytearray(compressed().data)
    data[45:60] = bytes(15)
    with pytest.raises(BadImageError, match='picture'):
        image_array(CompressedImage(data=bytes(data)))


def test_a_bgr8_image_is_seen_as_it_is_without_a_copy():
    message = raw()
    image = image_array(message)
    np.testing.assert_array_equal(image, PIXELS)
    assert np.shares_memory(image, np.frombuffer(message.data, np.uint8))


def test_rgb8_mono8_and_bgra8_become_what_the_network_takes():
    np.testing.assert_array_equal(image_array(raw(encoding='rgb8')), PIXELS[:, :, ::-1])
    grey = raw(encoding='mono8', width=12)
    np.testing.assert_array_equal(image_array(grey), PIXELS.reshape(6, 12))
    four = np.dstack([PIXELS, np.full((6, 4), 255, np.uint8)])
    message = raw(encoding='bgra8', step=16, data=four.tobytes())
    np.testing.assert_array_equal(image_array(message), PIXELS)


@pytest.mark.parametrize('encoding', ['rgba8', *(f'bayer_{p}8' for p in PATTERNS)])
def test_common_encodings_become_what_cv_bridge_makes_of_them(encoding):
    channels = 4 if encoding == 'rgba8' else 1
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, channels), np.uint8)
    message = raw(encoding=encoding, width=8, step=8 * channels, data=pixels.tobytes())
    expected = CvBridge().imgmsg_to_cv2(message, 'bgr8')
    np.testing.assert_array_equal(image_array(message), expected)


def test_a_grey_yuv_picture_is_grey():
    bright = np.tile(np.array([128, 150], np.uint8), 6 * 4)
    message = raw(encoding='yuv422', step=8, data=bright.tobytes())
    image = image_array(message)
    assert image.shape == (6, 4, 3)
    assert np.ptp(image) <= 2


def test_rows_may_be_padded():
    padded = np.pad(PIXELS.reshape(6, 12), ((0, 0), (0, 4)), constant_values=99)
    message = raw(step=16, data=padded.tobytes())
    np.testing.assert_array_equal(image_array(message), PIXELS)


def test_compressed_pictures_in_colour_and_grey():
    np.testing.assert_array_equal(image_array(compressed()), PIXELS)
    np.testing.assert_array_equal(image_array(compressed(image=PIXELS[..., 0])), PIXELS[..., 0])
    smooth = np.full((48, 64, 3), 120, np.uint8)
    assert abs(image_array(compressed('.jpg', smooth)).astype(int) - 120).max() <= 2


def test_an_image_message_reads_back():
    np.testing.assert_array_equal(image_array(image_message(PIXELS, Image().header)), PIXELS)


@settings(max_examples=200, deadline=None)
@given(
    st.builds(
        Image,
        height=st.integers(0, 9),
        width=st.integers(0, 9),
        encoding=st.sampled_from(
            ['bgr8', 'mono8', 'mono16', '32FC1', 'yuv422', 'bayer_rggb8', 'x']
        ),
        step=st.integers(0, 40),
        is_bigendian=st.integers(0, 1),
        data=st.binary(max_size=200),
    )
)
def test_any_image_gives_pixels_or_a_named_error(message):
    try:
        image = image_array(message)
    except ImageError:
        return
    assert image.dtype == np.uint8
    assert image.shape[:2] == (message.height, message.width)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damaged_picture_gives_pixels_or_a_named_error(data):
    whole = bytearray(data.draw(st.sampled_from([compressed(), compressed('.jpg')])).data)
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert image_array(CompressedImage(data=bytes(whole))).dtype == np.uint8
    except ImageError:
        pass
