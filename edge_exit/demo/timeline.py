"""The demo as a picture: outcomes, link, latency and accuracy over time."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from edge_exit.demo.recording import Recorded
from edge_exit.demo.summary import summarise
from edge_exit.evaluation.files import write_whole
from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.outcome import Outcome

COLOURS = {
    Outcome.EXITED: '#2a9d8f',
    Outcome.OFFLOADED: '#3a6ea5',
    Outcome.FALLBACK: '#e07a3f',
}
INK, GREY, SHADE = '#22303c', '#8a97a3', ('#ffffff', '#eef2f5')
BIN_S = 1.0
ROLLING_S = 3.0
MIN_FRAMES = 20
STYLE = {'size': 9, 'color': INK}


def draw(recorded: Recorded, path: Path, *, deadline: float) -> None:
    """Draw what was recorded into a PNG file.

    :param deadline: of a frame, s; shown beside the latencies.
    :raises EdgeExitError: if the file cannot be written.
    """
    start = recorded.marks[0].began if recorded.marks else recorded.end
    figure = Figure(figsize=(12, 9), dpi=110, facecolor='white')
    panels = figure.subplots(4, 1, sharex=True, height_ratios=(3, 2, 2, 2))
    # A layout engine would take half of the time that the picture takes.
    figure.subplots_adjust(left=0.085, right=0.985, bottom=0.055, top=0.955, hspace=0.12)
    results = [r for r in recorded.results if r.arrived >= start]
    _outcomes(panels[0], results, start)
    _link(panels[1], recorded, start)
    _latency(panels[2], results, start, deadline)
    _accuracy(panels[3], recorded, results, start)
    for panel in panels:
        _shade(panel, recorded, start)
        _tidy(panel)
    _name_phases(panels[0], recorded, start)
    panels[-1].set_xlabel('time [s]', **STYLE)
    panels[-1].set_xlim(0, max(recorded.end - start, 1.0))
    write_whole(path, lambda file: figure.savefig(file, format='png'))


def rolling_accuracy(
    results: Sequence[FrameResult], labels: Mapping[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Give arrival times, s, and the share of right answers in the ROLLING_S before each."""
    labelled = [r for r in results if r.stamp in labels]
    times = np.array([r.arrived for r in labelled])
    right = np.array([r.class_id == labels[r.stamp] for r in labelled], float)
    since = np.searchsorted(times, times - ROLLING_S)
    total = np.concatenate([[0.0], np.cumsum(right)])
    until = np.arange(1, len(times) + 1)
    return times, (total[until] - total[since]) / np.maximum(until - since, 1)


def _outcomes(panel: Axes, results: Sequence[FrameResult], start: float) -> None:
    last = max((r.arrived - start for r in results), default=0.0)
    edges = np.arange(0, last + 2 * BIN_S, BIN_S)
    bottom = np.zeros(len(edges) - 1)
    for outcome, colour in COLOURS.items():
        times = [r.arrived - start for r in results if r.outcome == outcome]
        height = np.histogram(times, edges)[0] / BIN_S
        label = f'{outcome.name.lower()} ({len(times)})'
        panel.bar(edges[:-1], height, BIN_S * 0.9, bottom, align='edge', color=colour, label=label)
        bottom += height
    panel.set_ylabel('results\n[frames/s]', **STYLE)
    panel.set_ylim(0, bottom.max(initial=1.0) * 1.25)
    _legend(panel)


def _link(panel: Axes, recorded: Recorded, start: float) -> None:
    times = [mark.began - start for mark in recorded.marks] + [recorded.end - start]
    rates = [mark.phase.rate_mbps or np.nan for mark in recorded.marks]
    panel.stairs(rates, times, baseline=None, color=INK, lw=1.8, label='set')
    seen = [(time - start, q.goodput_bps / 1e6) for time, q in recorded.links if q.connected]
    panel.plot(
        *zip(*seen, strict=True) if seen else ((), ()),
        '.', ms=4, color=COLOURS[Outcome.OFFLOADED], label='measured by the robot',
    )  # fmt: skip
    panel.set_yscale('log')
    rated = [rate for rate in rates if rate > 0] or [1.0]
    panel.set_ylim(min(rated) / 3, max(rated) * 8)
    for (begin, end), rate in zip(_spans(recorded, start), rates, strict=True):
        if not rate > 0:
            panel.text((begin + end) / 2, min(rated), 'no link', ha='center', **STYLE)
    panel.set_ylabel('link rate\n[Mbit/s]', **STYLE)
    panel.yaxis.set_major_formatter(lambda rate, _: f'{rate:g}')
    _legend(panel)


def _latency(panel: Axes, results: Sequence[FrameResult], start: float, deadline: float) -> None:
    for outcome, colour in COLOURS.items():
        own = [r for r in results if r.outcome == outcome]
        times = [r.arrived - start for r in own]
        panel.plot(times, [r.total * 1e3 for r in own], '.', ms=4, color=colour)
    panel.axhline(deadline * 1e3, color=GREY, lw=1, ls='--', label='deadline')
    panel.set_yscale('log')
    panel.set_ylim(top=deadline * 4e3)
    panel.set_ylabel('latency\n[ms]', **STYLE)
    panel.yaxis.set_major_formatter(lambda latency, _: f'{latency:g}')
    panel.yaxis.set_minor_formatter('')
    _legend(panel)


def _accuracy(
    panel: Axes, recorded: Recorded, results: Sequence[FrameResult], start: float
) -> None:
    times, share = rolling_accuracy(results, recorded.labels or {})
    # The share of a handful of frames says nothing.
    times, share = times[MIN_FRAMES:], share[MIN_FRAMES:]
    panel.plot(times - start, share, color=INK, lw=1.2, label=f'last {ROLLING_S:g} s')
    figures = [figures for _, figures in summarise(recorded).phases]
    for (begin, end), phase in zip(_spans(recorded, start), figures, strict=True):
        if phase.accuracy is None:
            continue
        panel.hlines(phase.accuracy, begin, end, color=COLOURS[Outcome.FALLBACK], lw=2.5)
        panel.annotate(
            f'{phase.accuracy:.1%}', ((begin + end) / 2, 1.04), ha='center', va='center',
            size=10, weight='bold', color=INK,
        )  # fmt: skip
    panel.plot((), (), color=COLOURS[Outcome.FALLBACK], lw=2.5, label='whole phase')
    panel.set_ylim(min(share.min(initial=0.9), 0.7) - 0.1, 1.09)
    panel.yaxis.set_major_formatter(lambda value, _: f'{value:.0%}')
    panel.set_ylabel('accuracy', **STYLE)
    _legend(panel, loc='lower right')


def _spans(recorded: Recorded, start: float) -> list[tuple[float, float]]:
    edges = [mark.began - start for mark in recorded.marks] + [recorded.end - start]
    return list(pairwise(edges))


def _shade(panel: Axes, recorded: Recorded, start: float) -> None:
    for index, (begin, end) in enumerate(_spans(recorded, start)):
        panel.axvspan(begin, end, color=SHADE[index % 2], zorder=-10, lw=0)


def _name_phases(panel: Axes, recorded: Recorded, start: float) -> None:
    for mark, (begin, end) in zip(recorded.marks, _spans(recorded, start), strict=True):
        panel.annotate(
            mark.phase.name, ((begin + end) / 2, 1.02), xycoords=('data', 'axes fraction'),
            ha='center', va='bottom', size=11, weight='bold', color=INK,
        )  # fmt: skip


def _tidy(panel: Axes) -> None:
    panel.yaxis.set_label_coords(-0.05, 0.5)
    panel.spines[['top', 'right']].set_visible(False)
    panel.spines[['left', 'bottom']].set_color(GREY)
    panel.tick_params(colors=INK, labelsize=9)
    panel.grid(axis='y', color=GREY, alpha=0.25, lw=0.6)
    panel.set_axisbelow(True)


def _legend(panel: Axes, loc: str = 'upper right') -> None:
    panel.legend(loc=loc, ncols=4, fontsize=9, frameon=False, labelcolor=INK)
