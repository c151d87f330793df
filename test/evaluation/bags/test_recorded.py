"""A bag of a running robot holds a run: results, books, link and choices."""

import pytest

pytest.importorskip('rosbags', reason='needs rosbags: `make test` installs it')

import bags

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.recorded import recorded_run
from edge_exit.inference.outcome import Outcome

OURS = bags.OURS
HEAD = '/robot/head'
AFTER = 20_000_000  # ns from an image to its result


def result(number, *, head=HEAD, outcome=1, topic='/robot/inference', session=7):
    message = bags.make(
        f'{OURS}/Inference',
        header=bags.header(bags.stamp(number)),
        head=head,
        session=session,
        sequence=number + 1,
        class_id=number % 3,
        outcome=outcome,
        total_ms=20.0,
        head_ms=12.0,
        bytes=500 if outcome == 2 else 0,
    )
    return topic, bags.START + number * bags.STEP + AFTER, f'{OURS}/Inference', message


def books(time, taken, dropped):
    names = ('received', 'taken', 'dropped', 'waiting', 'exited', 'offloaded', 'fallback',
             'in_flight', 'answers_late', 'answers_repeated', 'answers_unknown')  # fmt: skip
    values = dict.fromkeys(names, 0) | {'taken': taken, 'dropped': dropped}
    pairs = [
        bags.make('diagnostic_msgs/msg/KeyValue', key=key, value=str(value))
        for key, value in values.items()
    ]
    status = bags.make('diagnostic_msgs/msg/DiagnosticStatus', name=HEAD, values=pairs)
    message = bags.make('diagnostic_msgs/msg/DiagnosticArray', status=[status])
    when = bags.START + round(time * 1e9)
    return '/diagnostics', when, 'diagnostic_msgs/msg/DiagnosticArray', message


def point(time, policy='static', topic='/robot/operating_point'):
    message = bags.make(f'{OURS}/OperatingPoint', policy=policy, split=1)
    return topic, bags.START + round(time * 1e9), f'{OURS}/OperatingPoint', message


def heartbeat(model='a' * 64):
    message = bags.make(f'{OURS}/TailStatus', model_id=model)
    return '/tail/status', bags.START, f'{OURS}/TailStatus', message


def run_of(tmp_path, rows, **options):
    path = bags.write_bag(tmp_path / 'bag', rows)
    return recorded_run(str(path), bundle=bags.bundle(), **options)


def test_results_come_with_times_since_the_first_image(tmp_path):
    rows = [*bags.images(3), *(result(n, outcome=1 + n % 2) for n in range(3)), point(0.1)]
    run = run_of(tmp_path, rows)
    assert run.start == bags.START
    assert run.about.topic == '/image'
    assert [r.received for r in run.results] == pytest.approx([0.02, 0.07, 0.12])
    assert [r.outcome for r in run.results] == [Outcome.EXITED, Outcome.OFFLOADED, Outcome.EXITED]
    assert run.results[1].wire_bytes == 500
    assert run.duration == pytest.approx(0.12)
    assert run.about.policy == 'static'
    assert run.points[0][0] == pytest.approx(0.1)


def test_without_images_the_first_arrival_is_the_start(tmp_path):
    run = run_of(tmp_path, [result(0), result(1)])
    assert run.start == bags.START
    assert run.about.topic == ''


def test_labels_of_the_bag_are_its_labels_and_missing_ones_are_told(tmp_path):
    run = run_of(tmp_path, [*(result(n) for n in range(5)), *bags.labels(3), books(0.2, 5, 0)])
    assert run.labels == {bags.stamp(n): n for n in range(3)}
    assert run.notes == ('frames without a label: 2',)


def test_the_books_tell_what_was_dropped_while_it_was_recorded(tmp_path):
    rows = [result(0), result(1), books(0.0, 1, 0), books(1.0, 2, 4)]
    run = run_of(tmp_path, rows)
    assert (run.taken, run.dropped) == (2, 4)


def test_a_recording_that_began_late_does_not_count_what_was_before(tmp_path):
    rows = [result(7), result(9), books(0.0, 5, 30), books(1.0, 10, 32)]
    run = run_of(tmp_path, rows)
    assert (run.taken, run.dropped) == (3, 2)
    assert 'results that are missing in the bag: 1' in run.notes


def test_without_diagnostics_nobody_knows_of_dropped_images(tmp_path):
    run = run_of(tmp_path, [result(0)])
    assert any('dropped images are not known' in note for note in run.notes)


def test_answers_of_the_tail_are_no_results(tmp_path):
    rows = [result(0), result(0, outcome=2, topic=f'{HEAD}/offloaded')]
    assert len(run_of(tmp_path, rows).results) == 1


def test_of_several_robots_one_is_chosen_with_what_is_its_own(tmp_path):
    rows = [
        result(0),
        point(0.0, 'static'),
        result(0, head='/r2/head', topic='/r2/inference'),
        point(0.0, 'learned', '/r2/operating_point'),
    ]
    path = str(bags.write_bag(tmp_path / 'bag', rows))
    with pytest.raises(ConfigError, match=r'with --head \(heads: /r2/head, /robot/head\)'):
        recorded_run(path, bundle=bags.bundle())
    assert recorded_run(path, bundle=bags.bundle(), head='/r2/head').about.policy == 'learned'
    with pytest.raises(ConfigError, match='no results of /r3/head'):
        recorded_run(path, bundle=bags.bundle(), head='/r3/head')


def test_a_bag_of_images_alone_holds_no_run(tmp_path):
    with pytest.raises(ConfigError, match='no results of a head: record its topic inference'):
        run_of(tmp_path, bags.images(2))


def test_another_model_than_the_robot_ran_is_refused(tmp_path):
    with pytest.raises(ConfigError, match='is of the model bbbbbbbbbbbb'):
        run_of(tmp_path, [result(0), heartbeat('b' * 64)])
    assert run_of(tmp_path / 'x', [result(0), heartbeat()]).results


def test_messages_of_an_older_definition_are_refused_by_name_of_the_field(tmp_path):
    """A field that this version needs and that the recording's version had not."""
    path = tmp_path / 'bag'
    bags.write_old_inference(path, bags.START)
    with pytest.raises(ConfigError, match='outcome'):
        recorded_run(str(path), bundle=bags.bundle())
