"""Differences of one figure, with their intervals, around the line of no difference."""

from edge_exit.report.markup import Markup, tag
from edge_exit.report.metrics import Metric
from edge_exit.report.numbers import signed
from edge_exit.report.plot import line_at, svg, text
from edge_exit.report.scales import Scale, linear_ticks

_WIDTH, _ROW = 340, 42
_LONGEST = 24


def draw(metric: Metric, found: list[dict], names: list[str]) -> Markup:
    """Draw a row for each run."""
    rows = [(names[row['run']], row['metrics'][metric.pair]) for row in found]
    bounds = [0.0]
    for _, row in rows:
        bounds += [
            value for value in (row['difference'], *(row['ci95'] or ())) if value is not None
        ]
    low, high = min(bounds), max(bounds)
    room = (high - low) * 0.06 or 1.0
    x = Scale(low - room, high + room, 8, _WIDTH - 8)
    top, foot = 26, 26 + len(rows) * _ROW
    way = {1: 'more is better', -1: 'less is better', 0: ''}[metric.better]
    name = f'Differences of {metric.name}'
    drawn = [
        text(0, 12, f'Δ {metric.name}', 'title'),
        text(_WIDTH, 12, way, 'tick', text_anchor='end') if way else None,
    ]
    if low == high:
        return svg(_WIDTH, 40, *drawn, text(0, 32, 'no difference', 'name'), name=name)
    drawn += _axis(metric, x, foot)
    for index, (run, row) in enumerate(rows):
        drawn += _row(metric, x, top + index * _ROW, run, row)
    return svg(_WIDTH, foot + 24, *drawn, name=name)


def verdict(metric: Metric, row: dict) -> str:
    """Say whether a difference is for better or worse, beyond chance; else `even`."""
    if row['ci95'] is None or not metric.better:
        return 'even'
    low, high = row['ci95']
    if low <= 0 <= high:
        return 'even'
    return 'better' if (low > 0) == (metric.better > 0) else 'worse'


def _axis(metric: Metric, x: Scale, foot: float) -> list[Markup]:
    found = [line_at(x.start, foot, x.end, foot, 'axis')]
    for value in linear_ticks(x.low, x.high, 4):
        place, written = x(value), signed(metric.apart, value)
        half = 3.2 * len(written)
        inside = min(max(place, half), _WIDTH - half)
        found.append(text(inside, foot + 14, written, 'tick', text_anchor='middle'))
    return found


def _row(metric: Metric, x: Scale, top: float, name: str, row: dict) -> list[Markup]:
    kind, middle = verdict(metric, row), top + 29
    short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + '…'
    said = signed(metric.apart, row['difference'])
    word = {'better': ' ▲ better', 'worse': ' ▼ worse', 'even': ''}[kind]
    found = [
        text(0, top + 14, [short, tag('title', name)], 'name'),
        text(_WIDTH, top + 14, said + word, f'said {kind}', text_anchor='end'),
    ]
    if row['difference'] is None:
        return found
    found.append(line_at(x(0.0), top + 19, x(0.0), top + _ROW - 3, 'zero'))
    if row['ci95']:
        low, high = row['ci95']
        found.append(line_at(x(low), middle, x(high), middle, f'whisker {kind}'))
    found.append(tag('circle', cx=x(row['difference']), cy=middle, r=5, class_=f'dot {kind}'))
    return found
