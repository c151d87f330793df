"""A panel of a chart as SVG: axes, lines, areas and bars; colours come from the style sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edge_exit.report.markup import Markup, tag
from edge_exit.report.scales import Scale

# Mean width of a character of the charts' font, px.
LETTER = 6.9
LINE = 16
_SWATCH = 11


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle with an x and a y scale; places in px, y growing downwards."""

    x: Scale
    y: Scale

    def y_axis(self, label: Callable[[float], str], most: int = 4) -> list[Markup]:
        """Draw lines across with their values at the left."""
        left, right = self.x.start, self.x.end
        found = []
        for value in self.y.ticks(most):
            place = self.y(value)
            found.append(line_at(left, place, right, place, 'rule'))
            found.append(text(left - 6, place + 4, label(value), 'tick', text_anchor='end'))
        return found

    def x_axis(self, ticks: Sequence[float], label: Callable[[float], str]) -> list[Markup]:
        """Draw the axis below with its values."""
        bottom, right = self.y.start, self.x.end
        found = [line_at(self.x.start, bottom, right, bottom, 'axis')]
        for value in ticks:
            place = self.x(value)
            written = label(value)
            # The last one must not stand out of the picture.
            anchor = 'end' if place + LETTER * len(written) / 2 > right + 8 else 'middle'
            found.append(line_at(place, bottom, place, bottom + 4, 'axis'))
            found.append(text(place, bottom + LINE, written, 'tick', text_anchor=anchor))
        return found

    def line(self, xs: Sequence[float], ys: Sequence[float | None], kind: str) -> Markup:
        """Draw a line; it breaks where a value is None."""
        return _path(self._runs(xs, ys), kind)

    def steps(self, xs: Sequence[float], ys: Sequence[float | None], kind: str) -> Markup:
        """Draw values that each hold until the next x; there is one x more than values."""
        runs: list[list[tuple[float, float]]] = [[]]
        for index, value in enumerate(ys):
            if value is None:
                runs.append([])
                continue
            runs[-1] += [(self.x(xs[index]), self.y(value)), (self.x(xs[index + 1]), self.y(value))]
        return _path(runs, kind)

    def area(
        self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], kind: str
    ) -> Markup:
        """Fill between two lines."""
        there = [(self.x(x), self.y(high)) for x, high in zip(xs, highs, strict=True)]
        back = [(self.x(x), self.y(low)) for x, low in zip(xs, lows, strict=True)]
        points = ' '.join(f'{x:.1f},{y:.1f}' for x, y in there + back[::-1])
        return tag('polygon', points=points, class_=kind)

    def bar(self, left: float, right: float, low: float, high: float, kind: str) -> Markup:
        """Fill a rectangle given in values."""
        x, top = self.x(left), self.y(high)
        width, height = self.x(right) - x, self.y(low) - top
        return tag('rect', x=x, y=top, width=max(width, 0.0), height=max(height, 0.0), class_=kind)

    def bars(self, bars: Sequence[tuple[float, float, float, float]], kind: str) -> Markup:
        """Fill many rectangles (left, right, low, high) as one shape, which opens faster."""
        parts = []
        for left, right, low, high in bars:
            # Rounded before it is measured: what ends where another begins leaves no gap.
            x, y = round(self.x(left), 1), round(self.y(high), 1)
            width, height = round(self.x(right), 1) - x, round(self.y(low), 1) - y
            parts.append(f'M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z')
        return tag('path', d=''.join(parts), class_=f'bins {kind}')

    def across(self, value: float, kind: str) -> Markup:
        """Draw a line at a y value."""
        return line_at(self.x.start, self.y(value), self.x.end, self.y(value), kind)

    def _runs(self, xs: Sequence[float], ys: Sequence[float | None]) -> list[list[tuple]]:
        runs: list[list[tuple[float, float]]] = [[]]
        for x, value in zip(xs, ys, strict=True):
            if value is None:
                runs.append([])
            else:
                runs[-1].append((self.x(x), self.y(value)))
        return runs


def svg(width: float, height: float, *children: Any, name: str, kind: str = '') -> Markup:
    """Write a picture that fills the width that it is given.

    :param name: what it shows, for who cannot see it.
    """
    view = f'0 0 {width:g} {height:g}'
    return tag('svg', *children, viewBox=view, class_=f'chart {kind}', role='img', aria_label=name)


def text(x: float, y: float, words: str, kind: str = '', **attributes: Any) -> Markup:
    """Write words."""
    return tag('text', words, x=x, y=y, class_=kind or None, **attributes)


def legend(
    items: Sequence[tuple[str, str, str]], left: float, right: float, top: float
) -> tuple[list[Markup], float]:
    """Name what is drawn, in as many lines as that takes.

    :param items: shape (`box`, `line` or `dot`), class and words of each.
    :param top: place of the first line's base.
    :returns: the legend and its height.
    """
    found, x, y = [], left, top
    for shape, kind, words in items:
        width = _SWATCH + 6 + LETTER * len(words) + 14
        if x > left and x + width - 14 > right:
            x, y = left, y + LINE
        found += [_swatch(shape, kind, x, y), text(x + _SWATCH + 6, y, words, 'legend')]
        x += width
    return found, y - top + LINE


def _swatch(shape: str, kind: str, x: float, y: float) -> Markup:
    if shape == 'box':
        return tag('rect', x=x, y=y - 9, width=_SWATCH, height=10, rx=2, class_=kind)
    if shape == 'dot':
        return tag('circle', cx=x + 5, cy=y - 4, r=4, class_=kind)
    return line_at(x - 2, y - 4, x + _SWATCH + 2, y - 4, kind)


def line_at(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Draw a straight line."""
    return tag('line', x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def _path(runs: Sequence[Sequence[tuple[float, float]]], kind: str) -> Markup:
    parts = []
    for run in runs:
        if len(run) == 1:  # a single value between unknown ones is a dot
            ((x, y),) = run
            parts.append(f'M{x:.1f} {y:.1f}h0.1')
        elif run:
            parts.append('M' + 'L'.join(f'{x:.1f} {y:.1f}' for x, y in run))
    return tag('path', d=''.join(parts), class_=f'stroke {kind}')
