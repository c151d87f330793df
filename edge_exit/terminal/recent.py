"""The results of the last seconds: how they ended, and where their time went."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.text import Text

from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.metrics import percentile
from edge_exit.inference.outcome import Outcome
from edge_exit.terminal.seen import Seen
from edge_exit.terminal.words import number, percent

# Figures of the present are taken over so much of the past.
RECENT_S = 10.0
_WIDE = 48
_COLOURS = {Outcome.EXITED: 'cyan', Outcome.OFFLOADED: 'blue', Outcome.FALLBACK: 'yellow'}


def recent_results(seen: Seen) -> list[FrameResult]:
    """Give the results of the last RECENT_S."""
    return [result for result in seen.results if result.received > seen.now - RECENT_S]


def rate(seen: Seen) -> float:
    """Give the results a second, of the time that recent ones come from."""
    first = seen.results[0].received if seen.results else seen.now
    return len(recent_results(seen)) / min(RECENT_S, max(seen.now - first, 0.5))


def outcome_bar(recent: Sequence[FrameResult]) -> Text:
    """Draw how results ended."""
    counts = Counter(result.outcome for result in recent)
    bar, drawn, total = Text(), 0, 0
    for outcome, colour in _COLOURS.items():
        total += counts[outcome]
        until = round(_WIDE * total / max(len(recent), 1))
        bar.append('█' * (until - drawn), colour)
        drawn = until
    return bar.append('·' * (_WIDE - drawn), 'dim')


def outcome_words(recent: Sequence[FrameResult]) -> Text:
    """Say how results ended."""
    counts = Counter(result.outcome for result in recent)
    words = Text()
    for outcome, colour in _COLOURS.items():
        share = percent(counts[outcome] / len(recent)) if recent else '-'
        words.append(f'{"  " if words else ""}{outcome.name.lower()} {share}', colour)
    return words


def latency_words(recent: Sequence[FrameResult]) -> str:
    """Say how long results took, from image to result."""
    times = [1e3 * result.total for result in recent]
    p50, p90, p99 = (number(percentile(times, share)) for share in (50, 90, 99))
    return f'p50 {p50}  p90 {p90}  p99 {p99} ms'


def part_words(recent: Sequence[FrameResult]) -> str:
    """Say where the time of results went on average."""
    means = {
        name: 1e3 * mean(getattr(result, name) for result in recent)
        for name in ('queue', 'head', 'link', 'tail')
    }
    return 'mean: ' + '  '.join(f'{name} {number(value)}' for name, value in means.items()) + ' ms'


def mean(values: Iterable[float]) -> float:
    """Give a mean, NaN of nothing."""
    every = list(values)
    return sum(every) / len(every) if every else math.nan
