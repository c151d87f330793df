"""Coded features as they travel: the typed fields that describe the bytes."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np


class Coding(IntEnum):
    """Bits a value, as in the Features message."""

    RAW = 32
    BITS_8 = 8
    BITS_4 = 4
    BITS_2 = 2


class Entropy(IntEnum):
    """Entropy stage that the bytes went through, as in the Features message."""

    NONE = 0
    ZSTD = 1


@dataclass(frozen=True, slots=True)
class CodedFeatures:
    """Features of one frame, coded.

    :ivar shape: (channels, height, width) or whatever the features have, without the batch axis.
    :ivar scale: step of the quantiser, float32, one value or one a channel; empty for RAW.
    :ivar offset: value of quantiser level 0, float32, one value or one a channel; empty for RAW.
    :ivar data: the bytes; any contiguous buffer.
    """

    coding: int
    entropy: int
    shape: tuple[int, ...]
    data: bytes | memoryview
    scale: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    offset: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
