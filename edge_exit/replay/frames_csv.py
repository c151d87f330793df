"""Single results as a CSV file, one a row."""

import csv
import io
from collections.abc import Sequence
from typing import BinaryIO

from edge_exit.evaluation.frames import FrameResult

_TIMES = ('queue', 'head', 'link', 'tail', 'tail_compute', 'total')
_PLAIN = ('exit', 'split', 'class_id', 'margin', 'score', 'reason', 'wire_bytes')
COLUMNS = (
    'bag', 'policy', 'link_name', 'sequence', 'stamp_ns', 'received_s', 'outcome', *_PLAIN,
    *(f'{name}_ms' for name in _TIMES),
)  # fmt: skip


def write_frames(file: BinaryIO, runs: Sequence[tuple[dict, Sequence[FrameResult]]]) -> None:
    """Write the results of runs.

    :param runs: each with what `judging.document` says of it.
    """
    text = io.TextIOWrapper(file, encoding='utf-8', newline='', write_through=True)
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for run, results in runs:
        rows.writerows(_row(run, result) for result in results)
    text.detach()


def _row(run: dict, result: FrameResult) -> list:
    return [
        run['bag'], run['policy'], run['link'], result.sequence, result.stamp,
        round(result.received, 6), result.outcome.name.lower(),
        *(_short(getattr(result, name)) for name in _PLAIN),
        *(_short(1e3 * getattr(result, name)) for name in _TIMES),
    ]  # fmt: skip


def _short(value: float | int | str) -> float | int | str:
    return round(value, 6) if isinstance(value, float) else value
