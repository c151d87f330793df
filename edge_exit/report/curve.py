"""Accuracy against cost: the bundle's own curve, and the operating points that were used."""

import math

from edge_exit.report.markup import Markup, tag
from edge_exit.report.numbers import count, digits, percent
from edge_exit.report.plot import Panel, legend, svg, text
from edge_exit.report.points_panel import place, place_name
from edge_exit.report.scales import Scale

_WIDTH, _LEFT, _RIGHT, _HEIGHT = 440, 44, 14, 230
# The share of right answers of fewer frames says nothing.
FEWEST_JUDGED = 20
_LARGEST = 13.0
_MOST_NAMES = 6


def draw(run: dict) -> Markup | None:
    """Draw the curve with the used points; None if there is neither."""
    curve = run['curve']
    used = [point for point in run['points_used'] if point['judged'] >= FEWEST_JUDGED]
    used = [point for point in used if point['network_macs_per_frame'] is not None]
    if curve is None and not used:
        return None
    agreement = run['judged_by'] == 'whole network'
    what = 'agreement on this bag' if agreement else 'accuracy on this bag'
    items = [('dot', 'used', f'{what}, a dot for each operating point')] if used else []
    if curve:
        items.append(('line', 'curve', 'accuracy on validation pictures, by exit threshold'))
    names, height = legend(items, 2, _WIDTH - _RIGHT, 30)
    top = 30 + height
    panel = _panel(curve, used, top)
    drawn = [
        text(0, 12, f'{"Agreement" if agreement else "Accuracy"} [%] against cost', 'title'),
        *names,
        *panel.y_axis(lambda share: digits(100 * share), 5),
        *panel.x_axis(panel.x.ticks(5), digits),
        *(_curve(panel, curve) if curve else ()),
        *_used(panel, run, used, _curve_places(panel, curve)),
        text(_WIDTH - _RIGHT, top + _HEIGHT + 32, _COST, 'tick', text_anchor='end'),
    ]
    return svg(_WIDTH, top + _HEIGHT + 38, *drawn, name='Accuracy against cost')


_COST = 'MMAC a frame up to the answering exit, wherever it ran'


def _panel(curve: dict | None, used: list[dict], top: float) -> Panel:
    points = curve['points'] if curve else []
    costs = [point['mean_macs'] / 1e6 for point in points]
    costs += [point['network_macs_per_frame'] / 1e6 for point in used]
    shares = [point['accuracy'] for point in points] + [point['right'] for point in used]
    low, high = min(shares), max(shares)
    room = max(high - low, 0.02) * 0.12
    margin = max(max(costs) - min(costs), 1e-3) * 0.06
    return Panel(
        Scale(max(min(costs) - margin, 0.0), max(costs) + margin, _LEFT, _WIDTH - _RIGHT),
        Scale(max(low - room, 0.0), min(high + room, 1.0), top + _HEIGHT, top),
    )


def _curve(panel: Panel, curve: dict) -> list[Markup]:
    points = curve['points']
    xs = [point['mean_macs'] / 1e6 for point in points]
    found = [panel.line(xs, [point['accuracy'] for point in points], 'curve')]
    for point in points:
        said = f'exit threshold {digits(point["threshold"])}: {percent(point["accuracy"])}'
        found.append(
            tag(
                'circle',
                tag('title', said),
                cx=panel.x(point['mean_macs'] / 1e6),
                cy=panel.y(point['accuracy']),
                r=2.5,
                class_='curvedot',
            )
        )
    return found


def _curve_places(panel: Panel, curve: dict | None) -> list[tuple]:
    points = curve['points'] if curve else []
    places = [(panel.x(p['mean_macs'] / 1e6), panel.y(p['accuracy'])) for p in points]
    return [(x - 3, y - 3, x + 3, y + 3) for x, y in places]


def _used(panel: Panel, run: dict, used: list[dict], taken: list[tuple]) -> list[Markup]:
    """Draw a dot for each point, the more frames the larger; names go where there is room."""
    most = max((point['frames'] for point in used), default=1)
    places = [
        (
            panel.x(point['network_macs_per_frame'] / 1e6),
            panel.y(point['right']),
            max(_LARGEST * math.sqrt(point['frames'] / most), 2.5),
        )
        for point in used
    ]
    dots, names = [], []
    taken = taken + [(x - r, y - r, x + r, y + r) for x, y, r in places]
    for index, (point, (x, y, radius)) in enumerate(zip(used, places, strict=True)):
        title = tag('title', f'{_point_name(run, point)}: {_brought(point)}')
        dots.append(tag('circle', title, cx=x, cy=y, r=radius, class_='used'))
        if index < _MOST_NAMES:
            names.append(_label(panel, taken, (x, y, radius), _point_name(run, point)))
    return dots + names


def _label(panel: Panel, taken: list[tuple], dot: tuple, words: str) -> Markup | None:
    """Write a name beside a dot where nothing else is; nowhere if there is no such place."""
    x, y, radius = dot
    width = 6.2 * len(words)
    middle = min(max(x - width / 2, panel.x.start), panel.x.end - width)
    for left, line in (
        (x + radius + 4, y + 4),
        (x - radius - 4 - width, y + 4),
        (middle, y - radius - 5),
        (middle, y + radius + 13),
    ):
        box = (left, line - 10, left + width, line + 3)
        inside = left >= panel.x.start and box[2] <= panel.x.end + 4 and line < panel.y.start
        if inside and line > panel.y.end and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            return text(left, line, words, 'label')
    return None


def _overlap(one: tuple, other: tuple) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _point_name(run: dict, point: dict) -> str:
    return f'{place_name(run, *place(point))}, exit at {digits(point["exit_threshold"])}'


def _brought(point: dict) -> str:
    return f'{count(point["frames"])} frames, {percent(point["right"])} right'
