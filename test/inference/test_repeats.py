"""A frame that comes twice is known as such, whatever order frames come in."""

from hypothesis import given
from hypothesis import strategies as st

from edge_exit.inference.repeats import WINDOW, Repeats


@given(st.lists(st.integers(1, WINDOW), max_size=300))
def test_each_number_is_new_once(numbers):
    repeats = Repeats(sessions=4)
    new = [repeats.is_new('/head', 7, number) for number in numbers]
    first = [number not in numbers[:place] for place, number in enumerate(numbers)]
    assert new == first


def test_numbers_older_than_the_window_count_as_seen():
    repeats = Repeats(sessions=4)
    assert repeats.is_new('/head', 7, 10 + WINDOW)
    assert not repeats.is_new('/head', 7, 10)
    assert repeats.is_new('/head', 7, 11)


def test_restarted_head_and_other_head_start_anew():
    repeats = Repeats(sessions=4)
    assert repeats.is_new('/head', 7, 1)
    assert repeats.is_new('/head', 8, 1)
    assert repeats.is_new('/other', 7, 1)
    assert not repeats.is_new('/head', 7, 1)


def test_invented_sessions_cost_no_memory():
    repeats = Repeats(sessions=4)
    for session in range(1000):
        repeats.is_new('/head', session, 2**64 - 1)
    assert len(repeats._seen) == 4
