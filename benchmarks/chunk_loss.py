"""What lost datagrams cost in accuracy: codes sent whole and in chunks, beside each other.

    python benchmarks/chunk_loss.py BUNDLE=FOLDER [BUNDLE=FOLDER ...] [--pictures 1000]

FOLDER holds one folder of pictures for each class. All pictures travel, and leave at the last exit.
Each frame of the wire is lost by itself; a message is lost with any of its frames. What of nothing
arrives is answered by the robot's own belief at the split. The accuracy is the expected one: every
set of chunks that may arrive is decoded, for every picture, and weighted with its probability.
"""

import argparse

import report
from chunk_sending import HEAD, JUDGED, Form, Loss, bundles_and_pictures

from edge_exit.inference.split_codec import Chunking
from edge_exit.nodes.chunk_conversions import room_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pairs', nargs='+', metavar='BUNDLE=FOLDER')
    parser.add_argument('--pictures', type=int, default=1000)
    parser.add_argument('--least', type=int, default=2, help='chunks of a frame at least')
    arguments = parser.parse_args()
    rows, counted = [], {}
    for bundle, files in bundles_and_pictures(arguments):
        chunking = Chunking(arguments.least, room_of(HEAD, bundle))
        forms = (Form('whole', None), Form('chunks', chunking))
        levels = [i for i, level in enumerate(bundle.codec_levels) if level.width is not None]
        rows += Loss(bundle, files).rows(levels, forms)
        counted[bundle.name] = {'model_id': bundle.model_id, 'pictures': len(files)}
    report.write(
        'chunk_loss', rows, threads=1, bundles=counted, least_chunks=arguments.least,
        figures={f'points lost with {JUDGED:.0%} of the chunks': '<= 2'},
    )  # fmt: skip


if __name__ == '__main__':
    main()
