"""What a codec promises: little is lost, few bytes are sent, and no bytes can do harm."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge_exit.coding import CodedFeatures, Coding, Entropy, decode, encode
from edge_exit.errors import CodecError

LOSSY = [Coding.BITS_8, Coding.BITS_4, Coding.BITS_2]
OF_FEATURES = [Coding.RAW, *LOSSY]
NUMBERS = st.floats(-(2.0**49), 2.0**49, width=32)
SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, max_side=7)
FEATURES = SHAPES.flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=NUMBERS))


def rectified(shape=(16, 32, 32), seed=0):
    """Give features as after a ReLU: half of them zero, smooth over the picture."""
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    return np.maximum(noise + np.roll(noise, 1, axis=-1) + np.roll(noise, 1, axis=-2), 0)


@given(FEATURES)
def test_raw_features_come_back_bit_by_bit(features):
    back = decode(encode(features, Coding.RAW), shape=features.shape)
    assert back.dtype == np.float32
    assert back.tobytes() == features.tobytes()


@given(FEATURES)
def test_8_bit_features_come_back_within_half_a_step(features):
    coded = encode(features, Coding.BITS_8)
    back = decode(coded, shape=features.shape)
    span = float(features.max()) - float(features.min())
    assert back.shape == features.shape
    rounding = 1e-6 * abs(features).max() + 1e-28
    assert np.abs(back.astype(float) - features).max() <= 0.5001 * span / 255 + rounding


@given(FEATURES, st.sampled_from(LOSSY))
def test_no_coded_feature_leaves_the_range_of_the_features(features, coding):
    back = decode(encode(features, coding), shape=features.shape)
    slack = 1e-5 * np.abs(features).max() + 1e-28
    assert features.min() - slack <= back.min()
    assert back.max() <= features.max() + slack


@pytest.mark.parametrize(('coding', 'error'), [(8, 1e-4), (4, 0.02), (2, 0.15)])
def test_error_of_each_coding_on_rectified_features(coding, error):
    features = rectified()
    back = decode(encode(features, Coding(coding)), shape=features.shape)
    assert np.square(back - features).sum() / np.square(features - features.mean()).sum() < error


@pytest.mark.parametrize('coding', LOSSY)
def test_rectified_zeros_stay_exactly_zero(coding):
    features = rectified()
    back = decode(encode(features, coding), shape=features.shape)
    assert (back[features == 0] == 0).all()


@pytest.mark.parametrize('coding', LOSSY)
def test_entropy_stage_makes_fewer_bytes_than_the_bits_alone(coding):
    coded = encode(rectified(), coding)
    assert coded.entropy == Entropy.ZSTD
    assert len(coded.data) < 0.85 * 16 * 32 * 32 * coding / 8


@pytest.mark.parametrize('coding', LOSSY)
def test_bytes_that_zstd_cannot_shrink_are_sent_as_they_are(coding):
    features = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8)).astype(np.float32)
    coded = encode(features, coding)
    assert coded.entropy == Entropy.NONE
    assert len(coded.data) == features.size * coding // 8


def test_channels_of_very_different_range_get_a_grid_each():
    features = rectified() * np.logspace(-3, 3, 16, dtype=np.float32)[:, None, None]
    coded = encode(features, Coding.BITS_4)
    assert len(coded.scale) == len(coded.offset) == 16
    back = decode(coded, shape=features.shape)
    error = np.square(back - features).sum((1, 2)) / np.square(features).sum((1, 2))
    assert error.max() < 0.02


def test_channels_of_one_range_share_a_grid():
    assert len(encode(rectified(), Coding.BITS_4).scale) == 1


@pytest.mark.parametrize('coding', OF_FEATURES)
@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_not_sent(coding, bad):
    features = rectified()
    features[3, 4, 5] = bad
    with pytest.raises(CodecError):
        encode(features, coding)


@pytest.mark.parametrize(
    'features',
    [np.zeros((2, 2)), np.zeros((0, 3), np.float32), np.float32(1.0), np.zeros(1, np.float16)],
    ids=['float64', 'empty', 'scalar', 'float16'],
)
def test_arrays_that_are_not_features_are_refused(features):
    with pytest.raises(CodecError):
        encode(np.asarray(features), Coding.BITS_8)


def coded(**changes):
    """Give good coded features of shape (4, 6, 5), with some fields changed."""
    good = encode(rectified((4, 6, 5)), changes.pop('of', Coding.BITS_4))
    return replace(good, data=bytes(good.data), **changes)


NAN = np.array([np.nan], np.float32)
ONE = np.ones(1, np.float32)


@pytest.mark.parametrize(
    'changes',
    [
        {'coding': 7},
        {'coding': 0},
        {'entropy': 2},
        {'shape': (6, 4, 5)},
        {'shape': (4, 6, 5, 1)},
        {'shape': (4, 6, 2**40)},
        {'shape': ()},
        {'shape': (1,) * 100000},
        {'scale': NAN},
        {'scale': 0 * ONE},
        {'scale': -ONE},
        {'scale': np.float32(3e38) * ONE},
        {'scale': np.ones(3, np.float32), 'offset': np.ones(3, np.float32)},
        {'scale': np.empty(0, np.float32), 'offset': np.empty(0, np.float32)},
        {'offset': NAN},
        {'offset': np.ones(4, np.float32)},
        {'of': Coding.RAW, 'entropy': Entropy.ZSTD},
        {'of': Coding.RAW, 'scale': ONE},
    ],
    ids=str,
)
def test_fields_that_do_not_fit_are_a_codec_error(changes):
    with pytest.raises(CodecError):
        decode(coded(**changes), shape=(4, 6, 5))


@pytest.mark.parametrize('coding', OF_FEATURES)
def test_too_few_or_too_many_bytes_are_a_codec_error(coding):
    good = coded(of=coding)
    for data in (b'', good.data[:-1], good.data + b'\0', good.data * 2):
        with pytest.raises(CodecError):
            decode(replace(good, data=data), shape=(4, 6, 5))


def test_raw_features_with_nan_are_a_codec_error():
    data = np.full((4, 6, 5), np.nan, '<f4').tobytes()
    with pytest.raises(CodecError):
        decode(replace(coded(of=Coding.RAW), data=data), shape=(4, 6, 5))


@given(
    st.builds(
        CodedFeatures,
        coding=st.sampled_from([0, 2, 4, 8, 16, 32, 128]),
        entropy=st.integers(0, 3),
        shape=st.sampled_from([(4, 6, 5), (5,), (120,)]),
        data=st.binary(max_size=200) | st.binary(max_size=100).map(zstandard.compress),
        scale=arrays.arrays(np.float32, st.integers(0, 5)),
        offset=arrays.arrays(np.float32, st.integers(0, 5)),
    )
)
def test_random_fields_give_features_or_a_codec_error(hostile):
    try:
        features = decode(hostile, shape=(4, 6, 5))
    except CodecError:
        return
    assert features.shape == (4, 6, 5)
    assert np.isfinite(features).all()


@given(st.data(), st.sampled_from(OF_FEATURES))
def test_damaged_bytes_give_features_or_a_codec_error(data, coding):
    good = coded(of=coding)
    damaged = bytearray(good.data)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        features = decode(replace(good, data=bytes(damaged)), shape=(4, 6, 5))
    except CodecError:
        return
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    'bomb',
    [
        zstandard.compress(bytes(1 << 28)),
        # A header that announces 2**62 bytes, and one that announces nothing.
        b'\x28\xb5\x2f\xfd\xe0' + (1 << 62).to_bytes(8, 'little') + b'\x01\x00\x00',
        zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1 << 20)),
        b'\x50\x2a\x4d\x18' + (60).to_bytes(4, 'little') + bytes(60),
    ],
    ids=['zeros', 'announced', 'not announced', 'skippable'],
)
def test_small_bytes_cannot_become_much_memory(bomb):
    hostile = coded(entropy=Entropy.ZSTD)
    tracemalloc.start()
    try:
        with pytest.raises(CodecError):
            decode(replace(hostile, data=bomb[:100]), shape=(4, 6, 5))
        with pytest.raises(CodecError):
            decode(replace(hostile, data=bomb), shape=(4, 6, 5))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_features_decode_from_the_array_of_a_message():
    from array import array

    features = rectified()
    good = encode(features, Coding.BITS_8)
    message = CodedFeatures(
        int(good.coding),
        int(good.entropy),
        array('I', good.shape),
        array('B', bytes(good.data)),
        array('f', good.scale),
        array('f', good.offset),
    )
    assert (decode(message, shape=features.shape) == decode(good, shape=features.shape)).all()
