"""Draw the comparison on live links: docs/live_links.png from results/live_links.json."""

import json
import textwrap

import matplotlib as mpl

mpl.use('Agg')

import numpy as np
import report
from live_contenders import ALL_OURS
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

PICTURE = report.ROOT / 'docs' / 'live_links.png'
RESULT = report.RESULTS / 'live_links.json'
# Panels: column of the table, its title, and whether its axis is logarithmic.
PANELS = (
    ('latency_ms_mean', 'mean latency [ms]', True),
    ('latency_ms_p99', '99th percentile of latency [ms]', True),
    ('accuracy', 'right answers, of all images', False),
    ('missed', 'deadline missed, of all images', False),
)
MILLISECONDS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
COLOURS = dict(zip(ALL_OURS, ('black', 'dimgrey'), strict=True))
# Below it no contender that has its results is found: differences above are to be seen.
LEAST_ACCURACY = 0.5


def main() -> None:
    """Draw the picture."""
    result = json.loads(RESULT.read_text())
    draw(
        result['rows'],
        list(dict.fromkeys(entry['link'] for entry in result['ours'])),
        result['deadline_ms'],
    )


def draw(table: list[dict], links: list[str], deadline_ms: float) -> None:
    """Draw all contenders on all links; those that use no link stand in every group.

    :param links: names of the links, in the order of the picture.
    """
    names = list(dict.fromkeys(line['contender'] for line in table))
    found = {(line['link'], line['contender']): line for line in table}
    alone = {line['contender']: line for line in table if line['link'] not in links}
    figure, axes = plt.subplots(len(PANELS), 1, figsize=(11, 11), sharex=True)
    for axis, (column, title, logarithmic) in zip(axes, PANELS, strict=True):
        for place, name in enumerate(names):
            lines = [found.get((link, name)) or alone.get(name) for link in links]
            values = [np.nan if not line else _number(line[column]) for line in lines]
            _bars(axis, values, place, len(names), name)
        axis.set_ylabel(title)
        axis.grid(axis='y', alpha=0.3)
        if logarithmic:
            axis.set_yscale('log')
            axis.yaxis.set_major_locator(FixedLocator(MILLISECONDS))
            axis.yaxis.set_minor_locator(NullLocator())
            axis.yaxis.set_major_formatter(ScalarFormatter())
            axis.axhline(deadline_ms, color='black', linewidth=0.8, linestyle=':')
        if column == 'accuracy':
            axis.set_ylim(bottom=LEAST_ACCURACY)
    axes[0].text(-0.45, deadline_ms * 1.05, 'deadline', fontsize=8)
    axes[0].legend(ncols=3, fontsize=9, loc='lower left', bbox_to_anchor=(0, 1.02), frameon=False)
    axes[-1].set_xticks(range(len(links)), [_wrapped(link) for link in links])
    axes[-1].tick_params(axis='x', labelsize=8)
    figure.tight_layout()
    figure.savefig(PICTURE, dpi=90)
    plt.close(figure)


def _wrapped(link: str) -> str:
    return '\n'.join(textwrap.wrap(link.replace('_', ' '), 12))


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _bars(axis: Axes, values: list[float], place: int, count: int, name: str) -> None:
    width = 0.85 / count
    left = np.arange(len(values)) - 0.425 + (place + 0.5) * width
    axis.bar(left, values, width, label=name, color=COLOURS.get(name, f'C{place}'))


if __name__ == '__main__':
    main()
