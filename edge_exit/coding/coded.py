"""Coded features as they travel: the typed fields that describe the bytes."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np


class Coding(IntEnum):
    """Bits a value, or JPEG for a picture, as in the Features message."""

    RAW = 32
    BITS_8 = 8
    BITS_4 = 4
    BITS_2 = 2
    JPEG = 128


class Entropy(IntEnum):
    """Entropy stage that the bytes went through, as in the Features message."""

    NONE = 0
    ZSTD = 1


@dataclass(frozen=True, slots=True)
class Part:
    """Which chunk of a code it is (`edge_exit.coding.chunks`).

    :ivar index: of this chunk, 0..count-1.
    :ivar count: chunks that the code is sent in.
    :ivar base: channels that each of them has, the first ones.
    """

    index: int
    count: int
    base: int


@dataclass(frozen=True, slots=True)
class CodedFeatures:
    """What is sent of one frame, coded: features, a bottleneck's code of them, or the picture.

    :ivar shape: (channels, height, width) or whatever the features have, without the batch axis;
        (height, width, channels) of a picture.
    :ivar data: the bytes; any contiguous buffer.
    :ivar scale: step of the quantiser, float32, one value or one a channel; empty for RAW and JPEG.
    :ivar offset: value of quantiser level 0, float32, one value or one a channel; empty for RAW and
        JPEG.
    :ivar width: channels of a bottleneck's code that this is; 0 for the features or the picture.
    :ivar part: which chunk of that code this is; None if it is all of it.
    """

    coding: int
    entropy: int
    shape: tuple[int, ...]
    data: bytes | memoryview
    scale: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    offset: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    width: int = 0
    part: Part | None = None

    @property
    def nbytes(self) -> int:
        """Give the bytes that depend on what is sent: data, scales and offsets."""
        return memoryview(self.data).nbytes + self.scale.nbytes + self.offset.nbytes
