"""A head's books against the results that were received."""

from dataclasses import replace

from recorded import books, results

from edge_exit.evaluation.accounting import faults


def test_one_result_for_each_taken_frame_is_no_fault():
    assert faults(books('eoof', dropped=3), results('eoof')) == []


def test_results_that_came_after_the_books_were_read_are_no_fault():
    assert faults(books('eo', in_flight=1, waiting=1), results('eofe')) == []


def test_a_frame_without_a_result_is_named():
    received = [r for r in results('eeee') if r.sequence != 3]
    assert '1 taken frames without a result: 3' in faults(books('eeee'), received)


def test_a_frame_with_two_results_is_named():
    received = results('ee') + results('e', first=2)
    assert '1 frames with more than one result: 2' in faults(books('ee'), received)


def test_an_outcome_that_the_books_do_not_hold_is_a_fault():
    found = faults(books('eo'), results('ef'))
    assert '1 offloaded in the books, 0 among the results' in found
    assert '0 fallback in the books, 1 among the results' in found


def test_books_that_do_not_balance_are_a_fault():
    assert faults(replace(books('ee'), received=5), results('ee')) == [
        'received 5 != taken 2 + dropped 0 + waiting 0'
    ]
    assert faults(replace(books('ee'), in_flight=1), results('ee')) == [
        'taken 2 != exited 2 + offloaded 0 + fallback 0 + in flight 1'
    ]


def test_two_heads_of_one_name_are_a_fault():
    received = results('e') + results('e', first=2, session=8)
    assert faults(books('ee'), received) == ['results of 2 heads or lives of a head under one name']


def test_many_missing_frames_are_summed_up():
    assert '8 taken frames without a result: 1, 2, 3, 4, 5, ...' in faults(books('e' * 8), [])
