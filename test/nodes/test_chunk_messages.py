"""A frame in chunks is messages of one datagram each, and any of them are a request again."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from hypothesis import given, settings
from hypothesis import strategies as st
from offloads import EXITS_ONLY_AT_THE_LAST, Offloads
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header
from tiny_bundle import BOTTLENECK, LEVELS_OF_CODEC, SLIM, write_tiny_bundle

from edge_exit import bundle as bundles
from edge_exit.coding import chunks
from edge_exit.errors import RefusedError
from edge_exit.inference.belief import first
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.requests import SHORT_MODEL_ID
from edge_exit.inference.result import Offload
from edge_exit.inference.tail_session import TailSession
from edge_exit.nodes.chunk_conversions import (
    DATAGRAM,
    check_chunk,
    claims_of,
    offload_messages,
    request_of,
    room_of,
)
from edge_exit.rules.registry import NAMES

SHIPPED = ('cifar10', 'objects20', 'fashion_mnist')
LONG_NAME = '/warehouse_with_a_long_name/robot_number_17/head'


@pytest.fixture(scope='module')
def offloads(tmp_path_factory):
    return Offloads(write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny'))


@pytest.fixture(scope='module')
def tail(offloads):
    return TailSession(offloads.bundle, SegmentedNetwork(offloads.bundle))


def over_the_wire(message):
    return deserialize_message(serialize_message(message), type(message))


def arrived(offloads, **frame):
    return [over_the_wire(message) for message in offloads.chunks(**frame)]


def worst_codes(shape):
    """Give codes that zstd cannot shrink: of one range, and of another range in each channel."""
    noise = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    return noise, noise * np.logspace(-3, 3, shape[0], dtype=np.float32)[:, None, None]


@pytest.mark.parametrize('head', ['/robot/head', LONG_NAME])
@pytest.mark.parametrize('name', SHIPPED)
def test_every_chunk_of_every_level_of_a_shipped_bundle_is_one_datagram(name, head):
    bundle = bundles.load(name)
    room, cut_up = room_of(head, bundle), 0
    for cut in (split for split in bundle.splits if split.bottleneck):
        base = cut.bottleneck.shape[0] // chunks.BASE_SHARE
        for level in (level for level in bundle.codec_levels if level.width is not None):
            for code in worst_codes(cut.bottleneck.shape):
                sent = code[: cut.bottleneck.channels(level.width)]
                coded = chunks.cut(sent, level.coding, base=base, least=2, room=room)
                assert coded is not None, f'split {cut.split}, {level.name} would be sent whole'
                sizes = [
                    len(serialize_message(m)) for m in messages(coded, bundle, head, cut.split)
                ]
                assert max(sizes) < DATAGRAM
                cut_up += 1
    assert cut_up or not any(split.bottleneck for split in bundle.splits)


def messages(coded, bundle, head, split):
    belief = first(len(bundle.classes))
    rule = max(NAMES, key=len)
    offload = Offload(None, 1, '', split, 0.8, 0.2, belief, coded[0], rule, more=coded[1:])
    return offload_messages(
        offload, header=Header(frame_id='x' * 200), head=head, session=1, model_id=bundle.model_id
    )


def test_a_head_with_too_long_a_name_or_too_many_classes_has_no_room(offloads):
    bundle = offloads.bundle
    assert room_of('/robot/head', bundle) > 900
    assert room_of('/robot/head', replace(bundle, classes=('x',) * 1000)) <= 0


def test_a_chunk_says_briefly_what_every_other_one_says_too(offloads):
    one, two = arrived(offloads, split=BOTTLENECK, level=SLIM)
    assert claims_of(one) == claims_of(two)
    assert (one.chunk, two.chunk, one.chunks, one.base) == (0, 1, 2, 2)
    assert one.model_id == offloads.bundle.model_id[:SHORT_MODEL_ID]
    assert one.header.frame_id == ''


@pytest.mark.parametrize('level', [4, SLIM])
def test_all_chunks_together_are_answered_as_the_whole_frame_is(offloads, tail, level):
    sent = arrived(offloads, split=BOTTLENECK, level=level, least=3)
    whole = offloads.features(split=BOTTLENECK, level=level)
    jobs = [tail.accept(request_of(parts)) for parts in (sent, sent[::-1], [whole])]
    answers = [answer.belief.posterior for answer in tail.run(jobs)]
    np.testing.assert_array_equal(answers[0], answers[1])
    np.testing.assert_allclose(answers[0], answers[2], atol=0.01)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, unique=True))
def test_any_chunks_in_any_order_are_answered(offloads, tail, arrive):
    sent = arrived(offloads, split=BOTTLENECK, level=4, least=4)
    [answer] = tail.run([tail.accept(request_of([sent[index] for index in arrive]))])
    assert offloads.bundle.classes[answer.belief.posterior.argmax()] == 'green'


@pytest.mark.parametrize('level', range(4))
def test_features_and_pictures_are_sent_whole(offloads, level):
    assert not LEVELS_OF_CODEC[list(LEVELS_OF_CODEC)[level]][1]
    for split in (0, BOTTLENECK):
        [only] = arrived(offloads, split=split, level=level)
        assert only.chunks == 0
        assert only.model_id == offloads.bundle.model_id


BAD_CHUNKS = {
    'a count of one': {'chunks': 1},
    'a count beyond all': {'chunks': 17},
    'an index beyond the count': {'chunk': 2},
    'too many bytes': {'data': bytes(DATAGRAM)},
    'too many scales': {'scale': [1.0] * 300, 'offset': [0.0] * 300},
    'a long name': {'model_id': 'f' * DATAGRAM},
    'a belief over other classes': {'class_mass': [0.1] * 4},
}


@pytest.mark.parametrize('case', BAD_CHUNKS)
def test_what_is_no_chunk_is_not_kept(offloads, case):
    chunk, _ = arrived(offloads, split=BOTTLENECK, level=SLIM)
    check_chunk(chunk, 3)
    for name, value in BAD_CHUNKS[case].items():
        setattr(chunk, name, value)
    with pytest.raises(RefusedError) as refused:
        check_chunk(chunk, 3)
    assert refused.value.kind == 'chunk'


REFUSED = {
    'another model': ({'model_id': '0' * SHORT_MODEL_ID}, 'same bundle'),
    'another split': ({'split': 1}, 'at a split that has none'),
    'damaged': ({'data': b''}, 'do not decode'),
    'more base than channels': ({'base': 100}, 'do not decode'),
}


@pytest.mark.parametrize('case', REFUSED)
def test_chunks_of_what_the_tail_does_not_have_are_refused(offloads, tail, case):
    changes, said = REFUSED[case]
    sent = arrived(offloads, split=BOTTLENECK, level=SLIM)
    for chunk in sent:
        for name, value in changes.items():
            setattr(chunk, name, value)
    with pytest.raises(RefusedError, match=said):
        tail.accept(request_of(sent))


def test_a_whole_frame_needs_the_whole_model_id(offloads, tail):
    message = offloads.features(split=1, exit_threshold=EXITS_ONLY_AT_THE_LAST)
    message.model_id = message.model_id[:SHORT_MODEL_ID]
    with pytest.raises(RefusedError, match='same bundle'):
        tail.accept(request_of([message]))


def test_chunking_asks_for_at_least_so_many(offloads):
    for least in (2, 3, 5):
        sent = offloads.chunks(split=BOTTLENECK, level=4, least=least)
        assert len(sent) == least
