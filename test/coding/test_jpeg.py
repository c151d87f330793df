"""What is promised of a picture that is sent: few bytes, a good likeness, and no harm to a tail."""

import struct
import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge_exit.coding import CodedFeatures, Coding, Entropy, decode, encode
from edge_exit.errors import CodecError

SHAPE = (24, 40, 3)
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]))


def smooth(shape=SHAPE) -> np.ndarray:
    """Give a picture like a camera's: smooth, each channel another one."""
    rows, columns, channels = np.indices(shape)
    return (127 + 100 * np.sin(rows / 9 + channels) * np.cos(columns / 11)).astype(np.uint8)


def sent(picture: np.ndarray, quality: int = 90) -> CodedFeatures:
    return encode(picture, Coding.JPEG, quality=quality)


@pytest.mark.parametrize('channels', [1, 3])
def test_picture_comes_back_with_its_colours_in_their_places(channels):
    picture = smooth((24, 40, channels))
    back = decode(sent(picture, 95), shape=picture.shape)
    assert back.dtype == np.uint8
    assert np.abs(back.astype(int) - picture).mean() < 3


def test_lower_quality_makes_fewer_bytes():
    sizes = [len(sent(smooth((64, 64, 3)), quality).data) for quality in (95, 70, 30)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] < 0.5 * 64 * 64 * 3


@given(SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, shape)), st.integers(1, 100))
def test_every_picture_that_can_be_sent_decodes(picture, quality):
    assert decode(sent(picture, quality), shape=picture.shape).shape == picture.shape


@pytest.mark.parametrize('quality', [0, 101, -1])
def test_impossible_quality_is_named(quality):
    with pytest.raises(CodecError, match=f'quality {quality}'):
        sent(smooth(), quality)


@pytest.mark.parametrize(
    'array',
    [np.zeros(SHAPE, np.float32), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 2), np.uint8)],
    ids=['float', 'two axes', 'two channels'],
)
def test_arrays_that_are_no_pictures_are_refused(array):
    with pytest.raises(CodecError, match='cannot be sent as JPEG'):
        sent(array)


def other(extension: str, *settings: int, shape=SHAPE) -> bytes:
    return cv2.imencode(extension, smooth(shape), list(settings))[1].tobytes()


def resized(data: bytes, height: int, width: int) -> bytes:
    """Let a JPEG announce another size."""
    place = data.index(b'\xff\xc0') + 5
    return data[:place] + struct.pack('>HH', height, width) + data[place + 4 :]


GOOD = sent(smooth()).data
HOSTILE = {
    'empty': b'',
    'only an end': b'\xff\xd8\xff\xd9',
    'another size': other('.jpg', shape=(40, 24, 3)),
    'grey': other('.jpg', shape=(24, 40, 1)),
    'announced 65535 x 65535': resized(GOOD, 65535, 65535),
    'announced without height': resized(GOOD, 0, 40),
    'PNG': other('.png'),
    'progressive': other('.jpg', cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    'no tables': GOOD[: GOOD.index(b'\xff\xc4')] + b'\xff\xd9',
    'cut in a marker': GOOD[:25] + b'\xff\xd9',
    'size twice': GOOD.replace(b'\xff\xc4', GOOD[GOOD.index(b'\xff\xc0') :][:19] + b'\xff\xc4', 1),
    'more bytes than pixels': GOOD[:-2] + bytes(100_000) + b'\xff\xd9',
    'something behind': GOOD + bytes(9),
}


@pytest.mark.parametrize('case', HOSTILE)
def test_bytes_that_a_head_does_not_send_are_a_codec_error(case):
    with pytest.raises(CodecError):
        decode(replace(sent(smooth()), data=HOSTILE[case]), shape=SHAPE)


@pytest.mark.parametrize(
    'changes',
    [
        {'entropy': Entropy.ZSTD},
        {'scale': np.ones(1, np.float32), 'offset': np.ones(1, np.float32)},
        {'shape': SHAPE[::-1]},
        {'shape': SHAPE[:2]},
        {'coding': Coding.BITS_8},
    ],
    ids=str,
)
def test_fields_that_do_not_fit_are_a_codec_error(changes):
    with pytest.raises(CodecError):
        decode(replace(sent(smooth()), **changes), shape=SHAPE)


def test_picture_where_features_are_needed_is_a_codec_error():
    coded = sent(smooth((16, 4, 3)))
    with pytest.raises(CodecError):
        decode(replace(coded, shape=(16, 4, 4)), shape=(16, 4, 4))


def test_announced_size_is_not_believed():
    hostile = replace(sent(smooth()), data=resized(GOOD, 65535, 65535))
    tracemalloc.start()
    try:
        with pytest.raises(CodecError, match='65535'):
            decode(hostile, shape=SHAPE)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@given(st.data())
def test_damaged_bytes_give_a_picture_or_a_codec_error(data):
    damaged = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = decode(replace(sent(smooth()), data=bytes(damaged)), shape=SHAPE)
    except CodecError:
        return
    assert (picture.shape, picture.dtype) == (SHAPE, np.uint8)
