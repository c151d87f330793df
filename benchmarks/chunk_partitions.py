"""Compare ways to cut a code into chunks: what of it each one repeats, and parity instead.

    python benchmarks/chunk_partitions.py BUNDLE=FOLDER [BUNDLE=FOLDER ...] [--level w50_2bit]

Measured as in chunk_loss.py. `base 1/n`: one of n channels, the most important ones, is in every
chunk; the others are dealt out in turn. Parity is the exclusive or of all chunks, one more message.
"""

import argparse

import report
from chunk_sending import HEAD, Form, Loss, bundles_and_pictures

from edge_exit.inference.split_codec import Chunking
from edge_exit.nodes.chunk_conversions import room_of

# Larger than any code has channels: each chunk repeats the very first one, as some must be there.
NONE = 1 << 16
SHARES = {'base 1 channel': NONE, 'base 1/8': 8, 'base 1/4': 4}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pairs', nargs='+', metavar='BUNDLE=FOLDER')
    parser.add_argument('--pictures', type=int, default=400)
    parser.add_argument('--level', default='w50_2bit')
    arguments = parser.parse_args()
    rows, counted = [], {}
    for bundle, files in bundles_and_pictures(arguments):
        level = [one.name for one in bundle.codec_levels].index(arguments.level)
        rows += Loss(bundle, files).rows([level], forms(room_of(HEAD, bundle)))
        counted[bundle.name] = {'model_id': bundle.model_id, 'pictures': len(files)}
    report.write('chunk_partitions', rows, threads=1, bundles=counted)


def forms(room: int) -> tuple[Form, ...]:
    """Give what is compared."""
    cut = [
        Form(f'{least} chunks, {name}', Chunking(least, room, share))
        for least in (2, 3)
        for name, share in SHARES.items()
    ]
    parity = [
        Form(f'{least} chunks and parity', Chunking(least, room, NONE), parity=True)
        for least in (2, 3)
    ]
    return Form('whole', None), *cut, *parity


if __name__ == '__main__':
    main()
