"""What the demo shows and writes."""

import io
import sys

import pytest
from recorded import recorded_run
from rich.console import Console

from edge_exit.demo.phases import PHASES
from edge_exit.demo.recording import Recording
from edge_exit.demo.table import Display
from edge_exit.demo.timeline import draw
from edge_exit.terminal.screen import Screen

CODECS = ['raw', '8bit', '4bit', '2bit']


def shown(recorded, *, terminal: bool) -> str:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=80, color_system=None)
    console.print(Display(3, CODECS, 60.0).table(recorded))
    return output.getvalue()


def test_table_fits_a_terminal_of_80_columns_and_cuts_nothing():
    text = shown(recorded_run(), terminal=True)
    assert max(map(len, text.splitlines())) <= 80
    assert '…' not in text
    for word in ('offloaded', 'fallback', 'dropped', 'accuracy', 'p99 ms', 'narrow link'):
        assert word in text


def test_table_shows_link_and_operating_point():
    text = shown(recorded_run(), terminal=True)
    assert f'0.18 Mbit/s (set {PHASES[1].rate_mbps:g})' in text
    assert 'dynamic_split: split 1, exit at 0.80, codec 4bit' in text


def test_without_a_terminal_there_is_one_line_of_plain_text(capsys):
    with Screen(Console(file=io.StringIO()), Display(3, CODECS, 60.0)) as screen:
        screen.show(recorded_run)
        screen.show(recorded_run)
    (line,) = capsys.readouterr().out.splitlines()
    assert '\x1b' not in line
    assert 'exited 4  offloaded 3  fallback 1' in line


@pytest.mark.parametrize('terminal', [True, False])
def test_a_reader_that_is_gone_ends_the_showing_and_not_the_demo(terminal, monkeypatch):
    class Gone(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    monkeypatch.setattr(sys, 'stdout', Gone())
    console = Console(file=sys.stdout, force_terminal=terminal)
    screen = Screen(console, Display(3, CODECS, 60.0))
    screen.show(recorded_run)
    print('no longer fails')
    console.print('neither does this')


def test_nothing_recorded_yet_can_be_shown():
    assert 'starting' in shown(Recording().copy(), terminal=True)


def test_timeline_is_a_whole_png(tmp_path):
    draw(recorded_run(), tmp_path / 'timeline.png', deadline=0.2)
    data = (tmp_path / 'timeline.png').read_bytes()
    assert data.startswith(b'\x89PNG')
    assert data.endswith(b'IEND\xaeB`\x82')


def test_timeline_of_a_demo_that_ended_at_once_is_drawn_too(tmp_path):
    draw(Recording().copy(), tmp_path / 'timeline.png', deadline=0.2)
    assert (tmp_path / 'timeline.png').stat().st_size > 0
