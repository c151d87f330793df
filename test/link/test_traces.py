"""Capacity traces: good ones are followed, bad ones are named by line and value."""

import math
from pathlib import Path

import pytest

from edge_exit.errors import ConfigError
from edge_exit.link.traces import read_trace

SHIPPED = sorted((Path(__file__).parents[2] / 'config' / 'traces').glob('*.csv'))


def trace(tmp_path, text):
    path = tmp_path / 'trace.csv'
    path.write_text(text)
    return read_trace(path)


def test_each_row_holds_until_the_next_and_the_trace_repeats(tmp_path):
    capacity = trace(tmp_path, 'time_s,rate_mbps\n5,1\n7,0\n8,20\n9,20\n')
    rates = [capacity.row(time)[0] / 1e6 for time in (0, 1.9, 2, 2.9, 3, 4.9, 5, 7.1)]
    assert rates == [1, 1, 0, 0, 20, 20, 1, 0]
    assert capacity.duration == 5
    assert capacity.row(5.5)[2] == 7


def test_round_trip_times_may_be_missing_in_some_rows(tmp_path):
    capacity = trace(tmp_path, 'time_s,rate_mbps,rtt_ms\n0,1,\n1,1,50\n')
    assert math.isnan(capacity.row(0)[1])
    assert capacity.row(1)[1] == 0.05


@pytest.mark.parametrize(
    ('rows', 'line', 'value'),
    [
        ('0,1\n1,-3', 3, '-3'),
        ('0,1\n1,fast', 3, 'fast'),
        ('0,nan', 2, 'nan'),
        ('0,inf', 2, 'inf'),
        ('0,1\n1,', 3, "''"),
        ('0,1\n\n1,2', 3, '0 values'),
        ('0,1\n1', 3, '1 values'),
        ('0,1\n0,1', 3, '0.0'),
        ('2,1\n1,1', 3, '1.0'),
        ('-1,1', 2, '-1'),
    ],
)
def test_a_bad_row_is_named_with_line_and_value(tmp_path, rows, line, value):
    with pytest.raises(ConfigError) as error:
        trace(tmp_path, 'time_s,rate_mbps\n' + rows)
    assert f'line {line}' in str(error.value)
    assert value in str(error.value)


@pytest.mark.parametrize('text', ['', 'time_s,rate_mbps\n', 'a,b\n1,2\n', '\0\0', 'é' * 10])
def test_what_is_no_trace_is_refused(tmp_path, text):
    with pytest.raises(ConfigError, match=r'trace\.csv'):
        trace(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match='nowhere'):
        read_trace(tmp_path / 'nowhere.csv')


@pytest.mark.parametrize('path', SHIPPED, ids=lambda path: path.stem)
def test_shipped_traces_can_be_used(path):
    assert len(read_trace(path).times) > 3


def test_traces_are_shipped():
    assert len(SHIPPED) == 3
