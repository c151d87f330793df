"""The true classes of recorded images: from a topic of the bag, or from a CSV file beside it.

The CSV file has two columns. The first says which image: `stamp_ns` (its stamp), `time_s` (its
stamp, from that of the first image on) or `frame` (its number on the topic, from 0). The second,
`label`, is the name of a class or its number.
"""

import csv
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.bag import Bag
from edge_exit.evaluation.bags.camera import open_camera
from edge_exit.evaluation.heard import nanoseconds

LABEL = 'edge_exit_interfaces/msg/Label'
KEYS = ('stamp_ns', 'time_s', 'frame')


def labels_of(
    bag: str, labels: str | None, classes: Sequence[str], topic: str | None = None
) -> tuple[dict[int, int], list[str]]:
    """Read the true classes of a bag's images.

    :param labels: CSV file or topic; None for the bag's own label topic, if it has one.
    :param classes: names of the classes.
    :param topic: of the images, for a CSV file that numbers or times them.
    :returns: class by stamp of the image, ns; and what a reader of the result must know.
    :raises ConfigError: if the labels are not there, or one of them is no class.
    """
    if labels is not None and (labels.endswith('.csv') or Path(labels).is_file()):
        return _from_csv(bag, Path(labels), classes, topic)
    with Bag(bag) as opened:
        chosen = _label_topic(opened, labels)
        if chosen is None:
            return {}, []
        found, wrong = {}, 0
        for recorded in opened.messages({chosen}):
            stamp, class_id = opened.understood(recorded, _stamp_and_class)
            if 0 <= class_id < len(classes):
                found[stamp] = class_id
            else:
                wrong += 1
    if wrong and not found:
        raise ConfigError(
            f'bag "{bag}": none of the {wrong} labels on {chosen} is one of the '
            f'{len(classes)} classes of the bundle: are they of another model?'
        )
    return found, [f'{wrong} labels are none of the {len(classes)} classes'] if wrong else []


def without_label(stamps: Iterable[int], labels: dict[int, int]) -> list[str]:
    """Say how many frames of a labelled bag have no label; nothing if all or none have one."""
    missing = sum(stamp not in labels for stamp in stamps)
    return [f'{missing} frames have no label'] if labels and missing else []


def _label_topic(bag: Bag, labels: str | None) -> str | None:
    topics = bag.of_type(LABEL)
    there = f'label topics: {", ".join(topics)}' if topics else 'it has none'
    if labels is None and len(topics) > 1:
        raise ConfigError(f'bag "{bag.path}": which topic has the labels? ({there})')
    if labels is not None and labels not in topics:
        raise ConfigError(f'bag "{bag.path}" has no labels on the topic "{labels}" ({there})')
    return labels or (topics[0] if topics else None)


def _stamp_and_class(message: Any) -> tuple[int, int]:
    return nanoseconds(message.header.stamp), message.class_id


def _from_csv(
    bag: str, path: Path, classes: Sequence[str], topic: str | None
) -> tuple[dict[int, int], list[str]]:
    try:
        with path.open(newline='', encoding='utf-8') as file:
            key, *rows = _rows(csv.reader(file), path, classes)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f'labels {path} cannot be read: {error}') from error
    if key == 'stamp_ns':
        return dict(rows), []
    stamps = [stamp for _, stamp in open_camera(bag, topic).stamps()]
    place = _by_number if key == 'frame' else _by_time
    found = {stamp: label for number, label in rows if (stamp := place(stamps, number)) is not None}
    lost = len(rows) - len(found)
    return found, [f'{lost} rows of {path} belong to no image of their own'] if lost else []


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
    for cells in reader:
        where = f'labels {path}, line {reader.line_num}'
        if len(cells) != 2:
            raise ConfigError(f'{where}: {len(cells)} values, needed are 2')
        key, label = (cell.strip() for cell in cells)
        try:
            number = float(key) if header[0] == 'time_s' else int(key)
        except ValueError:
            raise ConfigError(f'{where}: {header[0]} is {key!r}, a number is needed') from None
        if label not in numbers and not (label.isdecimal() and int(label) < len(classes)):
            raise ConfigError(
                f'{where}: {label!r} is no class (classes: {", ".join(classes[:30])})'
            )
        yield number, numbers[label] if label in numbers else int(label)


def _by_number(stamps: list[int], number: int) -> int | None:
    return stamps[number] if 0 <= number < len(stamps) else None


def _by_time(stamps: list[int], time: float) -> int | None:
    """Give the stamp nearest to a time, if it is nearer than half a frame."""
    step = median(later - sooner for sooner, later in pairwise(stamps)) if stamps[1:] else 10**9
    wanted = stamps[0] + round(time * 1e9)
    place = bisect_left(stamps, wanted)
    nearest = min(stamps[max(place - 1, 0) : place + 1], key=lambda stamp: abs(stamp - wanted))
    return nearest if 2 * abs(nearest - wanted) <= step else None
