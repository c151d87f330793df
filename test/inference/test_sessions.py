"""Head and tail together are the whole network, and nothing runs that is not needed."""

import numpy as np
import pytest
from tiny_bundle import CLASSES, SEGMENTS, THRESHOLD, picture, write_tiny_bundle

from edge_exit.coding import Coding, encode
from edge_exit.errors import ConfigError, RefusedError
from edge_exit.inference.belief import Belief, belief_of
from edge_exit.inference.head_session import Ending, HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.requests import TailRequest
from edge_exit.inference.tail_session import TailLimits, TailSession
from edge_exit.rules.registry import NAMES

NEVER = 2.0
# Largest change of a class's probability by coding on this network, by codec level.
CODED_TOLERANCE = {Coding.BITS_8: 0.01, Coding.BITS_4: 0.12, Coding.BITS_2: 0.6}


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.fixture
def network(bundle):
    return SegmentedNetwork(bundle)


@pytest.fixture
def head(bundle, network):
    return HeadSession(bundle, network)


@pytest.fixture
def tail(bundle):
    return TailSession(bundle, SegmentedNetwork(bundle))


def noise(seed: int) -> np.ndarray:
    """Give a picture that no exit was made for."""
    return np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)


def go(head, pixels, *, threshold=NEVER, split=SEGMENTS, growth=0.0, may_offload=True, run=None):
    run = run or head.begin(pixels)
    ending = head.advance(
        run,
        exit_threshold=threshold,
        growth_threshold=growth,
        split=split,
        may_offload=may_offload,
    )
    return run, ending


def run_by(head, pixels, rule, threshold, **settings):
    return go(head, None, run=head.begin(pixels, rule), threshold=threshold, **settings)


def request(bundle, run, *, coding=Coding.RAW, threshold=NEVER, **changes) -> TailRequest:
    values = {
        'model_id': bundle.model_id,
        'split': run.next_segment,
        'exit_threshold': threshold,
        'belief': run.belief,
        'coded': encode(run.features[0], coding),
    }
    return TailRequest(**values | changes)


def over_the_wire(belief: Belief) -> Belief:
    """Give what is left of a belief after it travelled in a message."""
    mass = np.frombuffer(belief.class_mass.astype('<f4').tobytes(), '<f4')
    return belief_of(mass, float(belief.remaining))


@pytest.mark.parametrize('split', [1, 2, 3])
@pytest.mark.parametrize('seed', range(5))
def test_head_plus_tail_is_the_whole_network_bit_by_bit(bundle, head, tail, split, seed):
    whole, _ = go(head, noise(seed))
    run, ending = go(head, noise(seed), split=split)
    assert ending is Ending.OFFLOAD
    [answer] = tail.run([tail.accept(request(bundle, run, belief=over_the_wire(run.belief)))])
    assert answer.exit == SEGMENTS - 1
    assert answer.belief.posterior.tobytes() == whole.belief.posterior.tobytes()
    assert answer.belief.margin == whole.belief.margin


@pytest.mark.parametrize('split', [1, 2, 3])
@pytest.mark.parametrize('coding', CODED_TOLERANCE)
def test_coded_features_change_the_answer_by_no_more_than_stated(bundle, head, tail, split, coding):
    for seed in range(5):
        whole, _ = go(head, noise(seed))
        run, _ = go(head, noise(seed), split=split)
        [answer] = tail.run([tail.accept(request(bundle, run, coding=coding))])
        change = np.abs(answer.belief.posterior - whole.belief.posterior).max()
        assert change <= CODED_TOLERANCE[coding]


@pytest.mark.parametrize('exit', range(SEGMENTS))
@pytest.mark.parametrize('color', CLASSES)
def test_frame_leaves_at_the_first_sure_exit_and_nothing_after_it_runs(head, network, color, exit):
    run, ending = go(head, picture(color, exit), threshold=THRESHOLD)
    assert ending is Ending.EXIT
    assert run.exit == exit
    assert CLASSES[run.belief.posterior.argmax()] == color
    assert network.runs == [1] * (exit + 1) + [0] * (SEGMENTS - 1 - exit)


def test_tail_leaves_at_its_own_exits(bundle, head):
    network = SegmentedNetwork(bundle)
    tail = TailSession(bundle, network)
    run, _ = go(head, picture('blue', 2), threshold=THRESHOLD, split=1)
    [answer] = tail.run([tail.accept(request(bundle, run, threshold=THRESHOLD))])
    assert answer.exit == 2
    assert network.runs == [0, 1, 1, 0]
    assert answer.compute > 0


@pytest.mark.parametrize('rule', NAMES)
@pytest.mark.parametrize('threshold', [0.3, 0.6, 0.9])
def test_head_leaves_where_its_exit_rule_says(head, rule, threshold):
    ended, _ = run_by(head, noise(1), rule, threshold)
    sureness = [
        head.rules[rule].sureness(ended.beliefs[: place + 1]) for place in range(ended.exit + 1)
    ]
    assert ended.sureness == sureness
    enough = [sure >= float(np.float32(threshold)) for sure in sureness]
    assert not any(enough[:-1])
    assert enough[-1] or ended.exit == SEGMENTS - 1


@pytest.mark.parametrize('rule', ['margin', 'entropy', 'halting_mass', 'difference'])
@pytest.mark.parametrize('split', [1, 2])
def test_tail_goes_on_by_the_rule_of_the_head(bundle, head, tail, rule, split):
    for color, exit in (('red', 2), ('green', 3), ('blue', None)):
        whole, _ = run_by(head, picture(color, exit), rule, THRESHOLD, may_offload=False)
        run, ending = run_by(head, picture(color, exit), rule, THRESHOLD, split=split)
        if ending is Ending.EXIT:
            continue
        asked = request(bundle, run, threshold=THRESHOLD, exit_rule=rule)
        [answer] = tail.run([tail.accept(asked)])
        assert answer.exit == whole.exit


def test_patience_begins_anew_at_the_tail_with_the_belief_that_it_got(bundle, head, tail):
    threshold = 2 / SEGMENTS
    run, _ = run_by(head, picture('red', 1), 'patience', threshold, split=1)
    asked = request(bundle, run, threshold=threshold, exit_rule='patience')
    [answer] = tail.run([tail.accept(asked)])
    assert answer.exit == 1


def test_frame_that_grows_surer_too_slowly_by_its_rule_is_offloaded_early(head):
    run, ending = run_by(head, picture('red', None), 'patience', NEVER, split=3, growth=0.3)
    assert (ending, run.next_segment) == (Ending.OFFLOAD, 2)


def test_batch_of_mixed_splits_merges_and_each_frame_gets_its_own_answer(bundle, head):
    network = SegmentedNetwork(bundle)
    tail = TailSession(bundle, network)
    frames = [('red', 1, 1), ('green', 3, 2), ('blue', None, 3), ('red', 2, 1)]
    jobs, alone = [], []
    for color, exit, split in frames:
        run, ending = go(head, picture(color, exit), threshold=THRESHOLD, split=split)
        assert ending is Ending.OFFLOAD
        jobs.append(tail.accept(request(bundle, run, threshold=THRESHOLD)))
        whole, _ = go(head, picture(color, exit), threshold=THRESHOLD, may_offload=False)
        alone.append(whole)
    answers = tail.run(jobs)
    assert network.runs == [0, 1, 1, 1]
    assert [answer.exit for answer in answers] == [1, 3, 3, 2]
    for answer, whole in zip(answers, alone, strict=True):
        np.testing.assert_allclose(answer.belief.posterior, whole.belief.posterior, atol=1e-5)


def test_split_changes_from_frame_to_frame_without_reloading(head, network):
    loaded = dict(network._loaded)
    for split in (3, 1, 2, 1, 3):
        run, ending = go(head, picture('red', None), split=split)
        assert (ending, run.next_segment) == (Ending.OFFLOAD, split)
    assert network._loaded == loaded


def test_frame_whose_margin_grows_too_slowly_is_offloaded_before_the_split(head):
    run, ending = go(head, picture('red', None), split=3, growth=0.3)
    assert ending is Ending.OFFLOAD
    assert run.next_segment == 2


def test_frame_that_was_to_be_offloaded_can_be_finished_alone(head):
    whole, _ = go(head, noise(3))
    run, ending = go(head, noise(3), split=1)
    assert ending is Ending.OFFLOAD
    run, ending = go(head, None, run=run, may_offload=False)
    assert ending is Ending.EXIT
    assert run.belief.posterior.tobytes() == whole.belief.posterior.tobytes()


def test_frame_that_waits_for_a_tail_keeps_its_features_while_others_run(head):
    whole, _ = go(head, noise(3))
    waiting, _ = go(head, noise(3), split=2)
    go(head, noise(4))
    go(head, noise(5), split=1)
    finished, _ = go(head, None, run=waiting, may_offload=False)
    assert finished.belief.posterior.tobytes() == whole.belief.posterior.tobytes()


def test_small_robot_stops_where_its_segments_end(bundle):
    network = SegmentedNetwork(bundle, segments=range(2))
    run, ending = go(HeadSession(bundle, network), picture('red', 3), may_offload=False)
    assert ending is Ending.EXHAUSTED
    assert run.exit == 1
    assert network.runs == [1, 1, 0, 0]
    assert network.service(3) == bundle.segments[3].reference_ms / 1e3


def test_run_stops_between_segments_when_told(head, network):
    run = head.begin(noise(0))
    stops = iter([False, True])
    ending = head.advance(
        run, exit_threshold=NEVER, split=4, may_offload=False, should_stop=lambda: next(stops)
    )
    assert ending is Ending.STOPPED
    assert network.runs == [1, 0, 0, 0]


def test_same_network_on_many_threads_gives_the_same_answer(bundle):
    single = HeadSession(bundle, SegmentedNetwork(bundle))
    many = HeadSession(bundle, SegmentedNetwork(bundle, threads=2))
    np.testing.assert_allclose(
        go(single, noise(1))[0].belief.posterior, go(many, noise(1))[0].belief.posterior, atol=1e-5
    )


@pytest.mark.parametrize(
    ('settings', 'said'),
    [
        ({'runtime': 'abacus'}, 'abacus'),
        ({'threads': 0}, 'threads is 0'),
        ({'segments': range(3, 9)}, r'segments \[3, 4'),
    ],
)
def test_impossible_settings_are_named(bundle, settings, said):
    with pytest.raises(ConfigError, match=said):
        SegmentedNetwork(bundle, **settings)


def mass(*values) -> Belief:
    return belief_of(np.array(values, np.float32), 0.5)


BAD_REQUESTS = {
    'another model': ({'model_id': 'f' * 64}, 'same bundle'),
    'features at split 0': ({'split': 0}, 'JPEG is for split 0'),
    'split -1': ({'split': -1}, 'split -1'),
    'split out of range': ({'split': 200}, 'split 200'),
    'features of another split': ({'split': 2}, 'features of shape'),
    'unknown exit rule': ({'exit_rule': 'coin'}, "'coin' is not one of margin, "),
    'threshold NaN': ({'exit_threshold': float('nan')}, 'threshold'),
    'too few classes': ({'belief': mass(0.5)}, '1 classes'),
    'mass NaN': ({'belief': mass(np.nan, 0.2, 0.1)}, 'not a number'),
    'negative mass': ({'belief': mass(-0.5, 0.5, 0.5)}, 'not a number'),
    'mass from nowhere': ({'belief': mass(0.5, 0.5, 0.5)}, 'sum must be 1'),
}


@pytest.mark.parametrize('case', BAD_REQUESTS)
def test_bad_request_is_refused_with_a_reason(bundle, head, tail, case):
    run, _ = go(head, noise(0), split=1)
    changes, said = BAD_REQUESTS[case]
    with pytest.raises(RefusedError, match=said):
        tail.accept(request(bundle, run, **changes))


def test_features_that_are_too_large_or_not_finite_are_refused(bundle, head, tail):
    run, _ = go(head, noise(0), split=1)
    small = TailSession(bundle, SegmentedNetwork(bundle), TailLimits(payload_bytes=100))
    with pytest.raises(RefusedError, match='more than 100'):
        small.accept(request(bundle, run))
    coded = encode(run.features[0], Coding.RAW)
    broken = bytearray(coded.data)
    broken[:4] = np.float32(np.nan).tobytes()
    changed = type(coded)(coded.coding, coded.entropy, coded.shape, bytes(broken))
    with pytest.raises(RefusedError, match='not finite'):
        tail.accept(request(bundle, run, coded=changed))


def test_tail_that_holds_only_later_segments_refuses_earlier_splits(bundle, head):
    tail = TailSession(bundle, SegmentedNetwork(bundle, segments=range(2, 4)))
    run, _ = go(head, noise(0), split=1)
    with pytest.raises(RefusedError, match='does not hold segment 1'):
        tail.accept(request(bundle, run))
