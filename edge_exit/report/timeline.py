"""The timeline of a run: outcomes over the link, latency, answers and operating points."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from edge_exit.report import points_panel
from edge_exit.report.markup import Markup
from edge_exit.report.numbers import digits
from edge_exit.report.parts import Part
from edge_exit.report.plot import Panel, legend, line_at, svg, text
from edge_exit.report.rebinning import rebinned, rolled
from edge_exit.report.scales import Scale, time_label, time_ticks

OUTCOMES = ('exited', 'offloaded', 'fallback')
# Frames that a share of right answers is taken over.
_FEWEST_JUDGED = 60
_LEFT, _RIGHT, _GAP = 48, 10, 20


@dataclass(frozen=True, slots=True)
class Layout:
    """How much room there is.

    :ivar bins: drawn at most.
    :ivar ticks: named moments at most.
    """

    width: int
    bins: int
    ticks: int
    kind: str


WIDE, NARROW = Layout(960, 300, 12, 'wide'), Layout(420, 100, 5, 'narrow')


def draw(run: dict, layout: Layout) -> Markup:
    """Draw the timeline of a run as the JSON has it."""
    binned = rebinned(run, layout.bins)
    edges = [*binned['t_s'], binned['t_s'][-1] + binned['bin_s']]
    x = Scale(0.0, edges[-1], _LEFT, layout.width - _RIGHT)
    drawn: list[Any] = []
    top = 4.0
    for part in (_outcomes, _link, _latency, _answers, points_panel.part):
        found = part(run, binned)
        if found is None:
            continue
        names, height = legend(found.items, 2, layout.width - _RIGHT, top + 30)
        head = [text(0, top + 12, found.title, 'title'), *names]
        start = top + 28 + height
        panel = Panel(x, found.scale(start + found.height, start))
        drawn += [_outages(binned, edges, panel), *head, *found.draw(panel, edges)]
        drawn.append(line_at(x.start, panel.y.start, x.end, panel.y.start, 'axis'))
        top = start + found.height + _GAP
    foot = Panel(x, Scale(0.0, 1.0, top - _GAP + 4, top - _GAP + 4))
    ticks = time_ticks(edges[-1], layout.ticks)
    drawn += foot.x_axis(ticks, lambda time: time_label(time, edges[-1]))
    name = 'Timeline: outcomes, link, latency, answers and operating points over time'
    return svg(layout.width, top + 4, *drawn, name=name, kind=layout.kind)


def _outcomes(run: dict, binned: dict) -> Part:
    counts = [binned[name] for name in OUTCOMES]
    most = max((sum(column) for column in zip(*counts, strict=True)), default=1) or 1
    rate = most / binned['bin_s']

    def paint(panel: Panel, edges: Sequence[float]) -> list:
        found, lows = panel.y_axis(digits), [0.0] * len(counts[0])
        for name, numbers in zip(OUTCOMES, counts, strict=True):
            highs = [low + n / binned['bin_s'] for low, n in zip(lows, numbers, strict=True)]
            found.append(panel.bars(_rectangles(edges, lows, highs), name))
            lows = highs
        return found

    return Part(
        'Results [frames/s]',
        [('box', name, name) for name in OUTCOMES],
        130,
        lambda low, high: Scale(0.0, rate * 1.05, low, high),
        paint,
    )


def _link(run: dict, binned: dict) -> Part | None:
    capacity = run['capacity']
    seen = [value for value in binned['goodput_mbps'] if value]
    known = seen + [value for value in capacity['mbps'] if value]
    if not known:
        return None
    items = [('line', 'measured', 'measured by the robot'), ('box', 'outage', 'no tail')]
    if capacity['mbps']:
        items.insert(0, ('line', 'capacity', 'what the link carries'))

    def paint(panel: Panel, edges: Sequence[float]) -> list:
        found = panel.y_axis(digits)
        if capacity['mbps']:
            # Without a link there is nothing to draw on a logarithmic scale.
            rates = [rate or None for rate in capacity['mbps']]
            found.append(panel.steps([*capacity['t_s'], edges[-1]], rates, 'capacity'))
        middles = [(a + b) / 2 for a, b in pairwise(edges)]
        found.append(panel.line(middles, binned['goodput_mbps'], 'measured'))
        return found

    low, high = min(known), max(known)
    return Part(
        'Link [Mbit/s]', items, 90, lambda a, b: Scale(low / 1.5, high * 1.5, a, b, log=True), paint
    )


def _latency(run: dict, binned: dict) -> Part | None:
    known = [value for value in binned['latency_ms_p50'] + binned['latency_ms_p99'] if value]
    if not known:
        return None
    deadline = run['deadline_ms']
    items = [('line', 'middle', 'median'), ('box', 'spread', 'median to 99th percentile')]
    if deadline is not None:
        items.append(('line', 'deadline', 'deadline'))

    def paint(panel: Panel, edges: Sequence[float]) -> list:
        found = panel.y_axis(digits)
        rectangles = _rectangles(edges, binned['latency_ms_p50'], binned['latency_ms_p99'])
        found.append(panel.bars(rectangles, 'spread'))
        if deadline is not None:
            found.append(panel.across(deadline, 'deadline'))
        found.append(panel.steps(edges, binned['latency_ms_p50'], 'middle'))
        return found

    low, high = min(known), max(*known, deadline or 0.0)
    return Part(
        'Latency [ms]', items, 110, lambda a, b: Scale(low / 1.3, high * 1.3, a, b, log=True), paint
    )


def _answers(run: dict, binned: dict) -> Part | None:
    times, shares = rolled(binned, _FEWEST_JUDGED)
    known = [share for share in shares if share is not None]
    if not known:
        return None
    labels = run['judged_by'] == 'labels'
    whole = run['figures']['accuracy' if labels else 'agreement']

    def paint(panel: Panel, edges: Sequence[float]) -> list:
        return [
            *panel.y_axis(lambda share: f'{100 * share:.0f}'),
            panel.across(whole, 'overall'),
            panel.steps(times, shares, 'answers'),
        ]

    low = max(min(known) - 0.08, 0.0)
    return Part(
        'Accuracy [%]' if labels else 'Agreement with the whole network [%]',
        [('line', 'answers', 'right answers'), ('line', 'overall', 'whole run')],
        80,
        lambda a, b: Scale(low, 1.0, a, b),
        paint,
    )


def _rectangles(edges: Sequence[float], lows: Sequence, highs: Sequence) -> list[tuple]:
    """Give (left, right, low, high) of each bin that has a height."""
    rows = zip(pairwise(edges), lows, highs, strict=True)
    return [(*ends, low, high) for ends, low, high in rows if low is not None and high > low]


def _outages(binned: dict, edges: Sequence[float], panel: Panel) -> list[Markup]:
    """Shade where there was no tail, as one rectangle for each stretch."""
    found, began = [], None
    for index, connected in enumerate([*binned['connected'], None]):
        gone = connected is not None and connected < 0.5
        if gone and began is None:
            began = edges[index]
        elif not gone and began is not None:
            low, high = panel.y.low, panel.y.high
            found.append(panel.bar(began, edges[index], low, high, 'outage'))
            began = None
    return found
