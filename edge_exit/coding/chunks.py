"""A bottleneck's code in chunks that decode alone: a lost one makes the answer worse, not none.

Each chunk has the most important channels, the first `base` ones, and its share of the others: with
`count` chunks chunk `index` has base + index, base + index + count, ... Any one of them is a coarse
code of the whole picture, and all together are the code. Figures: docs/codec.md.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge_exit.coding.codec import decode, encode
from edge_exit.coding.coded import CodedFeatures, Part
from edge_exit.errors import CodecError

MOST_CHUNKS = 16
# One of so many of a code's channels is in every chunk, if there is room.
BASE_SHARE = 4
# The entropy stage may make a code so much smaller than its bits; if not, the next try knows.
_HOPED_FOR = 0.85
_TRIES = 4


def channels(width: int, part: Part) -> np.ndarray:
    """Give the channels that a chunk has, ascending.

    :param width: channels of the code that all chunks have together.
    """
    others = np.arange(part.base + part.index, width, part.count)
    return np.concatenate([np.arange(part.base), others])


def cut(
    code: np.ndarray, coding: int, *, base: int, least: int, room: int
) -> tuple[CodedFeatures, ...] | None:
    """Code a code in chunks.

    :param code: its channels that are sent, float32 (width, h, w).
    :param base: channels that every chunk has; fewer if they fill more than half of it, but one.
    :param least: chunks at least; there are more if those do not fit.
    :param room: coded bytes of a chunk at most, scales and offsets included.
    :returns: the chunks, or None if not even MOST_CHUNKS of them are small enough.
    :raises CodecError: if the code cannot be coded.
    """
    bytes_a_channel = code[0].size * coding / 8 * _HOPED_FOR
    for _ in range(_TRIES):
        parts = _plan(len(code), bytes_a_channel, base, least, room)
        coded = [_code(code, coding, part) for part in parts]
        if coded and max(one.nbytes for one in coded) <= room:
            return tuple(coded)
        found = max((one.nbytes / one.shape[0] for one in coded), default=bytes_a_channel)
        bytes_a_channel = max(found, 1.05 * bytes_a_channel)
    return None


def join(chunks: Sequence[CodedFeatures], shape: tuple[int, int, int]) -> np.ndarray:
    """Give the code that those chunks make which arrived; channels in none of them are zero.

    :param chunks: at least one, in any order.
    :param shape: of the whole code, (K, h, w).
    :returns: float32 of that shape.
    :raises CodecError: if they are not chunks of one such code; nothing of a size that the sender
        chose is allocated before.
    """
    check(chunks, shape[0])
    code = np.zeros(shape, np.float32)
    for one in sorted(chunks, key=lambda one: -one.part.index):  # the first one's base stays
        places = channels(one.width, one.part)
        code[places] = decode(one, shape=(len(places), *shape[1:]))
    return code


def check(chunks: Sequence[CodedFeatures], most: int) -> None:
    """Check that these are different chunks of one code.

    :param most: channels of the whole code.
    :raises CodecError: if they are not.
    """
    parts = [one.part for one in chunks]
    if not parts or None in parts or len(parts) > MOST_CHUNKS:
        raise CodecError(f'{len(parts)} messages are not 1 to {MOST_CHUNKS} chunks of a code')
    first, width = parts[0], chunks[0].width
    if not (1 <= first.count <= MOST_CHUNKS and 0 <= first.base <= width <= most and width):
        raise CodecError(
            f'{first.count} chunks with {first.base} of {width} channels in each, of a code that '
            f'has {most} (chunks: 1..{MOST_CHUNKS})'
        )
    same = all(
        (one.width, one.part.count, one.part.base) == (width, first.count, first.base)
        for one in chunks
    )
    indices = [part.index for part in parts]
    if not same or len({*indices}) < len(indices) or not max(indices) < first.count:
        raise CodecError(f'chunks {indices} of {first.count} are not different ones of one code')


def _code(code: np.ndarray, coding: int, part: Part) -> CodedFeatures:
    width = len(code)
    return replace(encode(code[channels(width, part)], coding), width=width, part=part)


def _plan(width: int, bytes_a_channel: float, base: int, least: int, room: int) -> list[Part]:
    """Give the fewest chunks that have room if channels take so many bytes; none if too many."""
    base = max(1, min(base, width, int(room / 2 / bytes_a_channel)))
    others = int(room / bytes_a_channel) - base
    count = max(least, -(-(width - base) // others)) if others > 0 else MOST_CHUNKS + 1
    return [Part(index, count, base) for index in range(count)] if count <= MOST_CHUNKS else []
