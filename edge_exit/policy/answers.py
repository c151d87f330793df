"""What a bundle answers at each exit threshold, as counted on its validation pictures.

Policies predict with it which frames leave where, and how many answers are right, without labels.
It is counted from an outcome table (edge_exit/simulation) and kept in the manifest.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edge_exit.errors import BundleError

# Block of the manifest's metrics.
BLOCK = 'answers'
MOST_THRESHOLDS = 64

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """T exit thresholds of the rule `margin`, E exits, S splits, L codec levels.

    All but the thresholds are shares of all pictures, [0, 1].

    :ivar thresholds: (T,), ascending.
    :ivar left: pictures that leave at each exit if the robot works alone, (T, E).
    :ivar right: those of them that are answered rightly, (T, E).
    :ivar sent: pictures that no exit before the split lets go, and that the tail answers rightly,
        (S, L, T).
    :ivar kept: those that the exit before the split would answer rightly, (S, T).
    """

    thresholds: Row
    left: tuple[Row, ...]
    right: tuple[Row, ...]
    sent: tuple[tuple[Row, ...], ...]
    kept: tuple[Row, ...]


def answers_from(metrics: dict[str, Any], *, exits: int, levels: int, where: str) -> Answers | None:
    """Read the block of a manifest.

    :returns: None if there is none.
    :raises BundleError: if its numbers are not as many as they should be, or not possible.
    """
    block = metrics.get(BLOCK)
    if block is None:
        return None
    where = f'{where}: metrics: {BLOCK}'
    if not isinstance(block, dict):
        raise BundleError(f'{where} is not a table')
    rows = block.get('thresholds')
    count = len(rows) if isinstance(rows, list) else 0
    if not 1 <= count <= MOST_THRESHOLDS:
        raise BundleError(f'{where} has {count} thresholds, not 1..{MOST_THRESHOLDS}')
    return Answers(
        thresholds=_numbers(rows, (count,), 2.0, f'{where}: thresholds'),
        left=_numbers(block.get('left'), (count, exits), 1.0, f'{where}: left'),
        right=_numbers(block.get('right'), (count, exits), 1.0, f'{where}: right'),
        sent=_numbers(block.get('sent'), (exits, levels, count), 1.0, f'{where}: sent'),
        kept=_numbers(block.get('kept'), (exits, count), 1.0, f'{where}: kept'),
    )


def one_answer(
    threshold: float, shares: Row, exit_accuracy: Row, split_accuracy: Sequence[Row]
) -> Answers:
    """Estimate the answers at one threshold, where a bundle brings none.

    Every exit is taken to be as often right of the pictures that leave there as of all pictures.

    :param shares: of frames that leave at each exit, as seen of late; sums to 1 or less.
    :param exit_accuracy: of each exit alone; 1 where it is not known.
    :param split_accuracy: of the whole network on what is sent, by split and level; may hold NaN.
    """
    rest = max(1 - sum(shares), 0.0)
    left = (*shares[:-1], shares[-1] + rest)
    last = exit_accuracy[-1]
    reaching = [sum(left[split:]) for split in range(len(left))]
    return Answers(
        thresholds=(threshold,),
        left=(left,),
        right=(tuple(share * right for share, right in zip(left, exit_accuracy, strict=True)),),
        sent=tuple(
            tuple(((last if math.isnan(right) else right) * reaching[split],) for right in row)
            for split, row in enumerate(split_accuracy)
        ),
        kept=tuple(
            ((exit_accuracy[split - 1] if split else 0.0) * share,)
            for split, share in enumerate(reaching)
        ),
    )


def _numbers(values: Any, shape: tuple[int, ...], most: float, where: str) -> tuple:
    """Read nested lists of numbers in 0..most."""
    if not isinstance(values, list) or len(values) != shape[0]:
        count = len(values) if isinstance(values, list) else 'no'
        raise BundleError(f'{where} has {count} entries, not {shape[0]}')
    if len(shape) > 1:
        return tuple(_numbers(row, shape[1:], most, where) for row in values)
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise BundleError(f'{where} holds {str(value)[:40]}, not a number in 0..{most:g}')
    return tuple(map(float, values))
