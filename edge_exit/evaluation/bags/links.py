"""The link as a robot measured it while it was recorded, as a trace that a replay can emulate.

What the head published as LinkQuality, five times a second; where it was not recorded, what its
offloads tell. Loss is no part of it: a trace has rate and round-trip time.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.bag import Bag
from edge_exit.evaluation.heard import quality_from, result_from
from edge_exit.inference.outcome import Outcome
from edge_exit.link.quality import LinkQuality
from edge_exit.link.traces import Trace

QUALITY = 'edge_exit_interfaces/msg/LinkQuality'
INFERENCE = 'edge_exit_interfaces/msg/Inference'
# A trace starts again at its end; a recorded link has no second time.
HELD_AT_END = 3600.0

Row = tuple[float, float, float]


def link_of(bag: str, start: int | None = None) -> Trace:
    """Give the recorded link to the tail that was asked most.

    :param start: time of recording that is 0 in the trace, ns; None for the bag's first message.
    :raises ConfigError: if nothing of a link is recorded.
    """
    with Bag(bag) as opened:
        start = opened.start if start is None else start
        rows = list(_measured(opened, start)) or list(_offloaded(opened, start))
        duration = opened.duration / 1e9
    rows = _from_zero(_changes(rows))
    if not rows:
        raise ConfigError(
            f'bag "{bag}" holds no measured link: record link_quality and inference of the head, '
            'or give a trace or a rate with --link'
        )
    times, rates, rtts = zip(*rows, strict=True)
    return Trace(times, rates, rtts, max(times[-1], duration) + HELD_AT_END)


def _measured(bag: Bag, start: int) -> Iterator[Row]:
    """Give what the head said of its links to the tail that it said most of."""
    said = [
        ((recorded.time - start) / 1e9, *bag.understood(recorded, _tail_and_quality))
        for recorded in bag.messages(set(bag.of_type(QUALITY)))
    ]
    tails = Counter(tail for _, tail, quality in said if quality.connected)
    most = tails.most_common(1)[0][0] if tails else None
    for time, tail, quality in said:
        rate = quality.goodput_bps if quality.connected else 0.0
        if tail == most and not math.isnan(rate):
            yield time, rate, quality.rtt


def _tail_and_quality(message: Any) -> tuple[str, LinkQuality]:
    return message.tail, quality_from(message)


def _offloaded(bag: Bag, start: int) -> Iterator[Row]:
    """Take each offloaded frame's bytes over its time on the link: a little less than the rate."""
    for recorded in bag.messages(set(bag.of_type(INFERENCE))):
        result = bag.understood(recorded, lambda message: result_from(message, 0.0))
        if result.outcome == Outcome.OFFLOADED and result.wire_bytes and result.link > 0:
            yield (recorded.time - start) / 1e9, 8 * result.wire_bytes / result.link, math.nan


def _changes(rows: Iterable[Row]) -> Iterator[Row]:
    """Leave out rows that say what the one before said."""
    before = None
    for row in rows:
        if repr(row[1:]) != before:  # NaN equals NaN here
            yield row
        before = repr(row[1:])


def _from_zero(rows: Iterable[Row]) -> list[Row]:
    """Let the link of time 0 be what was known then, or first after it; times rise from 0."""
    kept: list[Row] = []
    for time, rate, rtt in rows:
        if not kept or time <= 0:
            kept = [(0.0, rate, rtt)]
        elif time > kept[-1][0]:
            kept.append((time, rate, rtt))
    return kept
