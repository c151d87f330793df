"""What `edge_exit top` shows of what it has seen."""

import io
import time
from dataclasses import replace

from recorded import books, results
from rich.console import Console

from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.terminal.dashboard import Dashboard
from edge_exit.terminal.seen import HealthSeen, Seeing, Seen, TailSeen
from edge_exit.terminal.words import sparkline


def shown(seen: Seen, codecs: tuple[str, ...] = ()) -> str:
    output = io.StringIO()
    Console(file=output, width=100, color_system=None).print(Dashboard(codecs).table(seen))
    return output.getvalue()


def robot(outcomes: str = 'eeof', *, age: float = 0.0) -> Seeing:
    """See a robot whose results have just come, or some time ago."""
    seeing = Seeing('/robot/head')
    now = time.monotonic() - age
    for index, result in enumerate(results(outcomes)):
        seeing.add_label(result.stamp, 0 if result.outcome.name != 'FALLBACK' else 1)
        seeing.add_result(replace(result, received=now - 0.1 * (len(outcomes) - index)))
    seeing.add_books(books(outcomes, dropped=2))
    seeing.add_link(LinkQuality(connected=True, goodput_bps=0.18e6, rtt=0.02, loss=0.1))
    seeing.add_point(OperatingPoint(1, 0.8, 0.0, 2, True, 'dynamic_split', '9 ms predicted'))
    return seeing


def tail(name: str = '/tail', heard: float | None = None) -> TailSeen:
    heard = time.monotonic() if heard is None else heard
    return TailSeen(name, heard, 0.2, 'abcdef0123', 0.25, 1, 2, 40, 3)


def test_it_shows_results_books_latency_and_what_is_right():
    text = shown(robot().look())
    assert 'exited 50.0%  offloaded 25.0%  fallback 25.0%' in text
    assert 'taken 4  exited 2  offloaded 1  fallback 1  dropped 2' in text
    assert 'p50 10.0  p90 10.0  p99 10.0 ms' in text
    assert '75.0% of 4 with a label' in text
    assert 'exit 0      2  ' in text
    assert 'no result' not in text


def test_it_shows_link_and_operating_point():
    text = shown(robot().look(), ('raw', '8bit', '4bit'))
    assert '0.18 Mbit/s, round trip 20.0 ms, loss 10.0%' in text
    assert 'dynamic_split: split 1, exit at 0.80, codec 4bit' in text
    assert 'because: 9 ms predicted' in text
    assert 'codec level 2' in shown(robot().look())


def test_a_robot_that_falls_silent_is_seen():
    text = shown(robot(age=20.0).look())
    assert 'no result for 20 s' in text
    assert '0.0 frames/s' in text


def test_tails_are_listed_and_silent_ones_named():
    seeing = robot()
    seeing.add_tail(tail('/far', time.monotonic() - 30))
    seeing.add_tail(tail())
    text = shown(seeing.look())
    assert '/far  silent for 30 s' in text
    assert '/tail  load 25%, queue 1, heads 2, served 40, refused 3, model abcdef01' in text
    assert 'none seen' in shown(robot().look())


def test_troubles_are_told_in_the_words_of_the_nodes():
    seeing, now = robot(), time.monotonic()
    seeing.add_health('/robot/head', HealthSeen(now, 1, 'active; 3 images refused'))
    seeing.add_health('/robot/policy', HealthSeen(now, 0, 'all is well'))
    seeing.add_health('/tail', HealthSeen(now - 9, 0, 'active'))
    text = shown(seeing.look())
    assert '/robot/head: active; 3 images refused' in text
    assert '/tail: silent for 9 s' in text
    assert 'all is well' not in text


def test_memory_does_not_grow_with_time():
    seeing = robot('e' * 50, age=100.0)
    for stamp in range(10_000):
        seeing.add_label(stamp, 0)
    seen = seeing.look()
    assert seen.results == ()
    assert seen.exits == {0: 50}
    assert len(seeing._labels) <= 4096


def test_nothing_seen_yet_can_be_shown():
    seeing = Seeing('/robot/head')
    assert 'nothing measured' in shown(seeing.look())
    assert 'exited -' in Dashboard().line(seeing.look())


def test_it_fits_a_terminal_of_80_columns():
    seeing = robot('eof' * 20)
    seeing.add_link(LinkQuality(connected=True, goodput_bps=123.45e6, rtt=0.1234, loss=0.123))
    seeing.add_tail(tail())
    assert max(map(len, shown(seeing.look()).splitlines())) <= 80


def test_a_sparkline_rises_with_its_values():
    assert sparkline([0, 1, None, 2, 4]) == '▁▃ ▅█'
    assert sparkline([None, 0.0]) == '  '
