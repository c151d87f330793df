"""The panel of operating points: the exit threshold, and where frames run."""

from collections.abc import Sequence

from edge_exit.report.numbers import digits
from edge_exit.report.parts import Part
from edge_exit.report.plot import LETTER, Panel, text
from edge_exit.report.scales import Scale

# Places beyond these share the last colour.
_COLOURS = 5
_STRIP = 15
STAYS = (-1, -1)


def part(run: dict, binned: dict) -> Part | None:
    """Make the panel; None where no policy ever spoke."""
    points = run['points']
    if not points:
        return None
    places = sorted({place(point) for point in points})
    # Grey is kept for frames that stay.
    first = 0 if places[0] == STAYS else 1
    kinds = {key: f'place{min(first + i, _COLOURS - 1)}' for i, key in enumerate(places)}
    named = {key: place_name(run, *key) for key in places}
    items = [('line', 'threshold', 'exit threshold')]
    items += [('box', kinds[key], named[key]) for key in places[:_COLOURS]]

    def paint(panel: Panel, edges: Sequence[float]) -> list:
        times = [*(min(point['t_s'], edges[-1]) for point in points), edges[-1]]
        found = panel.y_axis(lambda value: digits(value) if value >= 0 else '', 3)
        found += _strip(panel, times, [place(point) for point in points], kinds, named)
        thresholds = [min(point['exit_threshold'], 1.0) for point in points]
        return [*found, panel.steps(times, thresholds, 'threshold')]

    return Part(
        'Operating point',
        items,
        75,
        lambda low, high: Scale(0.0, 1.0, low - _STRIP - 4, high),
        paint,
    )


def place(point: dict) -> tuple[int, int]:
    """Tell apart where frames run: STAYS, else split and codec level."""
    return (point['split'], point['codec_level']) if point['offload'] else STAYS


def place_name(run: dict, split: int, level: int) -> str:
    """Say where frames run."""
    if split < 0:
        return 'stays on the robot'
    names = run['codec_levels']
    codec = names[level] if 0 <= level < len(names) else f'level {level}'
    return f'picture, {codec}' if split == 0 else f'split {split}, {codec}'


def _strip(panel: Panel, times: Sequence[float], keys: Sequence, kinds: dict, named: dict) -> list:
    """Colour the foot of the panel by where frames run, stretches alike put together."""
    found, began = [], 0
    foot = panel.y.start + 4
    for index in range(1, len(keys) + 1):
        if index < len(keys) and keys[index] == keys[began]:
            continue
        left, right = panel.x(times[began]), panel.x(times[index])
        strip = Panel(Scale(0, 1, left, right), Scale(0, 1, foot + _STRIP, foot))
        found.append(strip.bar(0, 1, 0, 1, kinds[keys[began]]))
        words = named[keys[began]]
        if right - left > LETTER * len(words) + 8:
            middle = (left + right) / 2
            found.append(text(middle, foot + 11, words, 'onbar', text_anchor='middle'))
        began = index
    return found
