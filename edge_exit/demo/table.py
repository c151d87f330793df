"""The demo in the terminal: a live table, or a line a second where there is no terminal."""

import math

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge_exit.demo.phases import PHASES, Phase
from edge_exit.demo.recording import Recorded
from edge_exit.demo.summary import Summary, summarise
from edge_exit.demo.view import View, view
from edge_exit.evaluation.metrics import Figures

COLUMNS = (
    'taken', 'exited', 'offloaded', 'fallback', 'dropped', 'accuracy', 'p50 ms', 'p99 ms', 'bytes',
)  # fmt: skip
BAR = 24


class Display:
    """Lays out what was recorded.

    :param exits: number of exits of the network.
    :param codecs: names of the bundle's codec levels.
    :param seconds: how long the phases run together.
    """

    def __init__(self, exits: int, codecs: list[str], seconds: float) -> None:
        self._exits = exits
        self._codecs = codecs
        self._seconds = seconds

    def table(self, recorded: Recorded) -> RenderableType:
        """Lay out the live table."""
        now = view(recorded, self._exits)
        return Group(
            self._title(recorded, now),
            '',
            figures_table(summarise(recorded), recorded.phase),
            '',
            *self._facts(recorded, now),
        )

    def line(self, recorded: Recorded) -> str:
        """Lay out one line."""
        now, whole = view(recorded, self._exits), summarise(recorded).whole
        phase = recorded.phase.name if recorded.phase else 'starting'
        return (
            f'{self._elapsed(recorded):4.0f} s  {phase:<11}  {now.fps:4.1f} fps'
            f'  exits {"/".join(map(str, now.exits))}  exited {whole.exited}'
            f'  offloaded {whole.offloaded}  fallback {whole.fallback}  dropped {whole.dropped}'
            f'  link {self._link(recorded, now)}  {self._point(now)}'
            f'  p50 {_number(whole.latency_ms_p50)} p99 {_number(whole.latency_ms_p99)} ms'
            f'  {_number(whole.bytes_per_frame, 0)} B/frame  accuracy {_percent(whole.accuracy)}'
        )

    def _title(self, recorded: Recorded, now: View) -> Text:
        elapsed = self._elapsed(recorded)
        done = round(BAR * min(elapsed / self._seconds, 1.0))
        phase = recorded.phase.name if recorded.phase else 'starting'
        return Text.assemble(
            (f' {phase} ', 'bold reverse'),
            f'  {elapsed:.0f} of {self._seconds:.0f} s ',
            ('━' * done, 'cyan'), ('━' * (BAR - done), 'dim'),
            f'  {now.fps:.1f} frames/s',
        )  # fmt: skip

    def _facts(self, recorded: Recorded, now: View) -> list[Text]:
        total = max(sum(now.exits), 1)
        lines = [
            _fact(f'exit {index}', f'{count:5}  {"█" * round(BAR * count / total)}')
            for index, count in enumerate(now.exits)
        ]
        lines.append(_fact('link', self._link(recorded, now)))
        lines.append(_fact('policy', self._point(now)))
        return lines

    def _link(self, recorded: Recorded, now: View) -> str:
        set_rate = f'{recorded.phase.rate_mbps:g}' if recorded.phase else '?'
        if now.link is None or not now.link.connected:
            return f'not connected (set {set_rate} Mbit/s)'
        measured = _number(now.link.goodput_bps / 1e6, 2)
        return (
            f'{measured} Mbit/s (set {set_rate}), round trip {_number(now.link.rtt * 1e3)} ms,'
            f' loss {_percent(now.link.loss)}'
        )

    def _point(self, now: View) -> str:
        point = now.point
        if point is None:
            return 'silent'
        if not point.offload:
            return f'{point.policy}: stay on the robot, exit at {point.exit_threshold:.2f}'
        codec = self._codecs[min(point.codec_level, len(self._codecs) - 1)]
        return (
            f'{point.policy}: split {point.split}, exit at {point.exit_threshold:.2f},'
            f' codec {codec}'
        )

    def _elapsed(self, recorded: Recorded) -> float:
        return recorded.end - recorded.marks[0].began if recorded.marks else 0.0


def figures_table(summary: Summary, current: Phase | None = None) -> Table:
    """Lay out the figures of all phases and of the whole."""
    # 80 columns wide.
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_footer=True)
    table.add_column('phase', 'whole', min_width=max(len(phase.name) for phase in PHASES))
    for name, footer in zip(COLUMNS, _cells(summary.whole), strict=True):
        table.add_column(name, footer, justify='right', no_wrap=True)
    figures = dict(summary.phases)
    for phase in PHASES:
        cells = _cells(figures[phase.name]) if phase.name in figures else [''] * len(COLUMNS)
        table.add_row(phase.name, *cells, style='bold' if phase is current else '')
    return table


def _cells(figures: Figures) -> list[str]:
    return [
        str(figures.frames_taken),
        str(figures.exited),
        str(figures.offloaded),
        str(figures.fallback),
        str(figures.dropped),
        _percent(figures.accuracy),
        _number(figures.latency_ms_p50),
        _number(figures.latency_ms_p99),
        _number(figures.bytes_per_frame, 0),
    ]


def _fact(name: str, value: str) -> Text:
    return Text.assemble((f'{name:<8}', 'dim'), value)


def _number(value: float | None, digits: int = 1) -> str:
    return '-' if value is None or math.isnan(value) else f'{value:.{digits}f}'


def _percent(value: float | None) -> str:
    return '-' if value is None or math.isnan(value) else f'{value:.1%}'
