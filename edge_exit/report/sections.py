"""One run on the page: its figures, charts and worst frames."""

from typing import Any

from edge_exit.report import classes, curve, latency, overview, timeline, worst
from edge_exit.report.markup import Markup, tag
from edge_exit.report.naming import anchor, short
from edge_exit.report.numbers import count, seconds
from edge_exit.report.tables import table
from edge_exit.report.thumbnails import Pictures


def section(index: int, name: str, run: dict, pictures: Pictures | None) -> Markup:
    """Lay out a run.

    :param name: what tells it apart.
    """
    return tag(
        'section',
        tag('h2', name),
        tag('p', _subtitle(run), class_='about'),
        notes(run),
        overview.tiles(run),
        overview.outcome_bar(run),
        tag('figure', _timeline(run)),
        tag('div', [tag('div', column, class_='column') for column in _charts(run)], class_='grid'),
        tag('h3', 'By outcome'),
        overview.outcome_table(run),
        worst.section(run, pictures),
        tag('details', tag('summary', 'What was run'), _settings(run)),
        id=anchor(index),
        class_='run',
    )


def notes(run: dict) -> Markup | None:
    """Say what a reader must know before the figures."""
    found = [tag('li', note) for note in run['notes']]
    return tag('ul', found, class_='notes') if found else None


def _subtitle(run: dict) -> str:
    figures = run['figures']
    return (
        f'{short(run["bag"])} {run["topic"]}, {seconds(run["duration_s"])}, '
        f'{count(figures["frames_taken"])} frames; bundle {short(run["bundle"])}, '
        f'link {short(run["link"])}'
    )


def _timeline(run: dict) -> list[Markup] | None:
    if not run['figures']['frames_taken'] and not run['points']:
        return None
    return [timeline.draw(run, layout) for layout in (timeline.WIDE, timeline.NARROW)]


def _charts(run: dict) -> list[list[Markup | None]]:
    """Lay out the smaller charts in two columns of about the same height."""
    time = [latency.breakdown_table(run), latency.ABOUT]
    return [
        [
            _figure(curve.draw(run), _about_curve(run)),
            _figure(classes.draw(run), classes.left_out(run)),
        ],
        [_figure(latency.draw(run), time)],
    ]


def _figure(drawn: Markup | None, below: Any) -> Markup | None:
    if drawn is None:
        return None
    return tag('figure', drawn, tag('figcaption', below) if below else None)


def _about_curve(run: dict) -> str:
    if run['curve'] is None:
        return 'The bundle holds no curve: `edge_exit calibrate` keeps one in it.'
    if run['judged_by'] == 'whole network':
        return 'Dots are agreement on this bag, the line is accuracy on other pictures.'
    return (
        f'The line is what the bundle promises for {count(run["curve"]["pictures"])} validation '
        'pictures; dots are what was got here, the larger the more frames.'
    )


def _settings(run: dict) -> Markup:
    about = {key: run[key] for key in ('bag', 'topic', 'bundle', 'model_id', 'policy', 'link')}
    model = {f'energy model: {name}': value for name, value in run['energy_model'].items()}
    return table(
        ['what', ''], [[k, str(v)] for k, v in {**about, **run['settings'], **model}.items()]
    )
