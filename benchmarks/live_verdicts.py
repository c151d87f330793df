"""How this package compares with the best contender on each live link."""

from collections.abc import Mapping, Sequence
from typing import Any

from comparing import EQUAL_POINTS
from live_contenders import ALL_OURS, JPEG, WHOLE


def verdicts(
    table: Sequence[Mapping[str, Any]], links: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Compare each of ours in each row; contenders that use no link compete in all of them.

    :param table: lines with link, contender and figures.
    :param links: name and kind of each row.
    """
    named = {name for name, _ in links}
    alone = [line for line in table if line['link'] not in named]
    return [
        {'link': name, 'kind': kind, 'contender': who, **_compared(ours, rivals + alone)}
        for who in ALL_OURS
        for name, kind in links
        for ours, rivals in [_sides([line for line in table if line['link'] == name], who)]
        if ours is not None
    ]


def _sides(lines: list[Mapping[str, Any]], who: str) -> tuple[Mapping[str, Any] | None, list]:
    ours = next((line for line in lines if line['contender'] == who), None)
    return ours, [line for line in lines if line['contender'] not in ALL_OURS]


def _compared(ours: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Compare ours with the fastest of those that are as accurate as the whole network."""
    whole = next((line for line in others if line['contender'] == WHOLE), None)
    rivals = [line for line in others if whole is not None and _equal(line, whole)]
    result = {
        'as_accurate': whole is not None and _equal(ours, whole),
        'missed': ours['missed'],
        'lost': ours['lost'],
    }
    if not rivals:
        return {**result, 'rival': None}
    fastest = min(rivals, key=lambda line: line['latency_ms_mean'])
    pictures = next((line for line in others if line['contender'] == JPEG), None)
    return {
        **result,
        'rival': fastest['contender'],
        'mean_ratio': _ratio(ours, fastest, 'latency_ms_mean'),
        'ratio_of_turns': _of_turns(ours, fastest),
        'p99_ratio': _ratio(ours, fastest, 'latency_ms_p99'),
        'energy_ratio': _ratio(ours, fastest, 'energy_j_per_frame'),
        'bytes_of_jpeg': pictures and _ratio(ours, pictures, 'bytes_per_frame'),
    }


def _equal(line: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Say whether a contender is as accurate as the whole network.

    On the images of a cell, by EQUAL_POINTS or one image where that is more; of networks by what
    their bundles say, as those images are few.
    """
    if line['accuracy'] is None:
        return False
    if line['network_accuracy'] < whole['network_accuracy'] - EQUAL_POINTS / 100:
        return False
    allowed = max(EQUAL_POINTS / 100, 1 / line['images'])
    # Accuracies are rounded to four digits.
    return line['accuracy'] >= whole['accuracy'] - allowed - 1e-4


def _of_turns(ours: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Give the least and the largest ratio of mean latencies, turn by turn."""
    pairs = zip(ours['turns_ms'], other['turns_ms'], strict=True)
    ratios = [mine / theirs for mine, theirs in pairs if mine and theirs]
    return f'{min(ratios):.2f} to {max(ratios):.2f}' if ratios else ''


def _ratio(ours: Mapping[str, Any], other: Mapping[str, Any], name: str) -> float:
    return round(ours[name] / other[name], 3)
