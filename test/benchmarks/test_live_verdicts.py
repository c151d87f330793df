"""How the comparison on live links finds the rival in each row, and what it says of ours."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'benchmarks'))
pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from live_contenders import JPEG, OURS, RIGHT_AND_FAST, WHOLE
from live_verdicts import verdicts

LINKS = [('10 Mbit/s', 'steady')]


def line(contender, mean, *, link='10 Mbit/s', accuracy=0.8, p99=100.0):
    return {
        'link': link, 'contender': contender, 'accuracy': accuracy, 'latency_ms_mean': mean,
        'latency_ms_p99': p99, 'missed': 0.0, 'lost': 0, 'images': 1000, 'network_accuracy': 0.86,
        'energy_j_per_frame': (mean or 0) / 1e3, 'bytes_per_frame': 1000.0,
        'turns_ms': [mean, mean],
    }  # fmt: skip


def only(table):
    (verdict,) = verdicts([line(WHOLE, 60.0, link='no link used'), *table], LINKS)
    return verdict


def test_the_fastest_as_accurate_contender_is_the_rival():
    verdict = only([line('slow', 50.0), line('fast', 40.0, p99=80.0), line(OURS, 20.0, p99=60.0)])
    assert verdict['rival'] == 'fast'
    assert verdict['mean_ratio'] == 0.5
    assert verdict['p99_ratio'] == 0.75
    assert verdict['as_accurate']


def test_how_far_turns_differ_is_said():
    ours = line(OURS, 20.0) | {'turns_ms': [15.0, 30.0, None]}
    verdict = only([line('fast', 40.0) | {'turns_ms': [50.0, 30.0, 40.0]}, ours])
    assert verdict['ratio_of_turns'] == '0.30 to 1.00'


def test_energy_is_compared_with_the_rival_and_bytes_with_jpeg():
    verdict = only(
        [line('fast', 40.0), line(JPEG, 90.0), line(OURS, 20.0) | {'bytes_per_frame': 300}]
    )
    assert verdict['energy_ratio'] == 0.5
    assert verdict['bytes_of_jpeg'] == 0.3


def test_a_faster_contender_that_is_less_accurate_than_the_whole_network_is_none():
    assert only([line('small', 5.0, accuracy=0.79), line(OURS, 30.0)])['rival'] == WHOLE


def test_a_lesser_network_is_no_rival_for_being_lucky_with_few_images():
    lucky = line('small', 5.0, accuracy=0.82) | {'network_accuracy': 0.84}
    assert only([lucky, line(OURS, 30.0)])['rival'] == WHOLE


def test_more_right_answers_of_ours_make_nobody_less_of_a_rival():
    assert only([line('sends', 40.0), line(OURS, 30.0, accuracy=0.85)])['rival'] == 'sends'


def test_ours_is_said_to_be_less_accurate_where_it_is():
    assert not only([line(OURS, 5.0, accuracy=0.79)])['as_accurate']
    assert only([line(OURS, 5.0, accuracy=0.798)])['as_accurate']


def test_one_image_more_or_less_is_no_difference():
    few = line(OURS, 5.0, accuracy=0.79) | {'images': 100}
    assert only([few])['as_accurate']


def test_who_has_no_result_at_all_is_no_rival():
    nothing = line('sends', None, accuracy=None, p99=None)
    assert only([nothing, line(OURS, 20.0)])['rival'] == WHOLE


def test_each_of_ours_is_compared_with_others_and_not_with_ours():
    table = [line(WHOLE, 60.0), line(OURS, 20.0), line(RIGHT_AND_FAST, 30.0)]
    found = verdicts(table, LINKS)
    assert [entry['contender'] for entry in found] == [OURS, RIGHT_AND_FAST]
    assert [entry['rival'] for entry in found] == [WHOLE, WHOLE]
    assert [entry['mean_ratio'] for entry in found] == [0.333, 0.5]


def test_links_without_ours_have_no_verdict():
    assert verdicts([line('sends', 30.0)], LINKS) == []
