"""The true classes of recorded images from a CSV file.

It has two columns. The first says which image: `stamp_ns` (its stamp), `time_s` (its stamp, from
that of the first image on) or `frame` (its number on the topic, from 0). The second, `label`, is
the name of a class or its number.
"""

import csv
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.camera import open_camera

KEYS = ('stamp_ns', 'time_s', 'frame')


def labels_in(
    path: Path, bag: str, classes: Sequence[str], topic: str | None
) -> tuple[dict[int, int], list[str]]:
    """Read a file of labels.

    :param classes: names of the classes.
    :param topic: of the images, where the file numbers or times them; None for the only one.
    :returns: class by stamp of the image, ns; and what a reader of the result must know.
    :raises ConfigError: if it is no such file; names line and value.
    """
    try:
        # Spreadsheets put a mark before the first column.
        with path.open(newline='', encoding='utf-8-sig') as file:
            key, *rows = _rows(csv.reader(file), path, classes)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f'labels {path} cannot be read: {error}') from error
    if not rows:
        raise ConfigError(f'labels {path} has no rows; leave out --labels if there are none')
    if key == 'stamp_ns':
        return dict(rows), []
    stamps = [stamp for _, stamp in open_camera(bag, topic).stamps()]
    place = _by_number(stamps) if key == 'frame' else _by_time(stamps)
    found = {stamp: label for number, label in rows if (stamp := place(number)) is not None}
    if not found:
        raise ConfigError(
            f'labels {path}: its column {key} names none of the {len(stamps)} images; '
            'see docs/replay.md for what it must hold'
        )
    lost = len(rows) - len(found)
    return found, [f'rows of {path} that belong to no image of their own: {lost}'] if lost else []


def _rows(reader, path: Path, classes: Sequence[str]) -> Iterator:
    """Give the first column's name, then its value and the class of each row."""
    header = [name.strip() for name in next(reader, [])]
    if len(header) != 2 or header[0] not in KEYS or header[1] != 'label':
        raise ConfigError(
            f'labels {path}, line 1: columns are {",".join(header)!r}, needed are '
            f'{" or ".join(KEYS)}, and label'
        )
    yield header[0]
    numbers = {name: number for number, name in enumerate(classes)}
    for cells in filter(None, reader):
        where = f'labels {path}, line {reader.line_num}'
        if len(cells) != 2:
            raise ConfigError(f'{where}: {len(cells)} values, needed are 2')
        key, label = (cell.strip() for cell in cells)
        try:
            number = _seconds(key) if header[0] == 'time_s' else int(key)
        except ValueError:
            raise ConfigError(f'{where}: {header[0]} is {key!r}, a number is needed') from None
        if label not in numbers and not (label.isdecimal() and int(label) < len(classes)):
            raise ConfigError(
                f'{where}: {label!r} is no class (classes: {", ".join(classes[:30])})'
            )
        yield number, numbers[label] if label in numbers else int(label)


def _seconds(text: str) -> float:
    number = float(text)
    if not math.isfinite(1e9 * number):
        raise ValueError
    return number


def _by_number(stamps: list[int]) -> Callable[[int], int | None]:
    return lambda number: stamps[number] if 0 <= number < len(stamps) else None


def _by_time(stamps: list[int]) -> Callable[[float], int | None]:
    """Give the stamp nearest to a time, if it is nearer than half a frame."""
    step = median(later - sooner for sooner, later in pairwise(stamps)) if stamps[1:] else 10**9

    def find(time: float) -> int | None:
        wanted = stamps[0] + round(time * 1e9)
        place = bisect_left(stamps, wanted)
        near = stamps[max(place - 1, 0) : place + 1]
        nearest = min(near, key=lambda stamp: abs(stamp - wanted))
        return nearest if 2 * abs(nearest - wanted) <= step else None

    return find
