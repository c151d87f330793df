"""Where the frames of each class ended, and how many of its answers are right."""

from edge_exit.report.markup import Markup, tag
from edge_exit.report.numbers import count, percent
from edge_exit.report.plot import Panel, legend, svg, text
from edge_exit.report.scales import Scale

MOST_CLASSES = 20
_WIDTH, _NAMES, _SHARES, _ROW, _BAR = 440, 104, 112, 20, 14
_EXITS = 4
_LONGEST = 15


def draw(run: dict) -> Markup | None:
    """Draw a bar for each class; the classes of most frames if there are many."""
    rows = run['exits_per_class']
    if not rows:
        return None
    shown = sorted(rows, key=lambda row: -row['frames'])[:MOST_CLASSES]
    shown = [row for row in rows if row in shown]
    names, height = legend(_items(rows), 0, _WIDTH, 30)
    top = 30 + height
    x = Scale(0.0, 1.0, _NAMES, _WIDTH - _SHARES)
    drawn = [
        text(0, 12, _title(run), 'title'),
        text(_WIDTH, 12, 'right (frames)', 'tick', text_anchor='end'),
        *names,
    ]
    for index, row in enumerate(shown):
        drawn += _bar(row, x, top + index * _ROW)
    return svg(_WIDTH, top + len(shown) * _ROW + 4, *drawn, name='Exits of each class')


def left_out(run: dict) -> str:
    """Say how many classes are not drawn."""
    more = len(run['exits_per_class']) - MOST_CLASSES
    return f'{count(more)} classes of fewer frames are in the JSON alone.' if more > 0 else ''


def _title(run: dict) -> str:
    by = {'labels': 'true class', 'whole network': "whole network's answer"}
    return f'Exits by {by.get(run["judged_by"], "answer")} [share of frames]'


def _items(rows: list[dict]) -> list[tuple[str, str, str]]:
    exits = max(len(row['exits']) for row in rows)
    robot = [('box', f'exit{min(i, _EXITS - 1)}', f'exit {i} on the robot') for i in range(exits)]
    occurring = [item for i, item in enumerate(robot) if any(row['exits'][i] for row in rows)]
    others = [
        ('box', name, name) for name in ('offloaded', 'fallback') if any(row[name] for row in rows)
    ]
    return [*occurring, *others]


def _bar(row: dict, x: Scale, top: float) -> list[Markup]:
    panel = Panel(x, Scale(0, 1, top + _BAR, top))
    parts = [(f'exit{min(i, _EXITS - 1)}', n) for i, n in enumerate(row['exits'])]
    parts += [(name, row[name]) for name in ('offloaded', 'fallback')]
    name = row['class']
    short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + '…'
    found = [text(_NAMES - 6, top + 11, [short, tag('title', name)], 'name', text_anchor='end')]
    low = 0.0
    for kind, number in parts:
        high = low + number / row['frames']
        if number:
            found.append(panel.bar(low, high, 0, 1, kind))
        low = high
    right = f'{percent(row["right"])} ({count(row["frames"])})'
    return [*found, text(_WIDTH, top + 11, right, 'tick', text_anchor='end')]
