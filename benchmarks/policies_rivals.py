"""The learned policy beside what else one could do, simulated.

    python benchmarks/policies_rivals.py --bundle objects20 --traces FOLDER [--worlds 4]
        [--small NAME=BUNDLE ...]

On the part of the changing traces for testing, with the weights that are the default, and for a
user to whom right and fast answers are worth more than energy and bytes. The rival of each cell is
the one of least mean latency among: all on board, JPEG to the server, dynamic split without exits,
which may also send JPEG, and those of the small static networks on board that are at most 0.3
points less right than ours there. These need outcome tables of the same pictures; their times are
measured in turn with those of the bundle's own backbone, and brought to the day on which that was
profiled. Ratios are ours over the rival's, `points` our accuracy less its,
`bytes_of_jpeg` our bytes over those of JPEG to the server. `reachable` is the least mean latency
over the rival's that any fixed point or the oracle comes to with answers as right as the rival's,
whatever energy and bytes it takes; empty where none is as right.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import report
from comparing import (
    BOUNDS,
    EQUAL_POINTS,
    RIVALS,
    TEST,
    WITHIN_REACH,
    arguments,
    cells,
    common,
    compare,
    least_mean_ms,
)
from pairs import named_bundles

from edge_exit import bundle as bundles
from edge_exit.bundle import Bundle, rewriting
from edge_exit.evaluation.frame_times import soft_picture
from edge_exit.export.measure import backbone_time

FAMILIES = ('LTE', '3G', '5G', 'markov', 'steps')
# By the name that rows have.
WEIGHTS = {'default': 'accurate', 'right and fast': 'accuracy=10,latency=10'}
PLACE = ('robot_slowdown', 'base_rtt_ms', 'trace')
# How often a small network is timed, in turn with the bundle's own.
TURNS = 5
# Of a small network that is all on board nothing is asked, and nothing bounds it.
ON_BOARD = ('--policies', 'on_board')
ALONE = (*ON_BOARD, '--preferences', 'accurate', '--no-bounds')
RATIOS = {
    'mean_ratio': 'latency_ms_mean',
    'p99_ratio': 'latency_ms_p99',
    'energy_ratio': 'energy_j_per_frame',
}


def main() -> None:
    parser = arguments(__doc__, worlds=4)
    parser.add_argument('--small', nargs='*', default=[], metavar='NAME=BUNDLE')
    asked = parser.parse_args()
    every = [
        '--traces', str(asked.traces), *TEST,
        '--families', *FAMILIES, '--slowdowns', '8', '32', '--rtts', '5', '50',
    ]  # fmt: skip
    ours, policies = [*common(asked), *every], ['--policies', 'learned', *RIVALS, '--no-bounds']
    compared = compare([*ours, '--preferences', *WEIGHTS.values(), *policies])['rows']
    bounds = compare([*ours, '--preferences', *WITHIN_REACH, *ON_BOARD])['rows']
    small = [
        row | {'policy': name}
        for name, folder in timed(asked)
        for row in compare([*common(asked, str(folder)), *every, *ALONE])['rows']
    ]
    rows = [
        {
            **place_of(cell['learned']),
            'weights': name,
            **beside(cell, at(cell, small), at(cell, bounds)),
        }
        for name, preference in WEIGHTS.items()
        for cell in cells(row for row in compared if row['preference'] == preference)
    ]
    report.write(
        f'policies_rivals_{asked.bundle}',
        sorted(rows, key=lambda row: [row['weights'], *(row[name] for name in PLACE)]),
        worlds=asked.worlds,
        seconds=asked.seconds,
        to_reach='at <= 0.3 points: mean <= 0.7, p99 <= 1.0, energy <= 0.7, bytes <= 0.5 of JPEG',
    )


def timed(asked: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Give a copy of each small network's bundle whose times are as if profiled with ours."""
    ours = bundles.load(asked.bundle)
    with tempfile.TemporaryDirectory() as there:
        for name, small in named_bundles(asked.small):
            share = median(_time(small) / _time(ours) for _ in range(TURNS))
            copy = Path(there) / name
            shutil.copytree(small.path, copy)
            values = rewriting.content(small)
            whole = sum(segment['reference_ms'] for segment in values['segments'])
            for segment in values['segments']:
                segment['reference_ms'] *= share * ours.backbone.reference_ms / whole
            rewriting.update(bundles.load(str(copy)), {'segments': values['segments']})
            yield name, copy


def _time(bundle: Bundle) -> float:
    return backbone_time(bundle, soft_picture(bundle))


def place_of(row: dict) -> dict:
    """Give the columns that say of which cell a row is."""
    return {name: row[name] for name in PLACE}


def at(cell: dict[str, dict], rows: list[dict]) -> list[dict]:
    """Give those rows that are of the same world as a cell."""
    return [row for row in rows if place_of(row) == place_of(cell['learned'])]


def beside(of: dict[str, dict], small: list[dict], bounds: list[dict]) -> dict:
    """Put ours beside its rival in one cell."""
    ours = of['learned']
    enough = ours['accuracy'] - EQUAL_POINTS / 100 - 1e-9
    rivals = [of[name] for name in RIVALS] + [row for row in small if row['accuracy'] >= enough]
    rival = min(rivals, key=lambda row: row['latency_ms_mean'])
    least = least_mean_ms([row for row in bounds if row['policy'] in BOUNDS], rival['accuracy'])
    return {
        'rival': rival['policy'],
        'points': round(100 * (ours['accuracy'] - rival['accuracy']), 1),
        **{name: round(ours[key] / rival[key], 3) for name, key in RATIOS.items()},
        'reachable': least and round(least / rival['latency_ms_mean'], 3),
        'bytes_of_jpeg': round(ours['bytes_per_frame'] / of['jpeg']['bytes_per_frame'], 3),
        'missed': round(ours['deadline_miss_rate'], 4),
        'rival_missed': round(rival['deadline_miss_rate'], 4),
    }


if __name__ == '__main__':
    main()
