"""Tables of figures."""

from collections.abc import Sequence
from typing import Any

from edge_exit.report.markup import Markup, tag


def table(head: Sequence[Any], rows: Sequence[Sequence[Any]], *, last_bold: bool = False) -> Markup:
    """Lay out rows; the first column names them, the others hold figures."""
    body = [
        tag(
            'tr',
            tag('th', row[0], scope='row'),
            [tag('td', cell) for cell in row[1:]],
            class_='sum' if last_bold and index == len(rows) - 1 else None,
        )
        for index, row in enumerate(rows)
    ]
    first = tag('tr', [tag('th', cell, scope='col') for cell in head])
    return tag('div', tag('table', tag('thead', first), tag('tbody', body)), class_='scroll')
