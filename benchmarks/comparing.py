"""`edge_exit compare` as the benchmarks of policies run it, and its rewards by cell."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edge_exit.simulation.comparison_table import cell_of

TEST = ('--part', 'test')


def compare(options: Sequence[str]) -> dict:
    """Run it and give its JSON."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'compared.json'
        command = [sys.executable, '-m', 'edge_exit.cli', 'compare', *options, '--json', str(file)]
        subprocess.run(command, check=True)
        return json.loads(file.read_text())


def rewards(rows: Sequence[dict]) -> list[dict[str, float]]:
    """Give the reward of each policy, a dict for each cell."""
    found: dict[tuple, dict[str, float]] = {}
    for row in rows:
        found.setdefault(cell_of(row), {})[row['policy']] = row['reward_mean']
    return list(found.values())
