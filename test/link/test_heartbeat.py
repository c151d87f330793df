"""A tail is there while its heartbeat is fresh and its model is the robot's."""

import math
from dataclasses import replace

from edge_exit.link.heartbeat import Beat, Heartbeat, possible

BEAT = Beat(session=1, model_id='a' * 64, period=0.2, queue=0, load=0.1, service=(0.001, math.nan))


def test_a_tail_is_gone_after_missed_beats_and_back_with_the_next():
    heart = Heartbeat('a' * 64)
    assert heart.state(0.0) == 'never heard'
    heart.hear(BEAT, 1.0)
    assert heart.alive(1.0)
    assert heart.alive(1.49), 'one missed beat is forgiven'
    assert heart.state(1.51) == 'silent'
    heart.hear(BEAT, 5.0)
    assert heart.alive(5.1)
    assert heart.restarts == 0


def test_a_tail_with_another_model_is_not_used():
    heart = Heartbeat('b' * 64)
    heart.hear(BEAT, 1.0)
    assert heart.state(1.0) == 'another model'
    assert not heart.alive(1.0)


def test_a_restarted_tail_is_noticed():
    heart = Heartbeat('a' * 64)
    heart.hear(BEAT, 1.0)
    heart.hear(replace(BEAT, session=2), 1.2)
    assert heart.restarts == 1
    assert heart.alive(1.2)


def test_beats_with_impossible_numbers_are_told():
    assert possible(BEAT)
    for bad in ({'period': math.nan}, {'period': 0.0}, {'load': math.inf}, {'service': (-1.0,)}):
        assert not possible(replace(BEAT, **bad))
