"""Where the time went: frames sorted by their latency, each part of it on top of the other."""

from edge_exit.report.markup import Markup, tag
from edge_exit.report.numbers import NONE, digits
from edge_exit.report.plot import Panel, legend, line_at, svg, text
from edge_exit.report.scales import Scale
from edge_exit.report.tables import table

PARTS = ('queue', 'head', 'link', 'tail', 'waited')
_NAMES = {'waited': 'waiting'}
ABOUT = (
    'Waiting: for an answer that never came, and for the results of older frames. Percentiles of '
    'parts are each their own and do not add up.'
)
_WIDTH, _LEFT, _RIGHT, _HEIGHT = 440, 44, 12, 200
_MARKS = (50, 90, 99)
# Room for two lines of names of percentiles: 90 and 99 are close to each other.
_MARKED = 34


def draw(run: dict) -> Markup | None:
    """Draw the stacked distribution; None of a run without results."""
    sliced, spread = run['latency_distribution_ms'], run['breakdown_ms']
    if not sliced['percentile']:
        return None
    items = [('box', f'part_{name}', _NAMES.get(name, name)) for name in PARTS]
    names, height = legend(items, 2, _WIDTH - _RIGHT, 30)
    top = 30 + height + _MARKED
    most = max(max(sliced['total']), *(spread['total'][f'p{mark}'] for mark in _MARKS))
    panel = Panel(Scale(0, 100, _LEFT, _WIDTH - _RIGHT), Scale(0, most * 1.1, top + _HEIGHT, top))
    drawn = [
        text(0, 12, 'Latency [ms], frames from the fastest to the slowest', 'title'),
        *names,
        *panel.y_axis(digits),
        *_areas(panel, sliced),
        *(_mark(panel, mark, spread['total'][f'p{mark}'], top) for mark in _MARKS),
        *panel.x_axis((0, 25, 50, 75, 100), lambda value: f'{value:g}'),
        text(
            _WIDTH - _RIGHT, top + _HEIGHT + 32, 'percentile of frames', 'tick', text_anchor='end'
        ),
    ]
    return svg(_WIDTH, top + _HEIGHT + 38, *drawn, name='Latency by its parts')


def breakdown_table(run: dict) -> Markup:
    """Lay out mean and percentiles of each part."""
    columns = ('mean', 'p50', 'p90', 'p99')
    rows = [
        [
            [
                tag('span', class_=f'key part_{name}') if name != 'total' else None,
                _NAMES.get(name, name),
            ],
            *(_bare(run['breakdown_ms'][name][column]) for column in columns),
        ]
        for name in (*PARTS, 'total')
    ]
    return table(['part [ms]', *columns], rows, last_bold=True)


def _bare(value: float | None) -> str:
    return NONE if value is None else digits(value)


def _areas(panel: Panel, sliced: dict) -> list[Markup]:
    shares = sliced['percentile']
    xs = [0.0, *shares, 100.0]
    found, lows = [], [0.0] * len(xs)
    for name in PARTS:
        values = sliced[name]
        tall = [values[0], *values, values[-1]]
        highs = [low + value for low, value in zip(lows, tall, strict=True)]
        if any(tall):
            found.append(panel.area(xs, lows, highs, f'part_{name}'))
        lows = highs
    return found


def _mark(panel: Panel, percent: int, value: float, top: float) -> list[Markup]:
    place = panel.x(percent)
    base = top - {50: 6, 90: 6, 99: 20}[percent]
    return [
        line_at(place, panel.y.start, place, base - 9, 'mark'),
        text(place - 4, base, f'p{percent} {digits(value)}', 'marked', text_anchor='end'),
    ]
