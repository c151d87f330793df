"""`edge_exit compare` as the benchmarks of policies run it, and its rows by cell."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from edge_exit.simulation.comparison_table import cell_of

TEST = ('--part', 'test')
# What else one could do with the same network.
RIVALS = ('on_board', 'jpeg', 'split_without_exits')
# What the oracle is asked for, to find what can be reached: right and fast answers alone.
WITHIN_REACH = [f'accuracy=10,latency={b},energy=0,bandwidth=0' for b in (10, 4, 1)]
# Of the bounds, those that tell it.
BOUNDS = ('oracle', 'best_fixed')
# As right as another: no more points below it than this.
EQUAL_POINTS = 0.3


def arguments(description: str, *, worlds: int) -> argparse.ArgumentParser:
    """Declare bundle, traces, worlds of a cell and their seconds."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--bundle', required=True)
    parser.add_argument('--traces', type=Path, required=True)
    parser.add_argument('--worlds', type=int, default=worlds)
    parser.add_argument('--seconds', type=float, default=15.0)
    return parser


def common(given: argparse.Namespace, bundle: str | None = None) -> list[str]:
    """Give those of them as options that hold whatever the traces are.

    :param bundle: takes the place of the one that was given.
    """
    lasting = ['--worlds', str(given.worlds), '--seconds', f'{given.seconds:g}']
    return ['--bundle', bundle or given.bundle, *lasting]


def compare(options: Sequence[str]) -> dict:
    """Run it and give its JSON."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'compared.json'
        command = [sys.executable, '-m', 'edge_exit.cli', 'compare', *options, '--json', str(file)]
        subprocess.run(command, check=True)
        return json.loads(file.read_text())


def rewards(rows: Sequence[dict]) -> list[dict[str, float]]:
    """Give the reward of each policy, a dict for each cell."""
    return [{name: row['reward_mean'] for name, row in cell.items()} for cell in cells(rows)]


def cells(rows: Iterable[dict]) -> list[dict[str, dict]]:
    """Give the row of each policy, a dict for each cell."""
    found: dict[tuple, dict[str, dict]] = {}
    for row in rows:
        found.setdefault(cell_of(row), {})[row['policy']] = row
    return list(found.values())


def least_mean_ms(rows: Iterable[Mapping[str, float]], accuracy: float) -> float | None:
    """Give the least mean latency of rows that are as right as this share; None if none is, ms."""
    enough = accuracy - EQUAL_POINTS / 100 - 1e-9
    return min((row['latency_ms_mean'] for row in rows if row['accuracy'] >= enough), default=None)
