"""Decode a million damaged and random coded frames: no crash, no other error, no growth.

Features, a bottleneck's code (features of fewer channels) and pictures, which are JPEG.

python benchmarks/codec_fuzz.py [--inputs 1000000] 2>/dev/null    (libjpeg says a lot there)
"""

import argparse
import itertools
import os
import random
import time
from dataclasses import replace

import cv2
import numpy as np
import report

from edge_exit.coding import CodedFeatures, Coding, decode, encode
from edge_exit.errors import CodecError

SHAPE = (4, 12, 12)
CODE = (1, 12, 12)
PICTURE = (24, 40, 3)
WARM_UP = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--inputs', type=int, default=1_000_000)
    parser.add_argument('--seed', type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    count = arguments.inputs // 8
    rows = []
    for good, kind in itertools.product(
        (_good_features(), _good_pictures()),
        (flipped, cut_or_grown, foreign_fields, random_bytes),
    ):
        _run(kind, good, chance, WARM_UP)
        before, start = _resident_mib(), time.perf_counter()
        decoded, refused = _run(kind, good, chance, count)
        seconds = time.perf_counter() - start
        rows.append(
            {
                'coded': 'picture' if good[0].coding == Coding.JPEG else 'features',
                'mutation': kind.__name__,
                'inputs': count,
                'decoded': decoded,
                'codec_errors': refused,
                'other_errors': 0,
                'memory_growth_mib': round(_resident_mib() - before, 2),
                'us_per_input': round(seconds / count * 1e6, 1),
            }
        )
    report.write('codec_fuzz', rows, threads=1, shapes=[SHAPE, CODE, PICTURE], seed=arguments.seed)


def _good_features() -> list[CodedFeatures]:
    noise = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    spread = noise * np.logspace(-3, 3, SHAPE[0], dtype=np.float32)[:, None, None]
    tensors = (np.maximum(noise - 0.5, 0), noise, spread, noise[: CODE[0]])
    coded = [encode(x, c) for x in tensors for c in Coding if c is not Coding.JPEG]
    return [replace(c, data=bytes(c.data)) for c in coded]


def _good_pictures() -> list[CodedFeatures]:
    noise = np.random.default_rng(0).integers(0, 256, PICTURE, np.uint8)
    pictures = (noise, cv2.GaussianBlur(noise, (9, 9), 0))
    return [encode(x, Coding.JPEG, quality=q) for x in pictures for q in (20, 60, 95)]


def _run(mutate, good: list[CodedFeatures], chance: random.Random, count: int) -> tuple[int, int]:
    decoded = refused = 0
    for _ in range(count):
        begun = chance.choice(good)
        try:
            values = decode(mutate(begun, chance), shape=begun.shape)
        except CodecError:
            refused += 1
            continue
        decoded += 1
        if values.shape != begun.shape or not np.isfinite(values).all():
            raise AssertionError(f'decoded to {values.shape} with values that are not finite')
    return decoded, refused


def flipped(coded: CodedFeatures, chance: random.Random) -> CodedFeatures:
    """Change a few bytes."""
    data = bytearray(coded.data)
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return replace(coded, data=bytes(data))


def cut_or_grown(coded: CodedFeatures, chance: random.Random) -> CodedFeatures:
    """Cut the bytes short, repeat them, or put others behind them."""
    data = coded.data[: chance.randint(0, len(coded.data))]
    return replace(coded, data=data + chance.choice((b'', data, chance.randbytes(8))))


def foreign_fields(coded: CodedFeatures, chance: random.Random) -> CodedFeatures:
    """Put other values into the typed fields."""
    numbers = (0.0, -1.0, 1e-45, 1.0, 3e38, np.inf, -np.inf, np.nan)
    count = chance.choice((0, 1, 3, 4, 4))
    scale, offset = ([chance.choice(numbers) for _ in range(count)] for _ in range(2))
    changes = {
        'coding': chance.choice((0, 1, 2, 4, 8, 16, 32, 128, 255)),
        'entropy': chance.choice((0, 1, 2, 255)),
        'shape': chance.choice((SHAPE, CODE, PICTURE, (), (1,), (2**32 - 1,) * 3, (0, 12, 12))),
        'scale': np.array(scale, np.float32),
        'offset': np.array(offset, np.float32),
    }
    names = chance.sample(sorted(changes), chance.randint(1, 3))
    return replace(coded, **{name: changes[name] for name in names})


def random_bytes(coded: CodedFeatures, chance: random.Random) -> CodedFeatures:
    """Put random bytes in place of the data, often behind the begin of a zstd frame or a JPEG."""
    begin = chance.choice((b'', coded.data[: chance.randint(4, 16)], b'\x28\xb5\x2f\xfd'))
    end = chance.choice((b'', b'\xff\xd9'))
    return replace(coded, data=begin + chance.randbytes(chance.randint(0, 200)) + end)


def _resident_mib() -> float:
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20


if __name__ == '__main__':
    main()
