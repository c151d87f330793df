"""Figures, links and operating points in words that fit a line."""

import math
from collections.abc import Sequence

from rich.text import Text

from edge_exit.policy.operating_point import OperatingPoint

BAR = 24
_LEVELS = '▁▂▃▄▅▆▇█'


def number(value: float | None, digits: int = 1) -> str:
    """Write a number; a dash where nothing is known."""
    return '-' if value is None or math.isnan(value) else f'{value:.{digits}f}'


def percent(value: float | None) -> str:
    """Write a share."""
    return '-' if value is None or math.isnan(value) else f'{value:.1%}'


def fact(name: str, value: str | Text) -> Text:
    """Write a named line."""
    return Text.assemble((f'{name:<8}', 'dim'), value)


def exit_facts(exits: Sequence[int]) -> list[Text]:
    """Write a line with a bar for each exit.

    :param exits: frames that left at each.
    """
    total = max(sum(exits), 1)
    return [
        fact(f'exit {index}', f'{count:5}  {"█" * round(BAR * count / total)}')
        for index, count in enumerate(exits)
    ]


def point_words(point: OperatingPoint | None, codecs: Sequence[str] = ()) -> str:
    """Say what was chosen.

    :param codecs: names of the bundle's codec levels, where they are known.
    """
    if point is None:
        return 'silent'
    if not point.offload:
        return f'{point.policy}: stay on the robot, exit at {point.exit_threshold:.2f}'
    codec = f'level {point.codec_level}'
    if codecs:
        codec = codecs[min(point.codec_level, len(codecs) - 1)]
    return f'{point.policy}: split {point.split}, exit at {point.exit_threshold:.2f}, codec {codec}'


def sparkline(values: Sequence[float | None]) -> str:
    """Draw values as a line of blocks, from 0 to their largest; a gap where nothing is known."""
    most = max((value for value in values if value is not None and value > 0), default=0.0)
    if most <= 0:
        return ' ' * len(values)
    last = len(_LEVELS) - 1
    return ''.join(
        ' ' if value is None else _LEVELS[round(last * min(max(value / most, 0.0), 1.0))]
        for value in values
    )
