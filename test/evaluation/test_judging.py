"""What is said of a run, and of two runs of the same images."""

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from judged_runs import DEADLINE, made_up_run

from edge_exit import bundle as bundles
from edge_exit.evaluation import judging
from edge_exit.evaluation.judged.chance import Stretches
from edge_exit.inference.outcome import Outcome


@pytest.fixture(scope='module')
def bundle():
    return bundles.load('cifar10')


@pytest.fixture(scope='module')
def run():
    return made_up_run(60.0)


@pytest.fixture(scope='module')
def report(run, bundle):
    return judging.judge(run, bundle).report


def test_the_same_run_gives_the_same_bytes(run, bundle):
    def written() -> str:
        return json.dumps(judging.document([judging.judge(run, bundle)] * 2), allow_nan=False)

    assert written() == written()


def test_every_frame_is_counted_once_everywhere(report):
    figures = report['figures']
    taken = figures['frames_taken']
    ended = ('exited', 'offloaded', 'fallback')
    assert sum(figures[name] for name in ended) == taken == 900
    assert figures['frames_received'] == taken + figures['dropped']
    for name in ended:
        assert sum(report['timeline'][name]) == report['by_outcome'][name]['frames']
    per_class = report['exits_per_class']
    assert sum(row['frames'] for row in per_class) == taken
    assert all(
        row['frames'] == sum(row['exits']) + row['offloaded'] + row['fallback'] for row in per_class
    )
    assert sum(point['frames'] for point in report['points_used']) == taken


def test_latency_is_the_sum_of_its_parts(report):
    spread, sliced = report['breakdown_ms'], report['latency_distribution_ms']
    parts = ('queue', 'head', 'link', 'tail', 'waited')
    total = sum(spread[name]['mean'] for name in parts)
    assert total == pytest.approx(spread['total']['mean'], rel=1e-4)
    assert spread['total']['mean'] == report['figures']['latency_ms_mean']
    assert sliced['total'] == sorted(sliced['total'])
    for index, whole in enumerate(sliced['total']):
        assert sum(sliced[name][index] for name in parts) == pytest.approx(whole, rel=1e-4)


def test_labels_give_accuracy_and_the_whole_network_agreement(bundle, run, report):
    right = sum(result.class_id == run.labels[result.stamp] for result in run.results)
    assert report['judged_by'] == 'labels'
    assert report['figures']['accuracy'] == pytest.approx(right / 900, rel=1e-5)
    assert report['figures']['agreement'] is None
    unlabelled = judging.judge(made_up_run(60.0, labelled=False), bundle).report
    assert unlabelled['judged_by'] == 'whole network'
    assert unlabelled['figures']['agreement'] == report['figures']['accuracy']
    assert unlabelled['figures']['accuracy'] is None
    nothing = judging.judge(replace(run, labels={}), bundle).report
    assert nothing['judged_by'] is None
    assert nothing['figures']['judged'] == 0


def test_only_labelled_frames_are_judged(bundle, run):
    some = dict(list(run.labels.items())[:100])
    figures = judging.judge(replace(run, labels=some), bundle).report['figures']
    assert figures['judged'] == 100
    right = sum(result.class_id == run.labels[result.stamp] for result in run.results[:100])
    assert figures['accuracy'] == right / 100


def test_costs_follow_from_where_a_frame_ran(bundle, run):
    first = bundle.segments[0].macs + bundle.segments[0].exit.macs
    last = bundle.segments[1].macs + bundle.segments[1].exit.macs
    encoder = bundle.splits[1].bottleneck.encoder_macs
    expected = {Outcome.EXITED: first, Outcome.OFFLOADED: first + encoder}
    for outcome, macs in expected.items():
        some = tuple(result for result in run.results if result.outcome == outcome)
        figures = judging.judge(replace(run, results=some), bundle).report['figures']
        assert figures['macs_per_frame'] == pytest.approx(macs, rel=1e-5)
    alone = tuple(
        replace(result, exit=1, split=2, wire_bytes=0, outcome=Outcome.FALLBACK)
        for result in run.results
    )
    figures = judging.judge(replace(run, results=alone), bundle).report['figures']
    assert figures['macs_per_frame'] == pytest.approx(first + last, rel=1e-5)
    assert figures['network_macs_per_frame'] == figures['macs_per_frame']


def test_without_a_bundle_only_its_costs_are_missing(run):
    report = judging.judge(run, None).report
    assert report['figures']['macs_per_frame'] is None
    assert report['curve'] is None
    assert report['figures']['accuracy'] is not None


def test_a_result_is_late_after_its_deadline_not_at_it(run, bundle):
    def misses(total: float) -> float:
        results = tuple(replace(result, total=total) for result in run.results)
        return judging.judge(replace(run, results=results), bundle).report['figures'][
            'deadline_miss_rate'
        ]

    assert misses(DEADLINE) == 0.0
    assert misses(DEADLINE + 0.005) == 1.0


def test_energy_is_that_of_the_robot_that_was_run(run, bundle):
    def joules(**settings) -> float:
        about = replace(run.about, settings=settings)
        figures = judging.judge(replace(run, about=about), bundle).report['figures']
        return figures['energy_j_per_frame']

    assert joules(compute_watts=12.7, idle_watts=2.7) > 5 * joules()
    head = np.mean([result.head for result in run.results])
    silent = {'radio_watts': 0.0, 'radio_nj_per_bit': 0.0}
    assert joules(compute_watts=12.7, idle_watts=2.7, **silent) == pytest.approx(
        10 * head, rel=1e-4
    )


def test_the_worst_frames_are_wrong_or_late_and_spread_over_the_run(run, report):
    assert len(report['worst']) == 24
    assert all(row['right'] is False or row['late'] for row in report['worst'])
    assert len({int(row['t_s'] / (60 / 96)) for row in report['worst']}) == 24
    bad = [row['badness'] for row in report['worst']]
    assert bad == sorted(bad, reverse=True)
    stamps = {result.stamp for result in run.results}
    assert {row['stamp_ns'] for row in report['worst']} <= stamps


def test_a_difference_is_between_the_same_images(bundle, run):
    slower = tuple(
        replace(r, total=r.total + 0.01, received=r.received + 0.01) for r in run.results
    )
    other = replace(run, results=slower[100:], taken=len(slower) - 100)
    both = judging.document([judging.judge(run, bundle), judging.judge(other, bundle)])
    (found,) = both['differences']
    assert (found['reference'], found['run'], found['frames']) == (0, 1, 800)
    latency = found['metrics']['latency_ms_mean']
    assert latency['difference'] == pytest.approx(10, rel=1e-4)
    assert latency['ci95'] == pytest.approx([10, 10], rel=1e-4)
    assert found['metrics']['right']['difference'] == 0.0


def test_runs_of_other_images_are_not_compared(bundle, run):
    judged = [judging.judge(made_up_run(20.0, bag=bag), bundle) for bag in ('a', 'b', 'a')]
    pairs = [(d['reference'], d['run']) for d in judging.document(judged)['differences']]
    assert pairs == [(0, 2)]


def test_intervals_hold_the_truth_as_often_as_they_say():
    chance = np.random.default_rng(3)
    times = np.arange(900) / 15
    held = 0
    for _ in range(200):
        # As in a drive: a scene lasts a second, and is easy or hard as a whole.
        scene = np.repeat(chance.random(60) < 0.8, 15)
        low, high = Stretches(times).share_ci95(scene.astype(float))
        held += low <= 0.8 <= high
    assert held >= 0.9 * 200


def test_an_interval_of_nothing_but_right_answers_has_a_width():
    low, high = Stretches(np.arange(50) / 15).share_ci95(np.ones(50))
    assert 0.9 < low < 0.95
    assert high == 1.0


@pytest.mark.parametrize('percent', [50, 99])
def test_drawn_percentiles_lie_around_that_of_the_frames(percent):
    values = np.random.default_rng(1).exponential(size=9000)
    drawn = Stretches(np.arange(9000) / 15).percentiles(values, percent)
    assert drawn.min() < np.percentile(values, percent) < drawn.max()
    assert np.median(drawn) == pytest.approx(np.percentile(values, percent), rel=0.05)


def test_bins_grow_with_the_run_and_lose_nothing(bundle):
    report = judging.judge(made_up_run(1200.0, rate=5.0), bundle).report
    timeline = report['timeline']
    assert timeline['bin_s'] == 5.0
    assert len(timeline['t_s']) == len(report['link_quality']['goodput_mbps']) == 240
    assert sum(timeline['judged']) == 6000
    assert len(report['capacity']['t_s']) <= 300
    # The outage is seen, and the tail is gone in it.
    outage = [i for i, time in enumerate(timeline['t_s']) if 490 < time < 650]
    assert all(not report['link_quality']['connected'][i] for i in outage)
    assert all(timeline['offloaded'][i] == 0 for i in outage)


def test_points_are_listed_where_they_change(report, run):
    shown = [(point['exit_threshold'], point['offload']) for point in report['points']]
    assert all(before != after for before, after in pairwise(shown))
    assert 3 < len(shown) < len(run.points)
    assert math.isclose(report['points'][0]['t_s'], run.points[0][0])


def test_a_run_of_no_frames_is_a_report_of_none(bundle, run):
    nothing = replace(
        run, results=(), labels={}, taken=0, dropped=0, links=(), points=(), capacity=()
    )
    both = judging.document([judging.judge(nothing, bundle)] * 2)
    json.dumps(both, allow_nan=False)
    figures = both['runs'][0]['figures']
    assert (figures['frames_taken'], figures['accuracy'], figures['latency_ms_p50']) == (
        0,
        None,
        None,
    )
    assert both['differences'][0]['metrics']['latency_ms_p99']['difference'] is None
