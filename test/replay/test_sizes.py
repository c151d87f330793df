"""Messages of a replay are as long as those that ROS 2 really sends."""

from array import array
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from rclpy.serialization import serialize_message
from std_msgs.msg import Header
from tiny_bundle import write_tiny_bundle

from edge_exit.coding.codec import encode
from edge_exit.coding.coded import Coding, Part
from edge_exit.inference.belief import first
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.requests import TailAnswer
from edge_exit.inference.result import Answer, Offload
from edge_exit.nodes.chunk_conversions import room_of
from edge_exit.nodes.conversions import answer_message, features_message
from edge_exit.replay import sizes
from edge_exit_interfaces import msg as messages

CLASSES = tuple(f'class {index}' for index in range(7))
FEATURES = np.random.default_rng(0).normal(size=(5, 3, 3)).astype(np.float32)


def offload_of(coded) -> Offload:
    return Offload(None, 1, sizes.TAIL, 1, 0.8, 0.1, first(len(CLASSES)), coded)


def message_of(offload: Offload) -> messages.Features:
    return features_message(
        offload,
        header=Header(frame_id=sizes.FRAME_ID),
        head=sizes.HEAD,
        session=2**60,
        model_id='0' * 64,
    )


@pytest.mark.parametrize('coding', [Coding.RAW, Coding.BITS_8, Coding.BITS_4, Coding.BITS_2])
@pytest.mark.parametrize('part', [None, Part(1, 2, 1)])
def test_a_frame_is_as_long_as_its_message(coding, part):
    offload = offload_of(replace(encode(FEATURES, coding), part=part, width=5))
    serialised = serialize_message(message_of(offload))
    assert abs(sizes.features(offload, offload.coded) - len(serialised)) <= 4


def test_an_answer_is_as_long_as_its_message():
    belief = first(len(CLASSES))
    request = message_of(offload_of(encode(FEATURES, Coding.BITS_8)))
    sent = answer_message(
        request, TailAnswer(1, belief, 0.001), tail=sizes.TAIL, classes=CLASSES, tail_time=0.01
    )
    answer = Answer(
        1, Outcome.OFFLOADED, 1, belief.posterior, 0.0, sizes.TAIL, sent.reason, 0.01, 0.001
    )
    assert abs(sizes.answer(answer, sent.label) - len(serialize_message(sent))) <= 4


@pytest.mark.parametrize('padding', [0, 1, 1000])
def test_a_probe_is_as_long_as_its_message(padding):
    sent = messages.LinkProbe(head=sizes.HEAD, padding=array('B', bytes(padding)))
    assert abs(sizes.probe(padding) - len(serialize_message(sent))) <= 4


def test_a_heartbeat_is_as_long_as_its_message():
    sent = messages.TailStatus(tail=sizes.TAIL, model_id='0' * 64, service_ms=[1.0, 2.0, 3.0])
    assert abs(sizes.status(3) - len(serialize_message(sent))) <= 4


def test_a_chunk_has_as_much_room_as_the_head_finds(tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    assert abs(sizes.room_of_chunk(len(bundle.classes)) - room_of(sizes.HEAD, bundle)) <= 4
