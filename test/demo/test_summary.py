"""The demo in figures."""

from recorded import books, results

from edge_exit.demo.phases import PHASES
from edge_exit.demo.recording import Recording
from edge_exit.demo.summary import summarise
from edge_exit.evaluation.files import write_json

KEYS = {
    'frames_received', 'frames_taken', 'exited', 'offloaded', 'fallback', 'dropped', 'accuracy',
    'latency_ms_p50', 'latency_ms_p99', 'bytes_per_frame',
}  # fmt: skip


def record(outcomes: str, *, phases: list[int], dropped: int = 0) -> Recording:
    """Record a run whose n-th phase begins after phases[n] results."""
    recording = Recording()
    for phase, after in zip(PHASES, phases, strict=False):
        recording.begin(phase, books(outcomes[:after]))
    for result in results(outcomes):
        recording.add_label(result.stamp, 0 if result.outcome.name != 'FALLBACK' else 1)
        recording.add_result(result)
    recording.add_books(books(outcomes, dropped=dropped))
    return recording


def test_each_frame_counts_in_the_phase_in_which_it_was_taken():
    summary = summarise(record('eeo' + 'ff', phases=[0, 3], dropped=1).copy())
    (first_name, first), (second_name, second) = summary.phases
    assert (first_name, second_name) == ('good link', 'narrow link')
    assert (first.exited, first.offloaded, first.fallback, first.frames_taken) == (2, 1, 0, 3)
    assert (second.exited, second.offloaded, second.fallback, second.dropped) == (0, 0, 2, 1)
    assert (first.accuracy, second.accuracy, summary.whole.accuracy) == (1.0, 0.0, 0.6)
    assert summary.faults == ()


def test_frames_before_the_first_phase_count_in_it():
    summary = summarise(record('eeee', phases=[2]).copy())
    assert summary.phases[0][1].frames_taken == summary.whole.frames_taken == 4


def test_summary_file_has_the_promised_keys(tmp_path):
    written = summarise(record('eof', phases=[0, 1]).copy()).as_json()
    write_json(tmp_path / 'summary.json', written)
    assert set(written) >= KEYS | {'per_phase'}
    assert all(set(phase) >= KEYS | {'name'} for phase in written['per_phase'])


def test_a_lost_result_is_named_with_its_phase():
    recording = record('eeee', phases=[0, 2])
    recording.add_books(books('eeeee'))
    assert summarise(recording.copy()).faults == (
        'by the end of "narrow link": 1 taken frames without a result: 5',
        'by the end of "narrow link": 5 exited in the books, 4 among the results',
    )


def test_a_demo_that_ended_before_its_first_frame_has_a_summary(tmp_path):
    summary = summarise(Recording().copy())
    write_json(tmp_path / 'summary.json', summary.as_json())
    assert summary.whole.frames_taken == 0
    assert summary.whole.accuracy is None
