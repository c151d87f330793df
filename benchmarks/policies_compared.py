"""All policies over simulated links, robots and wishes, on the part of the traces for testing.

    python benchmarks/policies_compared.py --bundle objects20 --traces FOLDER [options of compare]
    python benchmarks/policies_compared.py --cells compared.json

Means over the cells of `edge_exit compare`, by the robot's slowdown; it is run first, or its JSON
is taken. `of_best` is what a policy's reward lacks to that of the best policy of each cell, in the
mean; `lead` is against the best of all others, with the 95 % interval over cells. `first` is the
share of cells in which no other policy has more, `unbeaten` in which none has more by more than
both confidence intervals.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev

import report
from comparing import TEST, compare

from edge_exit.simulation.comparison_table import BOUNDS, cell_of

FIGURES = {
    'reward_mean': 3, 'accuracy': 4, 'latency_ms_mean': 1, 'latency_ms_p99': 1,
    'deadline_miss_rate': 4, 'energy_j_per_frame': 4, 'bytes_per_frame': 0,
}  # fmt: skip


def main() -> None:
    if sys.argv[1:2] == ['--cells']:
        compared = json.loads(Path(sys.argv[2]).read_text())
    else:
        compared = compare([*sys.argv[1:], *TEST])
    cells = compared.pop('rows')
    facts = {'cells': len({cell_of(row) for row in cells}), **compared}
    report.write(f'policies_{compared["bundle"]}', list(rows(cells)), **facts)


def rows(cells: list[dict]) -> Iterator[dict]:
    """Sum up by robot and policy."""
    best: dict[tuple, dict[str, tuple[float, float]]] = {}
    for row in cells:
        if row['policy'] not in BOUNDS:
            reward = (row['reward_mean'], row['reward_ci95'])
            best.setdefault(cell_of(row), {})[row['policy']] = reward
    for slowdown in sorted({row['robot_slowdown'] for row in cells}):
        there = [row for row in cells if row['robot_slowdown'] == slowdown]
        found = [
            _summed(slowdown, policy, [row for row in there if row['policy'] == policy], best)
            for policy in dict.fromkeys(row['policy'] for row in there)
        ]
        yield from sorted(found, key=lambda row: -row['reward_mean'])


def _summed(slowdown: float, policy: str, of_policy: list[dict], best: dict) -> dict:
    others = [
        max(reward for name, reward in best[cell_of(row)].items() if name != policy)
        for row in of_policy
    ]
    leads = [row['reward_mean'] - other for row, (other, _) in zip(of_policy, others, strict=True)]
    within = [row['reward_ci95'] + ci for row, (_, ci) in zip(of_policy, others, strict=True)]
    spread = 1.96 * stdev(leads) / len(leads) ** 0.5 if len(leads) > 1 else 0.0
    return {
        'robot_slowdown': slowdown,
        'policy': policy,
        **{name: round(mean(row[name] for row in of_policy), to) for name, to in FIGURES.items()},
        'of_best': round(
            mean(row['reward_mean'] - max(best[cell_of(row)].values())[0] for row in of_policy), 3
        ),
        'lead': round(mean(leads), 3),
        'lead_ci95': round(spread, 3),
        'first': round(mean(lead >= 0 for lead in leads), 3),
        'unbeaten': round(mean(lead >= -ci for lead, ci in zip(leads, within, strict=True)), 3),
    }


if __name__ == '__main__':
    main()
