"""Runs side by side: their figures, and how they differ on the very same images."""

from typing import Any

from edge_exit.report import forest
from edge_exit.report.markup import Markup, tag
from edge_exit.report.metrics import Metric, known
from edge_exit.report.naming import anchor, run_names
from edge_exit.report.numbers import count, signed
from edge_exit.report.tables import table


def section(document: dict) -> Markup | None:
    """Lay out the comparison; None of a single run."""
    runs = document['runs']
    if len(runs) < 2:
        return None
    return tag(
        'section',
        tag('h2', 'Runs side by side'),
        _figures(runs),
        [_group(document, reference) for reference in _references(document)],
        id='comparison',
    )


def _figures(runs: list[dict]) -> Markup:
    metrics, names = known(runs), run_names(runs)
    rows = [
        [
            tag('a', names[index], href=f'#{anchor(index)}'),
            *(_cell(runs, run, metric) for metric in metrics),
        ]
        for index, run in enumerate(runs)
    ]
    return table(['run', *(metric.name for metric in metrics)], rows)


def _cell(runs: list[dict], run: dict, metric: Metric) -> Any:
    """Write a figure; the best among runs of the same images in bold."""
    value = run['figures'][metric.key]
    alike = [other['figures'][metric.key] for other in runs if _images(other) == _images(run)]
    alike = [other for other in alike if other is not None]
    written = metric.write(value)
    if value is None or not metric.better or len(set(alike)) < 2:
        return written
    best = max(alike) if metric.better > 0 else min(alike)
    return tag('strong', written) if value == best else written


def _references(document: dict) -> list[int]:
    return sorted({found['reference'] for found in document['differences']})


def _group(document: dict, reference: int) -> list[Markup]:
    runs = document['runs']
    found = [row for row in document['differences'] if row['reference'] == reference]
    metrics = [metric for metric in known(runs, paired=True) if _any(found, metric)]
    names = run_names(runs)
    head = f'Against {names[reference]}, on the same images'
    return [
        tag('h3', head),
        tag('p', _reading(found), class_='about'),
        tag(
            'div',
            [tag('figure', forest.draw(metric, found, names)) for metric in metrics],
            class_='grid small',
        ),
        tag('details', tag('summary', 'The differences in figures'), _table(metrics, found, names)),
    ]


def _any(found: list[dict], metric: Metric) -> bool:
    return any(row['metrics'][metric.pair]['difference'] is not None for row in found)


def _reading(found: list[dict]) -> str:
    frames = [row['frames'] for row in found]
    some = (
        count(frames[0])
        if len(set(frames)) == 1
        else f'{count(min(frames))} to {count(max(frames))}'
    )
    return (
        f'A dot is the mean difference over {some} images that both have a result of, its bar the '
        '95 % interval. Left or right of the line by the whole bar: more than chance.'
    )


def _table(metrics: list[Metric], found: list[dict], names: list[str]) -> Markup:
    rows = [
        [
            names[row['run']],
            *(_difference(metric, row['metrics'][metric.pair]) for metric in metrics),
        ]
        for row in found
    ]
    return table(['run', *(metric.name for metric in metrics)], rows)


def _difference(metric: Metric, row: dict) -> Any:
    if row['difference'] is None or row['ci95'] is None:
        return signed(metric.apart, row['difference'])
    low, high = (signed(metric.apart, bound) for bound in row['ci95'])
    return [
        signed(metric.apart, row['difference']),
        tag('br'),
        tag('small', f'{low} to {high}'),
    ]


def _images(run: dict) -> tuple[str, str]:
    return run['bag'], run['topic']
