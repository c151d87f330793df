"""The learned policy beside dynamic split where nothing was learned: slower links, servers, robots.

    python benchmarks/policies_unseen.py --bundle objects20 --traces FOLDER [--worlds 24]

Each case goes five or ten times beyond what training has drawn; the rest is as in
policies_compared.py. `lack` is what the learned policy's reward is below that of dynamic split, as
a share of it: in the mean, in the worst cell, and in the worst of those that are surely behind, by
more than both 95 % confidence intervals (0 if none is).
"""

import tempfile
from pathlib import Path
from statistics import mean

import report
from comparing import TEST, arguments, cells, common, compare

from edge_exit.simulation.drawing import RANGES

# Training's slowest links carry this, Mbit/s.
SLOWEST = 0.1
OPTIONS = ['--policies', 'learned', 'dynamic_split', '--no-bounds', '--rtts', '5']


def main() -> None:
    asked = arguments(__doc__, worlds=24).parse_args()
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
        rows = [row(case, cells(compare([*always, *more])['rows'])) for case, more in cases.items()]
    report.write(
        f'policies_unseen_{asked.bundle}',
        rows,
        worlds=asked.worlds,
        seconds=asked.seconds,
        to_reach={'worst_lack': '<= 0.02'},
    )


def row(case: str, found: list[dict[str, dict]]) -> dict:
    """Sum up a case.

    :param found: of each cell, the rows of both policies.
    """
    pairs = [(cell['learned'], cell['dynamic_split']) for cell in found]
    lacks = [_lack(*pair) for pair in pairs]
    sure = [lack for lack, pair in zip(lacks, pairs, strict=True) if _surely_behind(*pair)]
    return {
        'case': case,
        'cells': len(found),
        'learned': mean(learned['reward_mean'] for learned, _ in pairs),
        'dynamic_split': mean(split['reward_mean'] for _, split in pairs),
        'lack': mean(lacks),
        'worst_lack': max(lacks),
        'worst_sure_lack': max(sure, default=0.0),
    }


def _lack(learned: dict, split: dict) -> float:
    return (split['reward_mean'] - learned['reward_mean']) / max(abs(split['reward_mean']), 1e-6)


def _surely_behind(learned: dict, split: dict) -> bool:
    within = learned['reward_ci95'] + split['reward_ci95']
    return learned['reward_mean'] < split['reward_mean'] - within


if __name__ == '__main__':
    main()
