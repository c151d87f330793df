"""What is sent at each split comes back as what the next segment takes, or is refused."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tiny_bundle import BOTTLENECK, LEVELS_OF_CODEC, QUALITIES, SLIM, write_tiny_bundle

from edge_exit.coding import CodedFeatures, Coding, decode, encode
from edge_exit.errors import BundleError, CodecError
from edge_exit.inference.belief import first_rows
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.requests import TailRequest
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.inference.tail_session import TailSession

LEVELS = range(len(LEVELS_OF_CODEC))
WHOLE_CODE = list(LEVELS_OF_CODEC).index('w100_8bit')
NEVER = 2.0


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.fixture(scope='module')
def network(bundle):
    return SegmentedNetwork(bundle)


@pytest.fixture(scope='module')
def codec(bundle):
    every = range(len(bundle.splits))
    return SplitCodec(bundle, encodes=every, decodes=every)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, 16, 16, 3), np.uint8)


def sent_at(network, split: int, seed: int = 0) -> np.ndarray:
    """Give what is sent at a split of a picture."""
    values, beliefs = noise(seed), first_rows(1, 3)
    for index in range(split):
        values, beliefs = network.run(index, values, beliefs)
    return values


@pytest.mark.parametrize('level', LEVELS)
@pytest.mark.parametrize('split', [0, 1, 2, 3])
def test_what_comes_back_is_what_the_next_segment_takes(network, codec, split, level):
    values = sent_at(network, split)
    back = codec.decode(split, codec.encode(split, level, values))
    assert (back.shape, back.dtype) == (values.shape, values.dtype)
    if split == 0:
        assert np.abs(back.astype(int) - values).mean() < 70, 'noise is not what JPEG is made for'
    elif level == 0:
        np.testing.assert_array_equal(back, values)


def test_picture_has_the_quality_of_the_level(codec):
    for level, quality in enumerate(QUALITIES):
        coded = codec.encode(0, level, noise())
        assert coded.data == encode(noise()[0], Coding.JPEG, quality=quality).data


def test_only_the_first_channels_of_the_code_are_sent(network, codec):
    features = sent_at(network, BOTTLENECK)
    whole, slim = (codec.encode(BOTTLENECK, level, features) for level in (WHOLE_CODE, SLIM))
    assert (whole.width, whole.shape) == (8, (8, 8, 8))
    assert (slim.width, slim.shape) == (4, (4, 8, 8))


def test_where_a_split_has_no_bottleneck_a_slim_level_sends_the_features(network, codec):
    features = sent_at(network, 3)
    slim, plain = (codec.encode(3, level, features) for level in (SLIM, 1))
    assert (slim.width, slim.shape) == (0, features.shape[1:])
    assert bytes(slim.data) == bytes(plain.data)


def run_half(bundle, name: str, values: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(bundle.path / name))
    return session.run(None, {session.get_inputs()[0].name: values})[0]


@pytest.mark.parametrize(('level', 'width'), [(WHOLE_CODE, 8), (SLIM, 4)])
@pytest.mark.parametrize('seed', range(3))
def test_head_and_tail_are_decoder_of_encoder_in_one_process(
    bundle, network, codec, level, width, seed
):
    run = HeadSession(bundle, network).begin(noise(seed)[0])
    HeadSession(bundle, network).advance(
        run, exit_threshold=NEVER, split=BOTTLENECK, may_offload=True
    )
    coded = codec.encode(BOTTLENECK, level, run.features)
    request = TailRequest(bundle.model_id, BOTTLENECK, NEVER, run.belief, coded)
    tail = TailSession(bundle, SegmentedNetwork(bundle))
    [answer] = tail.run([tail.accept(request)])

    code = run_half(bundle, 'encoder_2.onnx', run.features)
    received = np.zeros_like(code)
    received[0, :width] = decode(
        encode(code[0, :width], Coding.BITS_8), shape=(width, *code.shape[2:])
    )
    values = run_half(bundle, 'decoder_2.onnx', received)
    beliefs = run.belief.row[np.newaxis]
    for index in range(BOTTLENECK, len(bundle.segments)):
        values, beliefs = network.run(index, values, beliefs)
    np.testing.assert_array_equal(answer.belief.row, beliefs[0])


def test_head_that_offloads_nowhere_near_a_bottleneck_loads_none(bundle):
    codec = SplitCodec(bundle, encodes=range(BOTTLENECK))
    assert not codec._encoders
    assert not codec._decoders


def test_encoder_that_does_not_fit_the_manifest_is_refused(bundle):
    swapped = bundle.splits[BOTTLENECK].bottleneck
    swapped = replace(swapped, encoder=swapped.decoder)
    splits = [replace(split, bottleneck=split.bottleneck and swapped) for split in bundle.splits]
    with pytest.raises(BundleError, match=r'decoder_2\.onnx belongs to another model'):
        SplitCodec(replace(bundle, splits=tuple(splits)), encodes=[BOTTLENECK])


@pytest.fixture
def slim(network, codec):
    coded = codec.encode(BOTTLENECK, SLIM, sent_at(network, BOTTLENECK))
    return replace(coded, data=bytes(coded.data))


HOSTILE = {
    'more channels than there are': {'width': 9, 'shape': (9, 8, 8)},
    'as many as a message can say': {'width': 65535, 'shape': (65535, 8, 8)},
    'another number of channels than the shape': {'width': 3},
    'features instead of a code': {'width': 0},
    'another shape': {'shape': (4, 16, 4)},
    'JPEG': {'coding': Coding.JPEG},
    'numbers that overflow in the decoder': {
        'scale': np.full(1, 1e36, np.float32),
        'offset': np.full(1, 3e38, np.float32),
    },
}


@pytest.mark.parametrize('case', HOSTILE)
def test_code_that_does_not_fit_is_a_codec_error(codec, slim, case):
    with pytest.raises(CodecError):
        codec.decode(BOTTLENECK, replace(slim, **HOSTILE[case]))


def test_code_at_a_split_without_bottleneck_is_a_codec_error(codec, slim):
    with pytest.raises(CodecError, match='4 channels of a code that has 0'):
        codec.decode(1, slim)


def test_picture_after_the_first_segment_and_features_before_it_are_a_codec_error(codec, network):
    picture, features = codec.encode(0, 0, noise()), codec.encode(1, 0, sent_at(network, 1))
    with pytest.raises(CodecError, match='JPEG is for split 0'):
        codec.decode(1, picture)
    with pytest.raises(CodecError, match='JPEG is for split 0'):
        codec.decode(0, features)
    with pytest.raises(CodecError):
        codec.decode(0, replace(picture, width=3))


@given(
    st.integers(0, 3),
    st.builds(
        CodedFeatures,
        coding=st.sampled_from([0, 2, 4, 8, 32, 128]),
        entropy=st.integers(0, 2),
        shape=st.sampled_from([(16, 16, 3), (16, 16, 16), (16, 8, 8), (4, 8, 8), (1, 8, 8), ()]),
        data=st.binary(max_size=300) | st.sampled_from([bytes(64), bytes(256), bytes(1024)]),
        scale=arrays.arrays(np.float32, st.integers(0, 4)),
        offset=arrays.arrays(np.float32, st.integers(0, 4)),
        width=st.sampled_from([0, 1, 4, 8, 9, 65535]),
    ),
)
def test_random_fields_give_finite_values_or_a_codec_error(bundle, codec, split, hostile):
    try:
        values = codec.decode(split, hostile)
    except CodecError:
        return
    assert values.shape == (1, *bundle.splits[split].shape)
    assert np.isfinite(values).all()
