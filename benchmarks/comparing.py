"""`edge_exit compare` as the benchmarks of policies run it, and its rows by cell."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from edge_exit.simulation.comparison_table import cell_of

TEST = ('--part', 'test')


def arguments(description: str, *, worlds: int) -> argparse.Namespace:
    """Read bundle, traces, worlds of a cell and their seconds from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--bundle', required=True)
    parser.add_argument('--traces', type=Path, required=True)
    parser.add_argument('--worlds', type=int, default=worlds)
    parser.add_argument('--seconds', type=float, default=15.0)
    return parser.parse_args()


def common(given: argparse.Namespace) -> list[str]:
    """Give those of them as options that hold whatever the traces are."""
    lasting = ['--worlds', str(given.worlds), '--seconds', f'{given.seconds:g}']
    return ['--bundle', given.bundle, *lasting]


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
