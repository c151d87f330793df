"""Bytes and accuracy of an offload on pictures apart from those that its codec level was chosen on.

    python benchmarks/offload_bytes.py BUNDLE=FOLDER [BUNDLE=FOLDER ...]

At each split the level is chosen on the bundle's own outcome table: the fewest bytes that lose at
most half a point against its network run whole; the least loss if none does. Judged is it on the
pictures of FOLDER, one folder for each class. Split 0 is the rival: the picture as JPEG, at the
qualities that the bundle offers. Bytes are those of what is coded, every picture counted.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import report
from pairs import bundles_with_folders

from edge_exit.bundle import Bundle
from edge_exit.simulation import outcomes
from edge_exit.simulation.asking import ask
from edge_exit.simulation.outcomes import OutcomeTable

MOST_LOSS = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pairs', nargs='+', metavar='BUNDLE=FOLDER')
    rows, models = [], {}
    for bundle, folder in bundles_with_folders(parser.parse_args().pairs):
        known, unseen = outcomes.of_bundle(bundle), ask(bundle, folder)
        models[bundle.name] = {
            'model_id': bundle.model_id, 'chosen_on': len(known), 'judged_on': len(unseen),
            'accuracy': float(unseen.right[:, -1].mean()),
        }  # fmt: skip
        rows += list(rows_of(bundle, known, unseen))
    report.write(
        'offload_bytes',
        rows,
        threads=1,
        bundles=models,
        to_reach={'share_of_jpeg': '<= 0.3 objects20, <= 0.6 cifar10, at points_lost <= 0.5'},
    )


def rows_of(bundle: Bundle, known: OutcomeTable, unseen: OutcomeTable) -> Iterator[dict]:
    """Give a row for the level that is chosen at each split."""
    jpeg = None
    for split in range(unseen.splits):
        level = chosen(known, split)
        size, lost = judged(unseen, split)
        jpeg = jpeg or size[level]
        yield {
            'bundle': bundle.name,
            'split': split,
            'level': bundle.codec_levels[level].name if split else f'jpeg {level}',
            'known_points_lost': judged(known, split)[1][level],
            'bytes': size[level],
            'share_of_jpeg': size[level] / jpeg,
            'points_lost': lost[level],
        }


def chosen(table: OutcomeTable, split: int) -> int:
    """Give the level of fewest bytes within the loss, or that of least loss."""
    size, lost = judged(table, split)
    within = np.flatnonzero(lost <= MOST_LOSS + 1e-9)
    return int(within[size[within].argmin()] if len(within) else lost.argmin())


def judged(table: OutcomeTable, split: int) -> tuple[np.ndarray, np.ndarray]:
    """Give bytes and loss in points of each level: every picture sent, the last exit's answer."""
    right = table.tail_right[:, split, :, -1].mean(axis=0)
    return (
        table.sent_bytes[:, split].mean(axis=0),
        100 * (table.right[:, -1].mean() - right),
    )


if __name__ == '__main__':
    main()
