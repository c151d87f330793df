"""Every camera's image becomes the network's picture, or is refused by name."""

import numpy as np
import pytest

from edge_exit.bundle import Preprocessing
from edge_exit.errors import ImageError
from edge_exit.inference.preprocess import picture_from

RGB = Preprocessing(32, 32, 3, 'crop')
GREY = Preprocessing(28, 28, 1, 'crop')
SIZES = [(1, 1), (1, 500), (500, 1), (3, 7), (31, 33), (32, 32), (480, 640), (720, 405)]


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('axes', [(), (1,), (3,)])
@pytest.mark.parametrize('fit', ['crop', 'stretch'])
@pytest.mark.parametrize('channels', [1, 3])
def test_any_size_and_colour_gives_the_picture(size, axes, fit, channels):
    image = np.full((*size, *axes), 77, np.uint8)
    made = picture_from(image, Preprocessing(20, 24, channels, fit))
    assert made.shape == (20, 24, channels)
    assert made.dtype == np.uint8
    assert made.flags.c_contiguous
    assert np.abs(made.astype(int) - 77).max() <= 1


def test_blue_first_becomes_red_first():
    image = np.zeros((10, 10, 3), np.uint8)
    image[..., 0], image[..., 2] = 10, 200
    np.testing.assert_array_equal(picture_from(image, RGB)[5, 5], [200, 0, 10])


def test_crop_keeps_the_middle_and_stretch_keeps_everything():
    image = np.zeros((100, 300), np.uint8)
    image[:, 100:200] = 200
    assert picture_from(image, GREY).min() == 200
    stretched = picture_from(image, Preprocessing(28, 28, 1, 'stretch'))
    assert stretched[:, 0].max() == 0
    assert stretched[14, 14] == 200


def test_shrinking_averages_what_lies_between():
    image = np.zeros((280, 280), np.uint8)
    image[::2] = 200
    np.testing.assert_array_equal(picture_from(image, GREY), np.full((28, 28, 1), 100))


def test_right_size_is_left_alone():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    np.testing.assert_array_equal(picture_from(image, RGB), image[..., ::-1])


@pytest.mark.parametrize(
    'image',
    [
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 0), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 2), np.uint8),
        np.zeros(10, np.uint8),
        np.zeros((1, 10, 10, 3), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((10, 10), np.uint16),
    ],
    ids=lambda image: f'{image.dtype}{list(image.shape)}',
)
def test_what_is_no_image_is_refused_with_its_shape(image):
    with pytest.raises(ImageError, match=r'image of shape \('):
        picture_from(image, RGB)


def test_view_of_a_larger_image_is_taken():
    image = np.zeros((100, 100, 3), np.uint8)
    assert picture_from(image[::2, 10:70], RGB).shape == (32, 32, 3)
