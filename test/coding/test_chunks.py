"""What chunks promise: any of them, in any order, make a code, and no bytes can do harm."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge_exit.coding import CodedFeatures, Coding
from edge_exit.coding.chunks import MOST_CHUNKS, channels, cut, join
from edge_exit.coding.coded import Part
from edge_exit.errors import CodecError

PLENTY = 1 << 20
SHAPE = (24, 3, 2)


def code(width: int = 24, seed: int = 0) -> np.ndarray:
    """Give a code without a zero in it, so that what is missing shows."""
    values = np.random.default_rng(seed).uniform(1, 2, (width, *SHAPE[1:]))
    return values.astype(np.float32)


def cut_plain(values: np.ndarray, *, base: int, count: int) -> tuple[CodedFeatures, ...]:
    return cut(values, Coding.RAW, base=base, least=count, room=PLENTY)


@st.composite
def some_chunks(draw):
    """Draw a code, how it is cut, and which of its chunks arrive in which order."""
    width = draw(st.integers(1, 24))
    count = draw(st.integers(1, MOST_CHUNKS))
    base = draw(st.integers(1, width))
    arrived = draw(st.lists(st.integers(0, count - 1), min_size=1, unique=True))
    return width, count, base, arrived


@settings(deadline=None)
@given(some_chunks(), st.integers(0, 5))
def test_any_chunks_in_any_order_give_just_the_channels_that_are_in_them(drawn, seed):
    width, count, base, arrived = drawn
    values = code(width, seed)
    chunks = cut_plain(values, base=base, count=count)
    assert len(chunks) == count
    back = join([chunks[index] for index in arrived], SHAPE)
    there = {place for index in arrived for place in channels(width, chunks[index].part)}
    for place in range(SHAPE[0]):
        expected = values[place] if place in there else np.zeros(SHAPE[1:], np.float32)
        np.testing.assert_array_equal(back[place], expected)
    assert set(range(base)) <= there


@given(some_chunks())
def test_all_chunks_have_every_channel_and_only_the_base_more_than_once(drawn):
    width, count, base, _ = drawn
    places = [channels(width, Part(index, count, base)) for index in range(count)]
    counted = np.bincount(np.concatenate(places), minlength=width)
    assert counted.tolist() == [count] * base + [1] * (width - base)


@pytest.mark.parametrize('coding', [Coding.BITS_8, Coding.BITS_4, Coding.BITS_2])
def test_quantised_chunks_come_back_about_as_they_were(coding):
    values = code()
    chunks = cut(values, coding, base=6, least=3, room=PLENTY)
    back = join(chunks, SHAPE)
    step = 1 / (2 ** int(coding) - 1)
    assert np.abs(back - values).max() <= 0.51 * step


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 400), st.sampled_from([8, 4, 2]))
def test_chunks_are_as_many_as_it_takes_to_have_room_or_there_are_none(room, bits):
    values = np.random.default_rng(1).uniform(-1, 1, (96, 5, 5)).astype(np.float32)
    chunks = cut(values, bits, base=12, least=2, room=room)
    if chunks is None:
        assert 96 * 25 * bits / 8 > 0.5 * MOST_CHUNKS * room / 2, 'even sixteen chunks are too few'
    else:
        assert max(chunk.nbytes for chunk in chunks) <= room
        assert 2 <= len(chunks) <= MOST_CHUNKS


def test_a_single_chunk_that_may_be_large_is_the_whole_code():
    [only] = cut_plain(code(), base=3, count=1)
    np.testing.assert_array_equal(join([only], SHAPE), code())


GOOD = cut_plain(code(), base=3, count=3)


def changed(chunk: CodedFeatures, **part) -> CodedFeatures:
    return replace(chunk, part=replace(chunk.part, **part))


HOSTILE = {
    'nothing': [],
    'a whole code': [replace(GOOD[0], part=None)],
    'the same chunk twice': [GOOD[0], GOOD[1], GOOD[0]],
    'an index beyond the count': [changed(GOOD[0], index=3)],
    'no chunks at all': [changed(GOOD[0], count=0)],
    'more chunks than there may be': [changed(GOOD[0], count=MOST_CHUNKS + 1)],
    'another count in one of them': [GOOD[0], changed(GOOD[1], count=4)],
    'another base in one of them': [GOOD[0], changed(GOOD[1], base=4)],
    'another width in one of them': [GOOD[0], replace(GOOD[1], width=23)],
    'more base than channels': [changed(GOOD[0], base=25)],
    'more channels than the code has': [replace(GOOD[0], width=25)],
    'no channels': [replace(GOOD[0], width=0, part=Part(0, 1, 0))],
    'a chunk without a channel': [replace(GOOD[0], width=1, part=Part(2, 3, 0))],
    'fewer channels than its place has': [changed(GOOD[0], base=6)],
    'another shape': [replace(GOOD[0], shape=(10, 2, 3))],
    'too few bytes': [replace(GOOD[0], data=bytes(GOOD[0].data)[:-1])],
    'far too many of them': list(GOOD) * 1000,
}


@pytest.mark.parametrize('case', HOSTILE)
def test_chunks_that_do_not_belong_together_are_a_codec_error(case):
    with pytest.raises(CodecError):
        join(HOSTILE[case], SHAPE)


def test_numbers_of_a_sender_allocate_nothing():
    hostile = replace(GOOD[0], width=2**31, part=Part(0, 1, 2**31), shape=(2**31, 3, 2))
    tracemalloc.start()
    try:
        with pytest.raises(CodecError):
            join([hostile], SHAPE)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_code_that_is_not_finite_is_not_sent():
    values = code()
    values[7, 1, 1] = np.nan
    with pytest.raises(CodecError):
        cut(values, Coding.BITS_4, base=3, least=2, room=PLENTY)


@given(
    st.lists(
        st.builds(
            CodedFeatures,
            coding=st.sampled_from([0, 2, 4, 8, 32, 128]),
            entropy=st.integers(0, 2),
            shape=st.sampled_from([(10, 3, 2), (3, 3, 2), (24, 3, 2), ()]),
            data=st.binary(max_size=300) | st.sampled_from([bytes(30), bytes(60), bytes(240)]),
            scale=arrays.arrays(np.float32, st.integers(0, 3)),
            offset=arrays.arrays(np.float32, st.integers(0, 3)),
            width=st.sampled_from([0, 3, 10, 24, 25, 65535]),
            part=st.none()
            | st.builds(
                Part,
                index=st.integers(0, 255),
                count=st.integers(0, 255),
                base=st.sampled_from([0, 3, 24, 65535]),
            ),
        ),
        max_size=3,
    )
)
def test_random_chunks_give_a_finite_code_or_a_codec_error(hostile):
    try:
        values = join(hostile, SHAPE)
    except CodecError:
        return
    assert values.shape == SHAPE
    assert np.isfinite(values).all()
