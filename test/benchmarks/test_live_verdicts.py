"""How the comparison on live links finds the rival in each row, and what it says of ours."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'benchmarks'))
pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from live_contenders import OURS
from live_verdicts import verdicts

LINKS = [('10 Mbit/s', 'steady')]


def line(contender, mean, *, link='10 Mbit/s', accuracy=0.8, p99=100.0, missed=0.0, lost=0):
    return {
        'link': link, 'contender': contender, 'accuracy': accuracy, 'latency_ms_mean': mean,
        'latency_ms_p99': p99, 'missed': missed, 'lost': lost,
    }  # fmt: skip


def only(table):
    (verdict,) = verdicts(table, LINKS)
    return verdict


def test_the_fastest_as_accurate_contender_is_the_rival():
    verdict = only([line('slow', 60.0), line('fast', 40.0, p99=80.0), line(OURS, 20.0, p99=60.0)])
    assert verdict['rival'] == 'fast'
    assert verdict['mean_ratio'] == 0.5
    assert verdict['p99_ratio'] == 0.75


def test_a_faster_but_less_accurate_contender_is_none():
    table = [line('small', 5.0, accuracy=0.79), line('whole', 60.0), line(OURS, 30.0)]
    assert only(table)['rival'] == 'whole'


def test_a_more_accurate_contender_is_one_and_ours_is_said_to_be_below_it():
    verdict = only([line('whole', 60.0, accuracy=0.82), line(OURS, 30.0)])
    assert verdict['rival'] == 'whole'
    assert verdict['points_below_rival'] == verdict['points_below_most_accurate'] == 2.0


def test_who_uses_no_link_competes_on_every_link():
    table = [line('on board', 25.0, link='no link used'), line('sends', 30.0), line(OURS, 20.0)]
    assert only(table)['rival'] == 'on board'


def test_who_has_no_result_at_all_is_no_rival():
    nothing = line('sends', None, accuracy=None, p99=None)
    assert only([nothing, line(OURS, 20.0)])['rival'] is None


def test_links_without_ours_have_no_verdict():
    assert verdicts([line('sends', 30.0)], LINKS) == []
