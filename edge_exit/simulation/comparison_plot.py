"""A comparison as a picture: what each policy reaches between the worst point and the oracle."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from edge_exit.evaluation.files import write_whole
from edge_exit.simulation.comparison_table import BOUNDS, cell_of

INK, GREY = '#22303c', '#8a97a3'


def draw(rows: Sequence[dict], path: Path, title: str) -> None:
    """Draw mean reward by trace family and by preference, and time against accuracy.

    :raises EdgeExitError: if the file cannot be written.
    """
    figure = Figure(figsize=(13, 8), dpi=110, layout='constrained')
    figure.suptitle(title, color=INK)
    upper, lower = figure.subfigures(2, 1)
    left, right = upper.subplots(1, 2)
    _bars(left, rows, 'trace')
    _bars(right, rows, 'preference')
    time, energy = lower.subplots(1, 2)
    _cloud(time, rows, 'latency_ms_mean', 'mean latency, ms')
    _cloud(energy, rows, 'energy_j_per_frame', 'energy, J a frame')
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=6, fontsize=8, frameon=False)
    write_whole(path, lambda file: figure.savefig(file, format='png'))


def _bars(panel: Axes, rows: Sequence[dict], by: str) -> None:
    """Show the mean share of the span from the worst policy to the best in each cell."""
    groups = list(dict.fromkeys(row[by] for row in rows))
    policies = _policies(rows)
    shares = _shares(rows)
    width = 0.85 / len(policies)
    for place, policy in enumerate(policies):
        heights = [
            np.mean([shares[id(r)] for r in rows if r['policy'] == policy and r[by] == group])
            for group in groups
        ]
        at = np.arange(len(groups)) + place * width
        panel.bar(at, heights, width, label=policy, color=_color(place))
    panel.set_xticks(np.arange(len(groups)) + 0.4, groups)
    panel.set_ylabel('share of the span worst to best', color=INK, size=9)
    panel.set_ylim(0, 1.02)
    _tidy(panel)


def _cloud(panel: Axes, rows: Sequence[dict], name: str, label: str) -> None:
    for place, policy in enumerate(_policies(rows)):
        mine = [row for row in rows if row['policy'] == policy]
        panel.plot(
            np.mean([row[name] for row in mine]), np.mean([row['accuracy'] for row in mine]),
            'o', ms=9, color=_color(place),
        )  # fmt: skip
    panel.set_xlabel(f'{label}, mean over all cells', color=INK, size=9)
    panel.yaxis.set_major_formatter(lambda value, _: f'{value:.1%}')
    panel.set_ylabel('accuracy', color=INK, size=9)
    _tidy(panel)


def _policies(rows: Sequence[dict]) -> list[str]:
    return list(dict.fromkeys(row['policy'] for row in rows if row['policy'] != 'worst_fixed'))


def _shares(rows: Sequence[dict]) -> dict[int, float]:
    """Give where each row lies between the least and the largest reward of its cell, 0..1."""
    found: dict[int, float] = {}
    for cell in dict.fromkeys(map(cell_of, rows)):
        there = [row for row in rows if cell_of(row) == cell]
        rewards = [row['reward_mean'] for row in there]
        bounds = [row['reward_mean'] for row in there if row['policy'] in BOUNDS]
        low = min(bounds or rewards)
        span = max(max(rewards) - low, 1e-9)
        found |= {id(row): max((row['reward_mean'] - low) / span, 0.0) for row in there}
    return found


def _color(place: int) -> str:
    return f'C{place}' if place < 10 else INK


def _tidy(panel: Axes) -> None:
    panel.spines[['top', 'right']].set_visible(False)
    panel.spines[['left', 'bottom']].set_color(GREY)
    panel.grid(axis='y', color=GREY, alpha=0.25, lw=0.6)
    panel.tick_params(colors=INK, labelsize=8)
    panel.set_axisbelow(True)
