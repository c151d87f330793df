"""How much of what is possible policies reach: from the worst fixed point (0) to the oracle (1).

    python benchmarks/policies_span.py --bundle objects20 --traces FOLDER [options of compare]

The oracle knows the next two steps (docs/simulation.md), so that more than 1 is possible; both ends
are found in each cell of its own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median

import report

from edge_exit.simulation.comparison_table import BOUNDS, cell_of

WANTED = 0.95


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'compared.json'
        command = [sys.executable, '-m', 'edge_exit.cli', 'compare', *sys.argv[1:]]
        subprocess.run([*command, '--part', 'test', '--json', str(file)], check=True)
        compared = json.loads(file.read_text())
    cells: dict[tuple, dict[str, float]] = {}
    for one in compared.pop('rows'):
        cells.setdefault(cell_of(one), {})[one['policy']] = one['reward_mean']
    rows = [
        row(slowdown, policy, [cells[cell] for cell in of_slowdown])
        for slowdown, of_slowdown in by_slowdown(cells).items()
        for policy in next(iter(cells.values()))
        if policy not in BOUNDS or policy == 'best_fixed'
    ]
    report.write(
        f'policies_span_{compared["bundle"]}', rows, **compared, to_reach={'learned': WANTED}
    )


def by_slowdown(cells: dict[tuple, dict[str, float]]) -> dict[float, list[tuple]]:
    """Sort cells by how slow their robot is."""
    slowdowns = sorted({cell[2] for cell in cells})
    return {slow: [cell for cell in cells if cell[2] == slow] for slow in slowdowns}


def row(slowdown: float, policy: str, rewards: list[dict[str, float]]) -> dict:
    """Sum up a policy on robots of one speed."""
    spans = [
        (one[policy] - one['worst_fixed']) / (one['oracle'] - one['worst_fixed']) for one in rewards
    ]
    return {
        'robot_slowdown': slowdown,
        'policy': policy,
        'cells': len(spans),
        'span_mean': mean(spans),
        'span_median': median(spans),
        'span_least': min(spans),
        'wanted': mean(span >= WANTED for span in spans),
    }


if __name__ == '__main__':
    main()
