"""The learned policy beside dynamic split where nothing was learned: slower links, servers, robots.

    python benchmarks/policies_unseen.py --bundle objects20 --traces FOLDER [--worlds 2]

Each case goes five or ten times beyond what training has drawn; the rest is as in
policies_compared.py. `lack` is what the learned policy's reward is below that of dynamic split, as
a share of it: in the mean, and in the worst cell.
"""

import tempfile
from pathlib import Path
from statistics import mean

import report
from comparing import TEST, arguments, common, compare, rewards

from edge_exit.simulation.drawing import RANGES

# Training's slowest links carry this, Mbit/s.
SLOWEST = 0.1
OPTIONS = ['--policies', 'learned', 'dynamic_split', '--no-bounds', '--rtts', '5']


def main() -> None:
    asked = arguments(__doc__, worlds=2)
    always = [*common(asked), *OPTIONS]
    given = ['--traces', str(asked.traces), *TEST]
    given += ['--families', 'LTE', '5G', 'markov', 'steps']
    with tempfile.TemporaryDirectory() as name:
        slow = Path(name) / 'slow.csv'
        slow.write_text(f'time_s,rate_mbps\n0,{SLOWEST / 10}\n60,{SLOWEST / 10}\n')
        link = ['--traces', name, '--families', 'slow', '--slowdowns', '8', '32']
        server = [*given, '--slowdowns', '8', '32']
        server += ['--tail-slowdown', f'{5 * RANGES.tail_slowdown[1]:g}']
        robot = [*given, '--slowdowns', f'{5 * RANGES.head_slowdown[1]:g}']
        cases = {
            'link ten times slower': link,
            'server five times slower': server,
            'robot five times slower': robot,
        }
        rows = [
            row(case, rewards(compare([*always, *more])['rows'])) for case, more in cases.items()
        ]
    report.write(
        f'policies_unseen_{asked.bundle}',
        rows,
        worlds=asked.worlds,
        seconds=asked.seconds,
        to_reach={'worst_lack': '<= 0.02'},
    )


def row(case: str, cells: list[dict[str, float]]) -> dict:
    """Sum up a case."""
    lacks = [
        (one['dynamic_split'] - one['learned']) / max(abs(one['dynamic_split']), 1e-6)
        for one in cells
    ]
    return {
        'case': case,
        'cells': len(cells),
        'learned': mean(one['learned'] for one in cells),
        'dynamic_split': mean(one['dynamic_split'] for one in cells),
        'lack': mean(lacks),
        'worst_lack': max(lacks),
    }


if __name__ == '__main__':
    main()
