"""A running robot in a terminal: outcomes, latency, exits, link, point, tails, troubles."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from rich.console import Group, RenderableType
from rich.text import Text

from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.metrics import percentile
from edge_exit.inference.outcome import Outcome
from edge_exit.link.quality import LinkQuality
from edge_exit.terminal.seen import Seen, TailSeen
from edge_exit.terminal.words import exit_facts, fact, number, percent, point_words, sparkline

# Figures of the present are taken over so much of the past.
RECENT_S = 10.0
# A sparkline shows so many seconds, one a letter.
SPARK_S = 30
SILENT_S = 2.0
# Nodes speak on /diagnostics once a second.
LOST_S = 4.0
_WIDE = 48
_COLOURS = {Outcome.EXITED: 'cyan', Outcome.OFFLOADED: 'blue', Outcome.FALLBACK: 'yellow'}


class Dashboard:
    """Lays out what is seen of a robot.

    :param codecs: names of the bundle's codec levels; empty where it is not known.
    """

    def __init__(self, codecs: Sequence[str] = ()) -> None:
        self._codecs = codecs

    def table(self, seen: Seen) -> RenderableType:
        """Lay out the live table."""
        return Group(
            self._title(seen),
            '',
            fact('results', _outcome_bar(_recent(seen))),
            fact('', _outcome_words(_recent(seen))),
            fact('counted', _books(seen)),
            fact('latency', _latency(seen)),
            fact('', _parts(_recent(seen))),
            fact('', _latency_line(seen)),
            *([fact('right', _right(seen))] if seen.judged else []),
            '',
            *exit_facts(_exits(seen)),
            '',
            fact('link', _link_words(seen)),
            fact('', _link_line(seen)),
            fact('policy', point_words(seen.point, self._codecs)),
            *([fact('', f'because: {seen.point.reason}')] if seen.point else []),
            *_tails(seen),
            *_troubles(seen),
        )

    def line(self, seen: Seen) -> str:
        """Lay out one line."""
        recent = _recent(seen)
        times = [1e3 * result.total for result in recent]
        heard = sum(not _silent(tail, seen.now) for tail in seen.tails)
        return (
            f'{seen.now - seen.since:4.0f} s  {len(recent) / _span(seen):5.1f} fps'
            f'  taken {seen.books.taken if seen.books else "-"}'
            f'  {_outcome_words(recent).plain}'
            f'  p50 {number(percentile(times, 50))} p99 {number(percentile(times, 99))} ms'
            f'  {number(_mean(r.wire_bytes for r in recent), 0)} B/frame'
            f'  link {_link_words(seen)}  {point_words(seen.point, self._codecs)}'
            f'  {heard} tail{"" if heard == 1 else "s"} heard'
        )

    def _title(self, seen: Seen) -> Text:
        title = Text.assemble(
            (f' {seen.head} ', 'bold reverse'),
            f'  {len(_recent(seen)) / _span(seen):.1f} frames/s',
            (f'  seen for {seen.now - seen.since:.0f} s', 'dim'),
        )
        silent = seen.now - (seen.results[-1].received if seen.results else seen.since)
        if silent > SILENT_S:
            title.append(f'  no result for {silent:.0f} s', 'bold red')
        return title


def _recent(seen: Seen) -> list[FrameResult]:
    return [result for result in seen.results if result.received > seen.now - RECENT_S]


def _span(seen: Seen) -> float:
    """Give the time that recent results come from, s."""
    first = seen.results[0].received if seen.results else seen.now
    return min(RECENT_S, max(seen.now - first, 0.5))


def _outcome_bar(recent: Sequence[FrameResult]) -> Text:
    counts = Counter(result.outcome for result in recent)
    bar, drawn, total = Text(), 0, 0
    for outcome, colour in _COLOURS.items():
        total += counts[outcome]
        until = round(_WIDE * total / max(len(recent), 1))
        bar.append('█' * (until - drawn), colour)
        drawn = until
    return bar.append('·' * (_WIDE - drawn), 'dim')


def _outcome_words(recent: Sequence[FrameResult]) -> Text:
    counts = Counter(result.outcome for result in recent)
    words = Text()
    for outcome, colour in _COLOURS.items():
        share = percent(counts[outcome] / len(recent)) if recent else '-'
        words.append(f'{"  " if words else ""}{outcome.name.lower()} {share}', colour)
    return words


def _books(seen: Seen) -> str:
    books = seen.books
    if books is None:
        return 'no diagnostics of this head yet'
    return (
        f'taken {books.taken}  exited {books.exited}  offloaded {books.offloaded}'
        f'  fallback {books.fallback}  dropped {books.dropped}  in flight {books.in_flight}'
    )


def _latency(seen: Seen) -> str:
    times = [1e3 * result.total for result in _recent(seen)]
    p50, p90, p99 = (number(percentile(times, share)) for share in (50, 90, 99))
    return f'p50 {p50}  p90 {p90}  p99 {p99} ms'


def _latency_line(seen: Seen) -> str:
    return _spark(seen, [(result.received, result.total) for result in seen.results])


def _parts(recent: Sequence[FrameResult]) -> str:
    means = {
        name: 1e3 * (_mean(getattr(result, name) for result in recent))
        for name in ('queue', 'head', 'link', 'tail')
    }
    return 'mean: ' + '  '.join(f'{name} {number(value)}' for name, value in means.items()) + ' ms'


def _right(seen: Seen) -> str:
    return f'{percent(seen.right / seen.judged)} of {seen.judged} with a label'


def _exits(seen: Seen) -> list[int]:
    return [seen.exits.get(index, 0) for index in range(max(seen.exits, default=-1) + 1)]


def _link_line(seen: Seen) -> str:
    by_time = [(time, quality.goodput_bps) for time, quality in seen.links]
    return _spark(seen, [(time, rate) for time, rate in by_time if math.isfinite(rate)])


def _link_words(seen: Seen) -> str:
    quality: LinkQuality | None = seen.links[-1][1] if seen.links else None
    if quality is None:
        return 'nothing measured'
    if not quality.connected:
        return 'not connected'
    return (
        f'{number(quality.goodput_bps / 1e6, 2)} Mbit/s, round trip {number(quality.rtt * 1e3)} ms,'
        f' loss {percent(quality.loss)}'
    )


def _tails(seen: Seen) -> list[Text]:
    if not seen.tails:
        return [fact('tails', 'none seen')]
    return [
        fact('tails' if index == 0 else '', _tail(tail, seen.now))
        for index, tail in enumerate(seen.tails)
    ]


def _silent(tail: TailSeen, now: float) -> bool:
    return now - tail.heard > max(3 * tail.period, 1.0)


def _tail(tail: TailSeen, now: float) -> Text:
    if _silent(tail, now):
        return Text(f'{tail.name}  silent for {now - tail.heard:.0f} s', 'red')
    return Text(
        f'{tail.name}  load {tail.load:.0%}, queue {tail.queue}, heads {tail.heads}, '
        f'served {tail.served}, refused {tail.refused}, model {tail.model_id[:8]}'
    )


def _troubles(seen: Seen) -> list[Text]:
    """List nodes that are not fine, by their own word, and those that have fallen silent."""
    found = []
    for node, health in sorted(seen.health.items()):
        silent = seen.now - health.heard
        if silent > LOST_S:
            found.append(Text(f'{node}: silent for {silent:.0f} s', 'red'))
        elif health.level:
            found.append(Text(f'{node}: {health.message}', 'yellow'))
    return [fact('trouble' if index == 0 else '', words) for index, words in enumerate(found)]


def _spark(seen: Seen, values: Sequence[tuple[float, float]]) -> str:
    """Draw the median of each of the last seconds, the newest at the right."""
    bins: list[list[float]] = [[] for _ in range(SPARK_S)]
    for time, value in values:
        place = SPARK_S - 1 - int(seen.now - time)
        if 0 <= place < SPARK_S:
            bins[place].append(value)
    return sparkline([median(some) if some else None for some in bins]) + f' {SPARK_S} s'


def _mean(values: Iterable[float]) -> float:
    every = list(values)
    return sum(every) / len(every) if every else math.nan
