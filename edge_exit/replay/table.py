"""Judged runs as a table of text."""

from collections.abc import Sequence

_COLUMNS = (
    ('right', 'accuracy', 1.0, '{:.2%}'),
    ('agree', 'agreement', 1.0, '{:.2%}'),
    ('mean ms', 'latency_ms_mean', 1.0, '{:.1f}'),
    ('p50 ms', 'latency_ms_p50', 1.0, '{:.1f}'),
    ('p99 ms', 'latency_ms_p99', 1.0, '{:.1f}'),
    ('missed', 'deadline_miss_rate', 1.0, '{:.2%}'),
    ('bytes', 'bytes_per_frame', 1.0, '{:.0f}'),
    ('mJ', 'energy_j_per_frame', 1e3, '{:.1f}'),
)
_COUNTS = ('frames_taken', 'exited', 'offloaded', 'fallback', 'dropped')
_CALLED = {'frames_taken': 'frames'}


def text(runs: Sequence[dict]) -> str:
    """Show the figures of judged runs, one a line.

    :param runs: those of `judging.document`.
    """
    columns = [column for column in _COLUMNS if any(_has(run, column[1]) for run in runs)]
    heads = ['bag', 'policy', 'link', *(_CALLED.get(name, name) for name in _COUNTS)]
    rows = [[*heads, *(head for head, *_ in columns)]]
    for run in runs:
        figures = run['figures']
        cells = [run['bag'], run['policy'], run['link'], *(str(figures[name]) for name in _COUNTS)]
        rows.append([*cells, *(_shown(figures, *column[1:]) for column in columns)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return '\n'.join(_line(row, widths) for row in rows)


def _has(run: dict, name: str) -> bool:
    return run['figures'].get(name) is not None


def _shown(figures: dict, name: str, factor: float, form: str) -> str:
    value = figures.get(name)
    return '-' if value is None else form.format(factor * value)


def _line(row: list[str], widths: list[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(row[:3], widths[:3], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
    return '  '.join(names + numbers)
