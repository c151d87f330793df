"""The demo in the terminal: a live table, or a line a second where there is no terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge_exit.demo.phases import PHASES, Phase
from edge_exit.demo.recording import Recorded
from edge_exit.demo.summary import Summary, summarise
from edge_exit.demo.view import View, view
from edge_exit.evaluation.metrics import Figures
from edge_exit.terminal.words import BAR, exit_facts, fact, number, percent, point_words

COLUMNS = (
    'taken', 'exited', 'offloaded', 'fallback', 'dropped', 'accuracy', 'p50 ms', 'p99 ms', 'bytes',
)  # fmt: skip


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
            f'  link {self._link(recorded, now)}  {point_words(now.point, self._codecs)}'
            f'  p50 {number(whole.latency_ms_p50)} p99 {number(whole.latency_ms_p99)} ms'
            f'  {number(whole.bytes_per_frame, 0)} B/frame  accuracy {percent(whole.accuracy)}'
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
        return [
            *exit_facts(now.exits),
            fact('link', self._link(recorded, now)),
            fact('policy', point_words(now.point, self._codecs)),
        ]

    def _link(self, recorded: Recorded, now: View) -> str:
        set_rate = f'{recorded.phase.rate_mbps:g}' if recorded.phase else '?'
        if now.link is None or not now.link.connected:
            return f'not connected (set {set_rate} Mbit/s)'
        measured = number(now.link.goodput_bps / 1e6, 2)
        return (
            f'{measured} Mbit/s (set {set_rate}), round trip {number(now.link.rtt * 1e3)} ms,'
            f' loss {percent(now.link.loss)}'
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
        percent(figures.accuracy),
        number(figures.latency_ms_p50),
        number(figures.latency_ms_p99),
        number(figures.bytes_per_frame, 0),
    ]
