"""How much of what is possible policies reach: from the worst fixed point (0) to the oracle (1).

    python benchmarks/policies_span.py --bundle objects20 --traces FOLDER [options of compare]

The oracle knows the next two steps (docs/simulation.md), so that more than 1 is possible; both ends
are found in each cell of its own.
"""

import sys
from statistics import mean, median

import report
from comparing import TEST, compare, rewards

from edge_exit.simulation.comparison_table import BOUNDS

WANTED = 0.95


def main() -> None:
    compared = compare([*sys.argv[1:], *TEST])
    cells = compared.pop('rows')
    rows = [
        row(slowdown, policy, rewards([one for one in cells if one['robot_slowdown'] == slowdown]))
        for slowdown in sorted({one['robot_slowdown'] for one in cells})
        for policy in dict.fromkeys(one['policy'] for one in cells)
        if policy not in BOUNDS or policy == 'best_fixed'
    ]
    report.write(
        f'policies_span_{compared["bundle"]}', rows, **compared, to_reach={'learned': WANTED}
    )


def row(slowdown: float, policy: str, cells: list[dict[str, float]]) -> dict:
    """Sum up a policy on robots of one speed."""
    spans = [
        (one[policy] - one['worst_fixed']) / (one['oracle'] - one['worst_fixed']) for one in cells
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
