"""The learned policy beside what else one could do with the same network, simulated.

    python benchmarks/policies_rivals.py --bundle objects20 --traces FOLDER [--worlds 4]

On the part of the changing traces for testing, with the weights that are the default, and for a
user to whom right and fast answers are worth more than energy and bytes. The rival of each cell is
the one of least mean latency among: all on board, JPEG to the server, and dynamic split without
exits, which may also send JPEG. Ratios are ours over the rival's, `points` our accuracy less its,
`bytes_of_jpeg` our bytes over those of JPEG to the server. `reachable` is the least mean latency
over the rival's that any fixed point or the oracle comes to with answers as right as the rival's,
whatever energy and bytes it takes; empty where none is as right.
"""

import report
from comparing import (
    BOUNDS,
    RIVALS,
    TEST,
    WITHIN_REACH,
    arguments,
    cells,
    common,
    compare,
    least_mean_ms,
)

FAMILIES = ('LTE', '3G', '5G', 'markov', 'steps')
# By the name that rows have.
WEIGHTS = {'default': 'accurate', 'right and fast': 'accuracy=10,latency=10'}
PLACE = ('robot_slowdown', 'base_rtt_ms', 'trace')
RATIOS = {
    'mean_ratio': 'latency_ms_mean',
    'p99_ratio': 'latency_ms_p99',
    'energy_ratio': 'energy_j_per_frame',
}


def main() -> None:
    asked = arguments(__doc__, worlds=4)
    every = [
        *common(asked), '--traces', str(asked.traces), *TEST,
        '--families', *FAMILIES, '--slowdowns', '8', '32', '--rtts', '5', '50',
    ]  # fmt: skip
    policies = ['--policies', 'learned', *RIVALS, '--no-bounds']
    compared = compare([*every, '--preferences', *WEIGHTS.values(), *policies])['rows']
    bounds = compare([*every, '--preferences', *WITHIN_REACH, '--policies', 'on_board'])['rows']
    rows = [
        {**place_of(cell['learned']), 'weights': name, **beside(cell, reaching(bounds, cell))}
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


def place_of(row: dict) -> dict:
    """Give the columns that say of which cell a row is."""
    return {name: row[name] for name in PLACE}


def reaching(bounds: list[dict], cell: dict[str, dict]) -> list[dict]:
    """Give the bounds of a cell's world."""
    place = place_of(cell['learned'])
    return [row for row in bounds if row['policy'] in BOUNDS and place_of(row) == place]


def beside(of: dict[str, dict], bounds: list[dict]) -> dict:
    """Put ours beside its rival in one cell."""
    ours = of['learned']
    rival = min((of[name] for name in RIVALS), key=lambda row: row['latency_ms_mean'])
    least = least_mean_ms(bounds, rival['accuracy'])
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
