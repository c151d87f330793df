"""Figures of a stretch of frames."""

from dataclasses import replace

import pytest
from recorded import results

from edge_exit.evaluation.metrics import accuracy, histogram, measure, percentile


def test_every_outcome_is_counted():
    figures = measure(results('eeof'), {}, taken=4, dropped=2)
    assert (figures.exited, figures.offloaded, figures.fallback) == (2, 1, 1)
    assert (figures.frames_received, figures.frames_taken, figures.dropped) == (6, 4, 2)


def test_accuracy_counts_only_labelled_frames():
    three = results('eee')
    labels = {three[0].stamp: 0, three[1].stamp: 5}
    assert accuracy(three, labels) == 0.5
    assert accuracy(three, {}) is None


def test_latency_is_in_milliseconds():
    slow = [replace(result, total=0.001 * n) for n, result in enumerate(results('e' * 101))]
    figures = measure(slow, {}, taken=101, dropped=0)
    assert figures.latency_ms_p50 == pytest.approx(50)
    assert figures.latency_ms_p99 == pytest.approx(99)


def test_bytes_are_shared_among_all_taken_frames():
    assert measure(results('eo'), {}, taken=2, dropped=0).bytes_per_frame == 500


def test_no_frames_give_no_figures_instead_of_nan():
    figures = measure([], {}, taken=0, dropped=0).as_json()
    assert figures['frames_received'] == 0
    assert [name for name, value in figures.items() if value is None] == [
        'accuracy', 'latency_ms_p50', 'latency_ms_p99', 'latency_ms_max', 'bytes_per_frame',
    ]  # fmt: skip
    assert percentile([], 99) is None


def test_exits_histogram_leaves_out_results_without_an_exit():
    mixed = [*results('eeo'), replace(results('f')[0], exit=-1)]
    assert histogram(mixed, 3) == [2, 0, 1]
