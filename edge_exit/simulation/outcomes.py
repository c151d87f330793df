"""The outcome table: what a bundle answers to every picture, wherever its network is cut.

A file of plain numbers (.npz without pickles), so that policies are compared on the answers of the
real network without running it again.
"""

import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edge_exit.bundle import Bundle, rewriting
from edge_exit.errors import ConfigError
from edge_exit.evaluation.files import write_whole

VERSION = 1
# Its name in a bundle.
FILE = 'outcomes.npz'
# Nobody needs more, and a wrong file could ask for it.
LARGEST_FILE = 1 << 28
MOST_VALUES = 1 << 27
_ARRAYS = {
    'margins': np.float32,
    'right': np.bool_,
    'tail_margins': np.float32,
    'tail_right': np.bool_,
    'sent_bytes': np.int32,
    'scores': np.float32,
    'tail_scores': np.float32,
}


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """N pictures, E exits, S splits, L codec levels.

    :ivar margins: of the belief after each exit on the robot, float32 (N, E).
    :ivar right: whether that belief names the true class, bool (N, E).
    :ivar tail_margins: of the belief after each exit at the tail, for pictures sent at each split
        with each level, float32 (N, S, L, E); at exits before the split those of the robot.
    :ivar tail_right: whether they are right, bool (N, S, L, E).
    :ivar sent_bytes: what is coded of that picture, its quantiser included, int32 (N, S, L).
    :ivar scores, tail_scores: probability of the answer by its own belief, as the margins.
    """

    model_id: str
    margins: np.ndarray
    right: np.ndarray
    tail_margins: np.ndarray
    tail_right: np.ndarray
    sent_bytes: np.ndarray
    scores: np.ndarray
    tail_scores: np.ndarray

    def __len__(self) -> int:
        return len(self.margins)

    @property
    def exits(self) -> int:
        """Number of exits, which is that of segments."""
        return self.margins.shape[1]

    @property
    def splits(self) -> int:
        """Number of splits, 0 among them."""
        return self.sent_bytes.shape[1]

    @property
    def levels(self) -> int:
        """Number of codec levels."""
        return self.sent_bytes.shape[2]

    def halves(self) -> tuple['OutcomeTable', 'OutcomeTable']:
        """Give every other picture: those to learn from, and those to compare with."""
        rows = np.arange(len(self))
        return self.some(rows[::2]), self.some(rows[1::2])

    def some(self, rows: np.ndarray) -> 'OutcomeTable':
        """Give the table of these pictures only."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _ARRAYS})


def save(table: OutcomeTable, path: Path) -> None:
    """Write a table; the file is whole or not there."""
    write_whole(path, lambda file: _write(table, file))


def keep(table: OutcomeTable, bundle: Bundle) -> Bundle:
    """Put a table into its bundle.

    :raises ConfigError: if it is not of this bundle.
    """
    if table.model_id != bundle.model_id:
        raise ConfigError(
            f'the table is of model {table.model_id[:12]}..., bundle "{bundle.name}" is '
            f'{bundle.model_id[:12]}...: make it anew'
        )
    content = io.BytesIO()
    _write(table, content)
    return rewriting.add_file(bundle, 'outcomes', FILE, content.getvalue())


def of_bundle(bundle: Bundle) -> OutcomeTable:
    """Give the table that a bundle carries.

    :raises ConfigError: if it carries none.
    """
    if not bundle.outcomes:
        raise ConfigError(
            f'bundle "{bundle.name}" carries no outcome table: make one with '
            f'edge_exit outcomes --bundle {bundle.name} --data FOLDER --keep, or name a file'
        )
    return load(bundle.path / bundle.outcomes, bundle)


def _write(table: OutcomeTable, file: BinaryIO) -> None:
    arrays = {name: getattr(table, name) for name in _ARRAYS}
    about = json.dumps({'version': VERSION, 'model_id': table.model_id})
    np.savez_compressed(file, about=np.array(about), **arrays)


def load(path: Path, bundle: Bundle) -> OutcomeTable:
    """Read the table of a bundle.

    :raises ConfigError: if the file is not one, or not of this bundle.
    """
    cure = f'make it anew: edge_exit outcomes --bundle {bundle.name} --data FOLDER --out {path}'
    try:
        table = _read(path)
        _check(table, bundle)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ConfigError(
            f'{path} is no outcome table of "{bundle.name}": {error}; {cure}'
        ) from None
    return table


def _read(path: Path) -> OutcomeTable:
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f'{path.stat().st_size} bytes are more than {LARGEST_FILE}')
    with zipfile.ZipFile(path) as content:
        if sum(entry.file_size for entry in content.infolist()) > 4 * MOST_VALUES:
            raise ValueError(f'it unpacks to more than {4 * MOST_VALUES} bytes')
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file['about']))
        if not isinstance(about, dict) or about.get('version') != VERSION:
            raise ValueError(f'its version is not {VERSION}')
        return OutcomeTable(str(about['model_id']), **{name: file[name] for name in _ARRAYS})


def _check(table: OutcomeTable, bundle: Bundle) -> None:
    if table.model_id != bundle.model_id:
        raise ValueError(f'it is of model {table.model_id[:12]}..., not {bundle.model_id[:12]}...')
    count, exits = len(table.margins), len(bundle.segments)
    splits, levels = len(bundle.splits), len(bundle.codec_levels)
    shapes = {
        'margins': (count, exits),
        'right': (count, exits),
        'tail_margins': (count, splits, levels, exits),
        'tail_right': (count, splits, levels, exits),
        'sent_bytes': (count, splits, levels),
        'scores': (count, exits),
        'tail_scores': (count, splits, levels, exits),
    }
    for name, kind in _ARRAYS.items():
        array = getattr(table, name)
        if array.dtype != kind or array.shape != shapes[name] or not count:
            raise ValueError(
                f'{name} is {array.dtype} {array.shape}, not {kind.__name__} {shapes[name]}'
            )
    for array in (table.margins, table.tail_margins, table.scores, table.tail_scores):
        if not ((array >= 0) & (array <= 1)).all():
            raise ValueError('it holds margins or probabilities outside of 0..1')
    if table.sent_bytes.min() <= 0:
        raise ValueError('it holds frames of no bytes')
