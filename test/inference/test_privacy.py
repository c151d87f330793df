"""Nothing leaves a robot before the user's depth, whatever the operating point says."""

import threading

import pytest
from support import wait_until
from tiny_bundle import SEGMENTS, THRESHOLD, picture, write_tiny_bundle

from edge_exit.inference.engine import HeadEngine
from edge_exit.inference.flights import Limits
from edge_exit.inference.head_session import Ending, HeadSession
from edge_exit.inference.head_worker import Outlet
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.privacy import Privacy
from edge_exit.policy.operating_point import OperatingPoint

NEVER = 2.0


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.fixture
def engine(bundle):
    """Make an engine that runs, with what it sent and published; all are stopped in the end."""
    made = []

    def make(*, split=0, growth=0.0, segments=SEGMENTS, privacy=None, pack=None):
        sent, results = [], []
        outlet = Outlet(
            open_picture=lambda image: image,
            choose_tail=lambda point: ('/edge/tail', ''),
            pack=pack or (lambda offload: (100, lambda: sent.append(offload))),
            publish=results.append,
            failed=results.append,
        )
        point = OperatingPoint(split, THRESHOLD, growth, codec_level=0, offload=True)
        network = SegmentedNetwork(bundle, segments=range(segments))
        made.append(HeadEngine(bundle, network, outlet, Limits(0.3, 16), point))
        made[-1].set_privacy(privacy or Privacy())
        made[-1].start()
        return made[-1], sent, results

    yield make
    for one in made:
        one.stop()


def depths_sent(engine, **options):
    """Show one hard frame; give the depths it was sent at and its result."""
    head, sent, results = engine(**options)
    head.offer(picture('red', None), 'tag')
    wait_until(lambda: results)
    return [offload.split for offload in sent], results[0]


@pytest.mark.parametrize('min_depth', range(SEGMENTS))
@pytest.mark.parametrize('split', range(SEGMENTS))
def test_session_offloads_at_the_split_but_never_before_the_depth(bundle, split, min_depth):
    head = HeadSession(bundle, SegmentedNetwork(bundle))
    run = head.begin(picture('red', None))
    ending = head.advance(
        run, exit_threshold=NEVER, split=split, may_offload=True, min_depth=min_depth
    )
    assert ending is Ending.OFFLOAD
    assert run.next_segment == max(split, min_depth)


def test_frame_that_grows_too_slowly_is_not_offloaded_before_the_depth_either(bundle):
    head = HeadSession(bundle, SegmentedNetwork(bundle))

    def left_after(min_depth):
        run = head.begin(picture('red', None))
        head.advance(
            run,
            exit_threshold=NEVER,
            growth_threshold=1.0,
            split=SEGMENTS,
            may_offload=True,
            min_depth=min_depth,
        )
        return run.next_segment

    assert left_after(0) == 2
    assert left_after(3) == 3


def test_picture_is_not_sent_if_features_must_be_deep(engine):
    assert depths_sent(engine, split=0)[0] == [0]
    for depth in (1, 2, 3):
        assert depths_sent(engine, split=0, privacy=Privacy(min_depth=depth))[0] == [depth]


def test_depth_that_this_robot_never_reaches_lets_nothing_leave(engine):
    sent, result = depths_sent(engine, split=1, segments=2, privacy=Privacy(min_depth=3))
    assert sent == []
    assert (result.outcome, result.conclusion.reason) == (Outcome.FALLBACK, 'privacy')
    whole, result = depths_sent(engine, split=1, privacy=Privacy(min_depth=SEGMENTS))
    assert whole == []
    assert (result.outcome, result.conclusion.exit) == (Outcome.EXITED, SEGMENTS - 1)


def test_nothing_leaves_if_the_user_says_so(engine):
    sent, result = depths_sent(engine, split=0, growth=1.0, privacy=Privacy(never_offload=True))
    assert sent == []
    assert result.outcome == Outcome.EXITED
    assert result.wire_bytes == 0


def test_frame_that_is_on_its_way_out_stays_if_the_user_speaks_in_time(engine):
    packing, spoken, sent = threading.Event(), threading.Event(), []

    def pack(offload):
        packing.set()
        assert spoken.wait(5)
        return 100, lambda: sent.append(offload)

    head, _, results = engine(split=1, pack=pack)
    head.offer(picture('red', None), 'tag')
    assert packing.wait(5)
    head.set_privacy(Privacy(never_offload=True))
    spoken.set()
    wait_until(lambda: results)
    assert sent == []
    assert results[0].wire_bytes == 0
    assert results[0].conclusion.exit >= 0


@pytest.mark.parametrize(
    ('privacy', 'depths'),
    [
        (Privacy(), {0, 1, 2}),
        (Privacy(min_depth=2), {2}),
        (Privacy(min_depth=1, never_offload=True), set()),
    ],
)
def test_what_may_leave(privacy, depths):
    assert {depth for depth in range(3) if privacy.lets(depth)} == depths
