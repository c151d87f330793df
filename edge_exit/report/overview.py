"""What a run came to in a few large figures, and how its frames ended."""

from edge_exit.report.markup import Markup, tag
from edge_exit.report.metrics import joules, macs, size
from edge_exit.report.numbers import NONE, SPACE, count, milliseconds, percent
from edge_exit.report.tables import table

_ENDS = ('exited', 'offloaded', 'fallback')


def tiles(run: dict) -> Markup:
    """Lay out the figures that are asked for first."""
    figures = run['figures']
    return tag(
        'div',
        _answers(run),
        _tile('latency', milliseconds(figures['latency_ms_p50']), _latency(figures)),
        _tile('late', percent(figures['deadline_miss_rate']), _deadline(run)),
        _tile(
            'dropped', count(figures['dropped']), f'of {count(figures["frames_received"])} images'
        ),
        _tile('sent', size(figures['bytes_per_frame']), 'a frame, to the server'),
        _tile('energy', joules(figures['energy_j_per_frame']), "a frame, by the robot's model"),
        _tile('computing', macs(figures['macs_per_frame']), 'a frame, on the robot'),
        class_='tiles',
    )


def outcome_bar(run: dict) -> Markup:
    """Draw how the frames ended as one bar."""
    figures = run['figures']
    taken = sum(figures[name] for name in _ENDS) or 1
    parts = [
        tag('div', style=f'flex-grow:{figures[name]}', class_=f'fill {name}')
        for name in _ENDS
        if figures[name]
    ]
    said = [
        tag('li', tag('span', class_=f'key {name}'), f'{name} ', tag('b', count(figures[name])),
            f' ({percent(figures[name] / taken)})')
        for name in _ENDS
    ]  # fmt: skip
    return tag('div', tag('div', parts, class_='bar'), tag('ul', said, class_='keys'))


def outcome_table(run: dict) -> Markup:
    """Lay out the figures of each outcome."""
    head = ['outcome', 'frames', 'right', 'mean', 'p50', 'p99', 'late', 'sent', 'energy']
    rows = [
        [
            [tag('span', class_=f'key {name}'), name],
            count(row['frames']),
            percent(row['right']),
            *(milliseconds(row[f'latency_ms_{what}']) for what in ('mean', 'p50', 'p99')),
            percent(row['deadline_miss_rate']),
            size(row['bytes_per_frame']),
            joules(row['energy_j_per_frame']),
        ]
        for name, row in run['by_outcome'].items()
    ]
    return table(head, rows)


def _answers(run: dict) -> Markup:
    figures = run['figures']
    if run['judged_by'] is None:
        return _tile('accuracy', NONE, 'no labels, no whole network to compare with')
    key = 'accuracy' if run['judged_by'] == 'labels' else 'agreement'
    of = (
        'with the whole network'
        if key == 'agreement'
        else f'of {count(figures["judged"])} labelled'
    )
    return _tile(key, percent(figures[key]), f'{_interval(figures[f"{key}_ci95"])} {of}')


def _interval(bounds: list[float] | None) -> str:
    if bounds is None:
        return ''
    low, high = (f'{100 * bound:.1f}' for bound in bounds)
    return f'{low} to {high}{SPACE}%'


def _latency(figures: dict) -> str:
    return (
        f'median; mean {milliseconds(figures["latency_ms_mean"])}, '
        f'p99 {milliseconds(figures["latency_ms_p99"])}'
    )


def _deadline(run: dict) -> str:
    return (
        'no deadline' if run['deadline_ms'] is None else f'after {milliseconds(run["deadline_ms"])}'
    )


def _tile(name: str, value: str, more: str) -> Markup:
    return tag(
        'div',
        tag('div', name, class_='what'),
        tag('div', value, class_='value'),
        tag('div', more, class_='more'),
        class_='tile',
    )
