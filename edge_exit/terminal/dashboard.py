"""A running robot in a terminal: outcomes, latency, exits, link, point, tails, troubles."""

import math
from collections.abc import Sequence
from statistics import median

from rich.console import Group, RenderableType
from rich.text import Text

from edge_exit.evaluation.metrics import percentile
from edge_exit.link.quality import LinkQuality
from edge_exit.terminal.around import tail_facts, trouble_facts
from edge_exit.terminal.recent import (
    latency_words,
    mean,
    outcome_bar,
    outcome_words,
    part_words,
    rate,
    recent_results,
)
from edge_exit.terminal.seen import Seen
from edge_exit.terminal.words import exit_facts, fact, number, percent, point_words, sparkline

# A sparkline shows so many seconds, one a letter.
SPARK_S = 30
SILENT_S = 2.0


class Dashboard:
    """Lays out what is seen of a robot.

    :param codecs: names of the bundle's codec levels; empty where it is not known.
    """

    def __init__(self, codecs: Sequence[str] = ()) -> None:
        self._codecs = codecs

    def table(self, seen: Seen) -> RenderableType:
        """Lay out the live table."""
        recent = recent_results(seen)
        return Group(
            self._title(seen),
            '',
            fact('results', outcome_bar(recent)),
            fact('', outcome_words(recent)),
            fact('counted', _books(seen)),
            fact('latency', latency_words(recent)),
            fact('', part_words(recent)),
            fact('', _latency_line(seen)),
            *([fact('right', _right(seen))] if seen.judged else []),
            '',
            *exit_facts(_exits(seen)),
            '',
            fact('link', _link_words(seen)),
            fact('', _link_line(seen)),
            fact('policy', point_words(seen.point, self._codecs)),
            *([fact('', f'because: {seen.point.reason}')] if seen.point else []),
            *tail_facts(seen),
            *trouble_facts(seen),
        )

    def line(self, seen: Seen) -> str:
        """Lay out one line."""
        recent = recent_results(seen)
        times = [1e3 * result.total for result in recent]
        heard = sum(not tail.silent(seen.now) for tail in seen.tails)
        right = f'  right {_right(seen)}' if seen.judged else ''
        return (
            f'{seen.now - seen.since:4.0f} s  {rate(seen):5.1f} fps'
            f'  taken {seen.books.taken if seen.books else "-"}'
            f'  {outcome_words(recent).plain}'
            f'  p50 {number(percentile(times, 50))} p99 {number(percentile(times, 99))} ms'
            f'  {number(mean(r.wire_bytes for r in recent), 0)} B/frame'
            f'{right}'
            f'  link {_link_words(seen)}  {point_words(seen.point, self._codecs)}'
            f'  {heard} tail{"" if heard == 1 else "s"} heard'
        )

    def _title(self, seen: Seen) -> Text:
        title = Text.assemble(
            (f' {seen.head} ', 'bold reverse'),
            f'  {rate(seen):.1f} frames/s',
            (f'  seen for {seen.now - seen.since:.0f} s', 'dim'),
        )
        silent = seen.now - (seen.results[-1].received if seen.results else seen.since)
        if silent > SILENT_S:
            title.append(f'  no result for {silent:.0f} s', 'bold red')
        return title


def _books(seen: Seen) -> str:
    books = seen.books
    if books is None:
        return 'no diagnostics of this head yet'
    return (
        f'taken {books.taken}  exited {books.exited}  offloaded {books.offloaded}'
        f'  fallback {books.fallback}  dropped {books.dropped}  in flight {books.in_flight}'
    )


def _latency_line(seen: Seen) -> str:
    return _spark(seen, [(result.received, result.total) for result in seen.results])


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


def _spark(seen: Seen, values: Sequence[tuple[float, float]]) -> str:
    """Draw the median of each of the last seconds, the newest at the right."""
    bins: list[list[float]] = [[] for _ in range(SPARK_S)]
    for time, value in values:
        place = SPARK_S - 1 - int(seen.now - time)
        if 0 <= place < SPARK_S:
            bins[place].append(value)
    return sparkline([median(some) if some else None for some in bins]) + f' {SPARK_S} s'
