"""Values to messages and back lose nothing, and what the network sends is checked."""

import math

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from hypothesis import given, settings
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header

from edge_exit.coding import Coding, decode, encode
from edge_exit.errors import RefusedError
from edge_exit.evaluation import heard
from edge_exit.inference.belief import belief_of
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.requests import TailAnswer
from edge_exit.inference.result import Conclusion, Offload, Result
from edge_exit.link.quality import LinkQuality
from edge_exit.nodes import control_conversions, conversions
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.profile import message_bytes
from edge_exit_interfaces import msg as messages

CLASSES = ('red', 'green', 'blue')
HEADER = Header(frame_id='camera')
BELIEF = belief_of(np.array([0.5, 0.2, 0.1], np.float32), 0.2)


def over_the_wire(message):
    return deserialize_message(serialize_message(message), type(message))


def features(coding):
    values = np.random.default_rng(0).normal(size=(4, 3, 2)).astype(np.float32)
    coded = encode(values, coding)
    offload = Offload('tag', 7, '/edge/tail', 2, 0.8, 0.15, BELIEF, coded, exit_rule='entropy')
    message = conversions.features_message(
        offload, header=HEADER, head='/robot/head', session=2**64 - 1, model_id='a' * 64
    )
    return values, over_the_wire(message)


@pytest.mark.parametrize('coding', [Coding.RAW, Coding.BITS_8, Coding.BITS_4, Coding.BITS_2])
def test_what_a_head_sends_is_what_a_tail_gets(coding):
    values, message = features(coding)
    request = conversions.request_from(message)
    assert (request.model_id, request.split) == ('a' * 64, 2)
    assert request.exit_rule == 'entropy'
    assert request.exit_threshold == np.float32(0.8)
    np.testing.assert_array_equal(request.belief.class_mass, BELIEF.class_mass)
    assert (request.belief.remaining, request.belief.margin) == (BELIEF.remaining, BELIEF.margin)
    decoded = decode(request.coded, shape=values.shape)
    if coding is Coding.RAW:
        np.testing.assert_array_equal(decoded, values)
    assert math.isclose(message.deadline_ms, 150, rel_tol=1e-6)


@pytest.mark.parametrize('coding', [Coding.RAW, Coding.BITS_8, Coding.BITS_2])
@pytest.mark.parametrize('classes', [3, 20, 1000])
def test_policies_expect_the_size_that_a_message_has(coding, classes):
    coded = encode(np.random.default_rng(0).normal(size=(40, 7, 7)).astype(np.float32), coding)
    belief = belief_of(np.full(classes, 0.5 / classes, np.float32), 0.5)
    offload = Offload('tag', 7, '/edge/tail', 2, 0.8, 0.15, belief, coded)
    message = conversions.features_message(
        offload, header=HEADER, head='/robot/head', session=2**64 - 1, model_id='a' * 64
    )
    coded_bytes = len(coded.data) + coded.scale.nbytes + coded.offset.nbytes
    size = len(serialize_message(message))
    assert message_bytes(coded_bytes, classes) == pytest.approx(size, abs=20)


def answered():
    belief = belief_of(np.array([0.7, 0.2, 0.1], np.float32), 0)
    message = conversions.answer_message(
        features(Coding.BITS_8)[1],
        TailAnswer(exit=3, belief=belief, compute=0.001),
        tail='/edge/tail',
        classes=CLASSES,
        tail_time=0.002,
    )
    return over_the_wire(message)


def test_what_a_tail_answers_is_what_a_head_gets():
    message = answered()
    assert (message.label, message.reason, message.header) == ('red', 'last exit', HEADER)
    answer = conversions.answer_from(message, classes=3, segments=4)
    assert (answer.sequence, answer.outcome, answer.exit) == (7, Outcome.OFFLOADED, 3)
    np.testing.assert_allclose(answer.posterior, [0.7, 0.2, 0.1], rtol=1e-6)
    assert math.isclose(answer.tail_time, 0.002, rel_tol=1e-6)


def test_a_refusal_says_why():
    message = conversions.refusal_message(
        features(Coding.RAW)[1], 'no ' * 500, tail='/edge/tail', tail_time=0.001
    )
    answer = conversions.answer_from(over_the_wire(message), classes=3, segments=4)
    assert answer.outcome is Outcome.REFUSED
    assert answer.reason.startswith('no no')
    assert len(answer.reason) <= conversions.LONGEST_REASON


@pytest.mark.parametrize(
    ('fields', 'text'),
    [
        ({'posterior': [1.0]}, 'posterior over 1 classes, the model has 3'),
        ({'posterior': [math.nan] * 3}, 'posterior is not one'),
        ({'posterior': [2.0, -1.0, 0.0]}, 'posterior is not one'),
        ({'exit': 4}, 'exit 4 does not exist'),
        ({'exit': -1}, 'exit -1 does not exist'),
        ({'margin': math.inf}, 'margin inf'),
        ({'tail_ms': -1.0}, 'times of the tail'),
        ({'tail_compute_ms': math.nan}, 'times of the tail'),
        ({'outcome': 9}, 'outcome 9'),
        ({'outcome': int(Outcome.EXITED)}, 'outcome 1'),
    ],
)
def test_an_answer_that_is_none_is_refused(fields, text):
    message = answered()
    for name, value in fields.items():
        setattr(message, name, value)
    with pytest.raises(RefusedError, match=text):
        conversions.answer_from(message, classes=3, segments=4)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(width=32), max_size=5),
    st.integers(-(2**31), 2**31 - 1),
    st.floats(width=32),
    st.integers(0, 255),
)
def test_any_answer_is_read_or_refused(posterior, exit, number, outcome):
    message = messages.Inference(
        posterior=posterior, exit=exit, margin=number, tail_ms=number, outcome=outcome
    )
    try:
        conversions.answer_from(message, classes=3, segments=4)
    except RefusedError:
        pass


def test_a_result_before_any_exit_names_no_class():
    uniform = np.full(3, 1 / 3, np.float32)
    end = Conclusion(-1, uniform, 0.0, 'deadline')
    result = Result('tag', 1, Outcome.FALLBACK, end, 4, 0, 0.1, 0.05, 0.2, 0)
    message = conversions.inference_message(
        result, header=HEADER, head='/robot/head', session=1, classes=CLASSES
    )
    assert (message.class_id, message.label, message.exit) == (-1, '', -1)
    assert message.finished_by == '/robot/head'
    assert math.isclose(message.total_ms, 200)
    assert math.isclose(message.open_ms, 50)


def test_operating_points_and_link_quality_read_back():
    point = OperatingPoint(2, 0.5, 0.25, 1, True, 'static', 'because')
    message = over_the_wire(control_conversions.point_message(point, HEADER))
    assert heard.point_from(message) == point
    quality = LinkQuality(True, 5e6, 0.5, 0.25, 0.125, 0.5, 100.0)
    message = over_the_wire(control_conversions.quality_message(quality, '/edge/tail', HEADER))
    assert message.goodput_mbps == 5
    assert heard.quality_from(message) == quality


def test_a_heartbeat_of_impossible_numbers_is_refused():
    good = messages.TailStatus(
        session=1, model_id='a' * 64, segments=2, period_s=0.25, service_ms=[1.0, 2.0]
    )
    assert control_conversions.beat_from(good).service == (0.001, 0.002)
    for fields in ({'period_s': math.nan}, {'segments': 3}, {'load': math.inf}):
        bad = over_the_wire(good)
        for name, value in fields.items():
            setattr(bad, name, value)
        with pytest.raises(RefusedError, match='impossible'):
            control_conversions.beat_from(bad)


def test_a_policy_takes_no_result_that_its_network_cannot_give():
    good = messages.Inference(
        outcome=Outcome.OFFLOADED, exit=2, split=1, margin=0.5, head_ms=3.0, total_ms=9.0, bytes=80
    )
    ended = control_conversions.ended_from(good, 5.0, segments=3)
    assert (ended.at, ended.exit, ended.segments, ended.wire_bytes) == (5.0, 2, 1, 80)
    assert ended.head == pytest.approx(0.003)
    for name, value, what in (
        ('outcome', Outcome.REFUSED, 'outcome 4'),
        ('outcome', 0, 'outcome 0'),
        ('exit', -1, 'exit -1'),
        ('exit', 3, '3 segments'),
        ('split', 4, 'split 4'),
        ('total_ms', math.inf, 'no numbers'),
        ('margin', math.nan, 'no numbers'),
    ):
        bad = over_the_wire(good)
        setattr(bad, name, value)
        with pytest.raises(RefusedError, match=what):
            control_conversions.ended_from(bad, 5.0, segments=3)
