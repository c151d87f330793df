"""A bundle as a picture: accuracy against cost, and how sure each exit is of right and wrong."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from edge_exit.evaluation.files import write_whole

CURVE, RIGHT, WRONG = '#3a6ea5', '#2a9d8f', '#e07a3f'
INK, GREY = '#22303c', '#8a97a3'
STYLE = {'size': 9, 'color': INK}


def draw(report: dict, path: Path) -> None:
    """Draw what `inspecting.inspect` found into a PNG file; it must hold a calibration.

    :raises EdgeExitError: if the file cannot be written.
    """
    exits = len(report['segments'])
    figure = Figure(figsize=(max(8, 2.6 * exits), 7), dpi=110, layout='constrained')
    upper, lower = figure.subfigures(2, 1, height_ratios=(3, 2))
    _curve(upper.subplots(), report)
    panels = lower.subplots(1, exits, squeeze=False)[0]
    for index, panel in enumerate(panels):
        _histogram(panel, report['calibration']['exits'][index], index)
    panels[0].set_ylabel('pictures', **STYLE)
    lower.supxlabel('confidence of the exit alone', **STYLE)
    write_whole(path, lambda file: figure.savefig(file, format='png'))


def _curve(panel: Axes, report: dict) -> None:
    found, whole = report['calibration'], report['whole']['macs']
    costs = [point['mean_macs'] / whole for point in found['curve']]
    shares = [point['accuracy'] for point in found['curve']]
    panel.plot(costs, shares, 'o-', ms=3, color=CURVE, label=f'rule {found["rule"]}')
    spent = [segment['spent_of_whole'] for segment in report['segments']]
    alone = [row['accuracy'] for row in found['exits']]
    panel.plot(spent, alone, 's', ms=6, color=GREY, label='all pictures at one exit')
    panel.plot(1, found['whole_accuracy'], '*', ms=13, color=INK, label='whole, without exits')
    for row in found['thresholds']:
        if row['rule'] == found['rule'] and row['kept']:
            panel.annotate(
                f'{row["threshold"]:g} (-{row["max_loss"]:g})',
                (row['mean_macs'] / whole, row['accuracy']),
                xytext=(4, -14), textcoords='offset points', **STYLE,
            )  # fmt: skip
    panel.set_title(f'{report["name"]}, {found["pictures"]} pictures', color=INK, size=11)
    panel.set_xlabel('mean MACs / MACs of the whole network', **STYLE)
    panel.yaxis.set_major_formatter(lambda value, _: f'{value:.0%}')
    panel.set_ylabel('accuracy', **STYLE)
    panel.grid(color=GREY, alpha=0.25, lw=0.6)
    panel.legend(loc='lower right', fontsize=9, frameon=False, labelcolor=INK)
    _tidy(panel)


def _histogram(panel: Axes, row: dict, index: int) -> None:
    right, wrong = np.array(row['right']), np.array(row['wrong'])
    edges = np.linspace(0, 1, len(right) + 1)
    width = 0.9 * edges[1]
    panel.bar(edges[:-1], right, width, align='edge', color=RIGHT, label='right')
    panel.bar(edges[:-1], wrong, width, right, align='edge', color=WRONG, label='wrong')
    panel.set_title(f'exit {index}: {row["accuracy"]:.1%}, ECE {row["ece"]:.3f}', **STYLE)
    panel.set_xlim(0, 1)
    if index == 0:
        panel.legend(loc='upper left', fontsize=8, frameon=False, labelcolor=INK)
    _tidy(panel)


def _tidy(panel: Axes) -> None:
    panel.spines[['top', 'right']].set_visible(False)
    panel.spines[['left', 'bottom']].set_color(GREY)
    panel.tick_params(colors=INK, labelsize=8)
    panel.set_axisbelow(True)
