"""A comparison in few lines: each policy over all cells, and cell by cell."""

from collections.abc import Sequence
from statistics import mean

CELL = ('trace', 'preference', 'robot_slowdown', 'base_rtt_ms')
_COLUMNS = {
    'reward_mean': '{:8.3f}',
    'accuracy': '{:8.2%}',
    'latency_ms_mean': '{:8.1f}',
    'latency_ms_p50': '{:8.1f}',
    'latency_ms_p99': '{:8.1f}',
    'deadline_miss_rate': '{:8.2%}',
    'energy_j_per_frame': '{:8.4f}',
    'bytes_per_frame': '{:8.0f}',
    'offloaded': '{:8.1%}',
}
_HEADS = ('reward', 'accuracy', 'mean ms', 'p50 ms', 'p99 ms', 'missed', 'J', 'bytes', 'offload')


def text(rows: Sequence[dict]) -> str:
    """Show the means of each policy, the best first, and in how many cells it was the best."""
    policies = list(dict.fromkeys(row['policy'] for row in rows))
    means = {
        policy: {
            name: mean(row[name] for row in rows if row['policy'] == policy) for name in _COLUMNS
        }
        for policy in policies
    }
    wins, count = best_in(rows), len({cell_of(row) for row in rows})
    lines = [f'{"policy":20}' + ''.join(f'{head:>9}' for head in _HEADS) + '  best in']
    for policy in sorted(policies, key=lambda name: -means[name]['reward_mean']):
        values = ' '.join(form.format(means[policy][name]) for name, form in _COLUMNS.items())
        won = f'{wins[policy]:4d}' if policy in wins else '   -'
        lines.append(f'{policy:20} {values}  {won}')
    return '\n'.join([*lines, f'means over {count} cells ({", ".join(CELL)})'])


def best_in(rows: Sequence[dict]) -> dict[str, int]:
    """Count the cells in which each policy that a robot could run was the best."""
    wins = {row['policy']: 0 for row in rows if row['policy'] not in BOUNDS}
    for cell in dict.fromkeys(map(cell_of, rows)):
        there = [row for row in rows if cell_of(row) == cell and row['policy'] in wins]
        wins[max(there, key=lambda row: row['reward_mean'])['policy']] += 1
    return wins


# No robot can run these.
BOUNDS = ('oracle', 'best_fixed', 'worst_fixed')


def cell_of(row: dict) -> tuple:
    """Give what names the cell of a row."""
    return tuple(row[name] for name in CELL)
