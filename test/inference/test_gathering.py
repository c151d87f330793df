"""Chunks of one frame become one request, whatever comes, and never wait for long."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_exit.inference.gathering import Arrived, Gathering, Verdict
from edge_exit.inference.repeats import Repeats

WAIT = 0.02
HEAD = '/robot/head'


class Gathered:
    """A gathering whose frames are kept in a list."""

    def __init__(self, wait=WAIT):
        self.frames = []
        self.gathering = Gathering(Repeats(sessions=8).is_new, self.frames.append, wait)

    def chunk(self, index, *, count=3, sequence=1, session=5, at=0.0, head=HEAD, claims=None):
        arrived = Arrived(
            (session, sequence), index, count, claims or count, (sequence, index), at, at + 1.0
        )
        return self.gathering.add(head, arrived)


def test_a_frame_goes_on_with_its_last_chunk_and_has_all_of_them():
    gathered = Gathered()
    assert [gathered.chunk(index) for index in range(3)] == [Verdict.ADDED] * 3
    assert gathered.frames == [[(1, 0), (1, 1), (1, 2)]]
    assert gathered.gathering.patience(0.0) is None


def test_a_chunk_lost_before_the_last_costs_no_time():
    gathered = Gathered()
    gathered.chunk(0)
    gathered.chunk(2)
    assert gathered.frames == [[(1, 0), (1, 2)]]
    assert gathered.chunk(1) is Verdict.LATE


def test_a_lost_last_chunk_is_waited_for_from_the_newest_one_on():
    gathered = Gathered()
    gathered.chunk(0, at=1.0)
    gathered.chunk(1, at=1.015)
    assert abs(gathered.gathering.patience(1.016) - 0.019) < 1e-9
    gathered.gathering.release_due(1.03)
    assert gathered.frames == []
    gathered.gathering.release_due(1.036)
    assert gathered.frames == [[(1, 0), (1, 1)]]


def test_a_frame_never_waits_beyond_its_own_bound():
    gathered = Gathered(wait=60.0)
    for step in range(3):
        gathered.chunk(step, count=5, at=0.4 * step)
    gathered.gathering.release_due(1.01)
    assert gathered.frames == [[(1, 0), (1, 1), (1, 2)]]


def test_the_next_frame_of_a_head_releases_the_one_before_and_those_of_others_stay():
    gathered = Gathered()
    gathered.chunk(0, sequence=1)
    gathered.chunk(0, sequence=1, head='/other/head')
    gathered.chunk(0, sequence=2)
    assert gathered.frames == [[(1, 0)]]
    assert gathered.chunk(1, sequence=1) is Verdict.LATE
    assert gathered.chunk(1, sequence=1, head='/other/head') is Verdict.ADDED


def test_what_came_before_or_says_something_else_changes_nothing():
    gathered = Gathered()
    gathered.chunk(0)
    assert gathered.chunk(0) is Verdict.REPEATED
    assert gathered.chunk(1, claims='others') is Verdict.CONTRADICTING
    assert gathered.chunk(2, count=4) is Verdict.CONTRADICTING
    gathered.chunk(2)
    assert gathered.frames == [[(1, 0), (1, 2)]]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(['/a', '/b']),
            st.integers(1, 4),
            st.integers(0, 3),
            st.floats(0, 0.05),
        ),
        max_size=40,
    )
)
def test_every_frame_that_sent_anything_goes_on_exactly_once(events):
    gathered, now, heard = Gathered(), 0.0, set()
    for head, sequence, index, later in events:
        now += later
        gathered.gathering.release_due(now)
        gathered.chunk(index, count=4, sequence=sequence, at=now, head=head)
        heard.add((head, sequence))
        patience = gathered.gathering.patience(now)
        assert patience is None or 0 <= patience <= WAIT + 1e-9
        assert len(gathered.gathering._open) <= 2
    gathered.gathering.release_due(now + WAIT + 1)
    sent = [frame[0][0] for frame in gathered.frames]
    assert len(sent) == len(heard)
    for frame in gathered.frames:
        assert frame == sorted(set(frame)), 'in order, none twice'
        assert len({sequence for sequence, _ in frame}) == 1, 'of one frame'
