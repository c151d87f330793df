"""The learned policy beside what else one could do with the same network, simulated.

    python benchmarks/policies_rivals.py --bundle objects20 --traces FOLDER [--worlds 4]

On the part of the changing traces for testing, with the weights that are the default. The rival of
each cell is the one of least mean latency among: all on board, JPEG to the server, and dynamic
split without exits, which may also send JPEG. Ratios are ours over the rival's, `points` our
accuracy less its, `bytes_of_jpeg` our bytes over those of JPEG to the server.
"""

import report
from comparing import TEST, arguments, cells, common, compare

RIVALS = ('on_board', 'jpeg', 'split_without_exits')
FAMILIES = ('LTE', '3G', '5G', 'markov', 'steps')
PLACE = ('robot_slowdown', 'base_rtt_ms', 'trace')
RATIOS = {
    'mean_ratio': 'latency_ms_mean',
    'p99_ratio': 'latency_ms_p99',
    'energy_ratio': 'energy_j_per_frame',
}


def main() -> None:
    asked = arguments(__doc__, worlds=4)
    compared = compare(
        [
            *common(asked), '--traces', str(asked.traces), *TEST,
            '--families', *FAMILIES, '--preferences', 'accurate', '--slowdowns', '8', '32',
            '--rtts', '5', '50', '--policies', 'learned', *RIVALS, '--no-bounds',
        ]
    )  # fmt: skip
    rows = [beside(cell) for cell in cells(compared['rows'])]
    report.write(
        f'policies_rivals_{asked.bundle}',
        sorted(rows, key=lambda row: [row[name] for name in PLACE]),
        worlds=asked.worlds,
        seconds=asked.seconds,
        to_reach='at <= 0.3 points: mean <= 0.7, p99 <= 1.0, energy <= 0.7, bytes <= 0.5 of JPEG',
    )


def beside(of: dict[str, dict]) -> dict:
    """Put ours beside its rival in one cell."""
    ours = of['learned']
    rival = min((of[name] for name in RIVALS), key=lambda row: row['latency_ms_mean'])
    return {
        **{name: ours[name] for name in PLACE},
        'rival': rival['policy'],
        'points': round(100 * (ours['accuracy'] - rival['accuracy']), 1),
        **{name: round(ours[key] / rival[key], 3) for name, key in RATIOS.items()},
        'bytes_of_jpeg': round(ours['bytes_per_frame'] / of['jpeg']['bytes_per_frame'], 3),
        'missed': round(ours['deadline_miss_rate'], 4),
        'rival_missed': round(rival['deadline_miss_rate'], 4),
    }


if __name__ == '__main__':
    main()
