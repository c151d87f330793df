"""What the comparison on live links counts: images without a result are wrong, late and named."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'benchmarks'))
pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

import bags
from live_cell import RECORDING, Played, judged
from live_contenders import HEAD, Contender
from tiny_bundle import CLASSES, write_tiny_bundle

FRAMES = 10
# Of the first two images nothing is judged.
WARM_UP = 2 * bags.STEP / 1e9


@pytest.fixture
def judge(tmp_path):
    bundle = str(write_tiny_bundle(tmp_path / 'tiny').path)

    def played(turn):
        until, first = (turn + 1) * FRAMES, turn * FRAMES
        labels = bags.labels(until, classes=len(CLASSES))
        rows = [*bags.images(until)[first:], *labels[first:]]
        return Played(bags.write_bag(tmp_path / f'played_{turn}', rows), WARM_UP)

    def judge_turns(*turns):
        folders = [tmp_path / f'turn_{index}' for index in range(len(turns))]
        for folder, rows in zip(folders, turns, strict=True):
            folder.mkdir()
            bags.write_bag(folder / RECORDING, rows)
        recordings = [(played(turn), folder) for turn, folder in enumerate(folders)]
        return judged(Contender('test', bundle, (), linked=True), recordings)

    return judge_turns


def result(number, *, sequence=None, right=True, total_ms=20.0):
    truth = number % len(CLASSES)
    message = bags.make(
        f'{bags.OURS}/Inference',
        header=bags.header(bags.stamp(number)),
        head=HEAD,
        session=7,
        sequence=number + 1 if sequence is None else sequence,
        class_id=truth if right else (truth + 1) % len(CLASSES),
        outcome=1,
        total_ms=total_ms,
    )
    when = bags.START + number * bags.STEP + round(1e6 * total_ms)
    return '/robot/inference', when, f'{bags.OURS}/Inference', message


def dropped(count):
    names = ('received', 'taken', 'waiting', 'exited', 'offloaded', 'fallback', 'in_flight',
             'answers_late', 'answers_repeated', 'answers_unknown')  # fmt: skip
    pairs = [
        bags.make('diagnostic_msgs/msg/KeyValue', key=key, value=value)
        for key, value in [('dropped', str(count)), *((name, '0') for name in names)]
    ]
    status = bags.make('diagnostic_msgs/msg/DiagnosticStatus', name=HEAD, values=pairs)
    message = bags.make('diagnostic_msgs/msg/DiagnosticArray', status=[status])
    when = bags.START + FRAMES * bags.STEP
    return '/diagnostics', when, 'diagnostic_msgs/msg/DiagnosticArray', message


def test_the_warm_up_does_not_count(judge):
    late = [result(n, right=False, total_ms=900.0) for n in range(2)]
    found = judge([*late, *(result(n) for n in range(2, FRAMES))])
    assert found['images'] == 8
    assert found['accuracy'] == 1.0
    assert found['missed'] == found['lost'] == found['dropped'] == found['twice'] == 0
    assert found['latency_ms_max'] == pytest.approx(20.0)


def test_an_image_without_a_result_is_wrong_late_and_lost(judge):
    found = judge([result(n) for n in range(FRAMES) if n not in (4, 5)])
    assert found['lost'] == 2
    assert found['accuracy'] == 6 / 8
    assert found['missed'] == 2 / 8


def test_what_a_busy_robot_dropped_is_not_lost_but_late_all_the_same(judge):
    taken = [n for n in range(FRAMES) if n != 6]
    rows = [result(n, sequence=place + 1) for place, n in enumerate(taken)]
    found = judge([*rows, dropped(1)])
    assert (found['dropped'], found['lost']) == (1, 0)
    assert found['missed'] == 1 / 8


def test_late_results_are_missed_and_right_all_the_same(judge):
    found = judge([result(n, total_ms=250.0 if n == 9 else 20.0) for n in range(FRAMES)])
    assert found['missed'] == 1 / 8
    assert found['accuracy'] == 1.0


def test_not_one_result_is_all_lost(judge):
    found = judge([dropped(0)])
    assert found == {'images': 8, 'dropped': 0, 'lost': 8}


def test_turns_are_judged_together(judge):
    first = [result(n, right=n != 3, total_ms=40.0) for n in range(FRAMES)]
    second = [result(n, sequence=n - FRAMES + 1) for n in range(FRAMES, 2 * FRAMES) if n != 15]
    found = judge(first, second, [dropped(0)])
    assert (found['images'], found['lost'], found['twice']) == (24, 9, 0)
    assert found['accuracy'] == pytest.approx(14 / 24)
    assert found['turns_ms'] == [40.0, 20.0, None]
    assert found['latency_ms_mean'] == pytest.approx((8 * 40 + 7 * 20) / 15, abs=1e-3)
