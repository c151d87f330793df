"""`edge_exit evaluate`: one command from a bag to figures, the same each time it is asked."""

import csv
import json
from pathlib import Path

import pytest
from bags import START, STEP, cut, header, image, images, labels, make, stamp, write_bag
from tiny_bundle import write_tiny_bundle

from edge_exit.cli import main
from edge_exit.demo.settings import BAG

IMAGES = 180
INFERENCE = 'edge_exit_interfaces/msg/Inference'
QUALITY = 'edge_exit_interfaces/msg/LinkQuality'
LOSSY = ['--link', '4', '--rtt-ms', '10', '--loss', '0.05', '--robot-slowdown', '8']


def evaluate(*arguments: object) -> int:
    return main(['evaluate', str(BAG), '--bundle', 'fashion_mnist', *map(str, arguments)])


def test_a_bag_without_the_need_of_ros_becomes_figures(tmp_path: Path, capsys):
    found = tmp_path / 'found.json'
    assert evaluate('--policy', 'static', *LOSSY, '--json', found) == 0
    (run,) = json.loads(found.read_text())['runs']
    assert (run['policy'], run['link']) == ('static', '4 Mbit/s, 10 ms, 5 % loss')
    figures = run['figures']
    assert figures['frames_received'] == IMAGES
    ended = figures['exited'] + figures['offloaded'] + figures['fallback']
    assert figures['frames_taken'] == ended == IMAGES - figures['dropped']
    assert figures['offloaded'] > 20
    # The pictures of the demo's bag are of the validation set: its accuracy is about that.
    assert 0.85 < figures['accuracy'] < 1
    assert run['settings']['robot_slowdown'] == 8
    assert f'{figures["accuracy"]:.2%}' in capsys.readouterr().out


def test_same_inputs_and_seed_give_the_same_bytes_with_any_number_of_processes(tmp_path: Path):
    other = write_bag(tmp_path / 'other', images(40))

    def bytes_of(name: str, *more: object) -> bytes:
        path = tmp_path / name
        command = ['evaluate', BAG, other, '--bundle', 'fashion_mnist', *LOSSY, '--json', path]
        assert main([*map(str, command), '--policy', 'static', 'lyapunov', *map(str, more)]) == 0
        return path.read_bytes()

    first = bytes_of('first')
    assert bytes_of('again') == first
    assert bytes_of('in_two', '--jobs', 2) == first
    assert bytes_of('other_seed', '--seed', 1) != first
    runs = json.loads(first)['runs']
    names = [(Path(run['bag']).name, run['policy']) for run in runs]
    assert names == [(bag, policy) for bag in ('bag', 'other') for policy in ('static', 'lyapunov')]


def test_every_result_can_be_had(tmp_path: Path):
    found = tmp_path / 'frames.csv'
    assert evaluate('--policy', 'static', '--link', '0', '--frames', found) == 0
    rows = list(csv.DictReader(found.open()))
    assert [int(row['sequence']) for row in rows] == list(range(1, IMAGES + 1))
    assert {row['outcome'] for row in rows} == {'exited'}
    assert all(float(row['total_ms']) > 0 for row in rows)


def test_parameters_come_from_a_ros_parameter_file(tmp_path: Path):
    file, found = tmp_path / 'robot.yaml', tmp_path / 'found.json'
    file.write_text(
        '/**:\n  ros__parameters: {deadline_ms: 150, use_sim_time: true, of_others: 1}\n'
        '/robot/head:\n  ros__parameters: {local_segments: 1, privacy: {min_depth: 1}}\n'
        '/robot/policy:\n  ros__parameters: {policy: static, split: 0, local_segments: 1}\n'
        '/camera:\n  ros__parameters: {unknown: 1}\n'
    )
    assert evaluate('--params', file, '--link', '20', '--json', found) == 0
    (run,) = json.loads(found.read_text())['runs']
    assert run['deadline_ms'] == 150
    assert run['policy'] == 'static'
    assert {point['split'] for point in run['points']} == {1}
    assert run['figures']['offloaded'] > 0


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['--policy', 'best'], 'choose one of: static'),
        (['--link', 'no_such.csv'], 'no_such.csv'),
        (['--link', '-3'], '--link is -3'),
        (['--link', 'recorded'], 'link'),
        (['--link', '5', '--topic', '/depth'], '/image/compressed'),
        (['--link', '5', '--labels', '/no_labels'], '/no_labels'),
        (['--link', '5', '--loss', 'nan'], '--loss is nan'),
        (['--link', '5', '--robot-slowdown', '0'], '--robot-slowdown is 0'),
        (['--live', '--policy', 'static'], '--policy'),
        (['--live', '--link', '5'], '--link'),
        (['--head', '/robot/head'], 'give --live, too'),
        (['--link', '5', '--json', '/'], 'it is a folder'),
        (['--link', '5', '--html', '/dev/null/report.html'], '/dev/null is no folder'),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, said, capsys):
    assert evaluate(*arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_what_one_of_many_bags_lacks_is_said_before_any_is_replayed(tmp_path: Path, capsys):
    """Its link, for example: the work on the others would be lost."""
    without = write_bag(tmp_path / 'without_link', images(40))
    linked = [
        ('/link_quality', START, QUALITY, make(QUALITY, tail='/tail', connected=True,
         goodput_mbps=5.0, rtt_ms=4.0))
    ]  # fmt: skip
    first = write_bag(tmp_path / 'with_link', [*images(40), *linked])
    # Who had begun to work on the first bag would find these labels before.
    labels_of_none = tmp_path / 'labels.csv'
    labels_of_none.write_text('frame,label\n99,0\n')
    options = ['--bundle', 'fashion_mnist']
    wrong = ['--labels', str(labels_of_none)]
    assert main(['evaluate', str(first), str(without), *options, *wrong]) == 2
    assert 'without_link" holds no measured link' in capsys.readouterr().err
    assert main(['evaluate', str(first), *options]) == 0
    assert 'recorded' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('/head:\n  ros__parameters: {deadline: 5}\n', 'no parameter deadline'),
        ('/head:\n  ros__parameters: {deadline_ms: soon}\n', "deadline_ms is 'soon'"),
        ('/head:\n  ros__parameters: {deadline_ms: 1.0}\n', 'not in 10..60000'),
        ('/policy:\n  ros__parameters: {policy: best}\n', 'choose one of'),
        ('/policy: 5\n', 'ros__parameters'),
        ('head\n', 'no ROS parameter file'),
        ('{', 'cannot be read'),
    ],
)
def test_a_wrong_parameter_file_is_refused(text, said, tmp_path: Path, capsys):
    file = tmp_path / 'robot.yaml'
    file.write_text(text)
    assert evaluate('--params', file, '--link', '5') == 2
    assert said in capsys.readouterr().err


def tiny(tmp_path: Path, rows, *arguments: object) -> dict:
    """Evaluate a bag of small images on a tiny bundle, and give the one run."""
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    bag, found = write_bag(tmp_path / 'bag', rows), tmp_path / 'found.json'
    link = [] if '--live' in arguments else ['--link', 5]
    command = ['evaluate', bag, '--bundle', bundle.path, '--json', found, *link, *arguments]
    assert main(list(map(str, command))) == 0
    (run,) = json.loads(found.read_text())['runs']
    return run


def test_the_whole_network_judges_where_there_are_no_labels(tmp_path: Path, capsys):
    run = tiny(tmp_path, images(40), '--policy', 'static')
    assert run['judged_by'] == 'whole network'
    assert run['figures']['judged'] == 40
    assert run['figures']['agreement'] is not None
    assert run['figures'].get('accuracy') is None
    assert 'no labels' in capsys.readouterr().out


def test_what_a_robot_would_log_is_a_note(tmp_path: Path, capsys):
    """Such as that another policy chooses: the bundle has none that learned."""
    run = tiny(tmp_path, images(20), '--policy', 'learned')
    assert any('dynamic split takes the place of the learned' in note for note in run['notes'])
    assert capsys.readouterr().err == ''


def test_images_without_a_label_or_that_are_none_are_said_and_left_out(tmp_path: Path):
    bad = [('/image', START, 'sensor_msgs/msg/Image', image(0, encoding='bgr9'))]
    run = tiny(tmp_path, [*images(40)[1:], *bad, *labels(30)[1:]])
    assert run['judged_by'] == 'labels'
    assert run['figures']['frames_received'] == 39
    assert run['figures']['judged'] == 29
    notes = ' '.join(run['notes'])
    assert 'bad images left out (unknown encoding): 1' in notes
    assert 'frames without a label: 11' in notes


def test_a_truncated_bag_is_evaluated_up_to_its_damage(tmp_path: Path, capsys):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    bag = cut(write_bag(tmp_path / 'bag', images(60, size=(180, 190))), 0.6)
    found = tmp_path / 'found.json'
    command = ['evaluate', bag, '--bundle', bundle.path, '--link', 5, '--json', found]
    assert main(list(map(str, command))) == 0
    (run,) = json.loads(found.read_text())['runs']
    frames = run['figures']['frames_received']
    assert 25 < frames < 40
    ends = f'the bag ends at {(frames - 1) * STEP / 1e9:.1f} s of 3.0 s: bag.mcap is damaged'
    assert any(note.startswith(ends) for note in run['notes']), run['notes']
    assert ends in capsys.readouterr().out


def test_a_report_that_cannot_be_written_does_not_cost_the_figures(tmp_path: Path, capsys):
    found = tmp_path / 'found.json'
    report = ['--html', '/dev/full']  # as a disk is that has nothing left
    assert evaluate('--policy', 'static', '--link', '0', '--json', found, *report) == 2
    assert 'cannot write /dev/full: No space left on device' in capsys.readouterr().err
    assert json.loads(found.read_text())['runs']


def test_a_robot_is_judged_by_its_own_results(tmp_path: Path):
    """What a bag holds of a live robot goes through the same judging."""

    def results(head: str, total_ms: float) -> list[tuple]:
        return [
            (f'{head}_says', START + n * STEP + 20_000_000, INFERENCE, make(
                INFERENCE, header=header(stamp(n)), head=head, session=1, sequence=n + 1,
                class_id=n % 3, outcome=1, total_ms=total_ms, head_ms=11.0, split=4,
            ))
            for n in range(30)
        ]  # fmt: skip

    alone = [*images(30), *labels(30), *results('/head', 11.0)]
    run = tiny(tmp_path / 'alone', alone, '--live')
    assert (run['link'], run['judged_by']) == ('live', 'labels')
    assert run['figures']['accuracy'] == 1
    assert run['figures']['latency_ms_p50'] == pytest.approx(11)
    both = [*alone, *results('/other', 22.0)]
    run = tiny(tmp_path / 'both', both, '--live', '--head', '/other')
    assert run['figures']['latency_ms_p50'] == pytest.approx(22)
