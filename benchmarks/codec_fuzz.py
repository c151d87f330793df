"""Decode a million damaged and random coded features: no crash, no other error, no growth.

python benchmarks/codec_fuzz.py [--inputs 1000000]
"""

import argparse
import os
import random
import time
from dataclasses import replace

import numpy as np
import report

from edge_exit.coding import CodedFeatures, Coding, decode, encode
from edge_exit.errors import CodecError

SHAPE = (4, 12, 12)
WARM_UP = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--inputs', type=int, default=1_000_000)
    parser.add_argument('--seed', type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    good = _good_features()
    rows = []
    for kind in (flipped, cut_or_grown, foreign_fields, random_bytes):
        _run(kind, good, chance, WARM_UP)
        before, start = _resident_mib(), time.perf_counter()
        decoded, refused = _run(kind, good, chance, arguments.inputs // 4)
        seconds = time.perf_counter() - start
        rows.append(
            {
                'mutation': kind.__name__,
                'inputs': arguments.inputs // 4,
                'decoded': decoded,
                'codec_errors': refused,
                'other_errors': 0,
                'memory_growth_mib': round(_resident_mib() - before, 2),
                'us_per_input': round(seconds / (arguments.inputs // 4) * 1e6, 1),
            }
        )
    report.write('codec_fuzz', rows, threads=1, shape=SHAPE, seed=arguments.seed)


def _good_features() -> list[CodedFeatures]:
    noise = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    spread = noise * np.logspace(-3, 3, SHAPE[0], dtype=np.float32)[:, None, None]
    coded = [encode(x, c) for x in (np.maximum(noise - 0.5, 0), noise, spread) for c in Coding]
    return [replace(c, data=bytes(c.data)) for c in coded]


def _run(mutate, good: list[CodedFeatures], chance: random.Random, count: int) -> tuple[int, int]:
    decoded = refused = 0
    for _ in range(count):
        try:
            features = decode(mutate(chance.choice(good), chance), shape=SHAPE)
        except CodecError:
            refused += 1
            continue
        decoded += 1
        if features.shape != SHAPE or not np.isfinite(features).all():
            raise AssertionError(f'decoded to {features.shape} with values that are not finite')
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
        'coding': chance.choice((0, 1, 2, 4, 8, 16, 32, 255)),
        'entropy': chance.choice((0, 1, 2, 255)),
        'shape': chance.choice((SHAPE, SHAPE[::-1], (), (1,), (2**32 - 1,) * 3, (0, 12, 12))),
        'scale': np.array(scale, np.float32),
        'offset': np.array(offset, np.float32),
    }
    names = chance.sample(sorted(changes), chance.randint(1, 3))
    return replace(coded, **{name: changes[name] for name in names})


def random_bytes(coded: CodedFeatures, chance: random.Random) -> CodedFeatures:
    """Put random bytes in place of the data, often behind the begin of a zstd frame."""
    begin = chance.choice((b'', coded.data[: chance.randint(4, 16)], b'\x28\xb5\x2f\xfd'))
    return replace(coded, data=begin + chance.randbytes(chance.randint(0, 200)))


def _resident_mib() -> float:
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20


if __name__ == '__main__':
    main()
