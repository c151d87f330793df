"""A robot goes on by a rule of its own when its policy falls silent or mad, and comes back."""

import math
from dataclasses import replace

from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.watchdog import Watchdog

FIXED = OperatingPoint(
    split=2, exit_threshold=0.8, growth_threshold=0.0, codec_level=1, offload=True, policy='fixed'
)
CHOSEN = replace(FIXED, split=3, policy='lyapunov')
RULE = replace(FIXED, split=1, policy='dynamic_split')


def choose(dog, now):
    return dog.choose(now, timeout=1.0, fixed=FIXED, rule=lambda: RULE)


def test_the_fixed_point_holds_until_a_policy_speaks():
    dog = Watchdog()
    assert choose(dog, 100.0) == FIXED
    dog.hear(CHOSEN, 100.0)
    assert choose(dog, 100.9) == CHOSEN


def test_a_silent_policy_is_replaced_by_the_rule_until_it_speaks_again():
    dog = Watchdog()
    dog.hear(CHOSEN, 0.0)
    assert choose(dog, 1.1) == replace(RULE, reason='policy is silent')
    dog.hear(CHOSEN, 2.0)
    assert choose(dog, 2.0) == CHOSEN


def test_it_need_not_be_asked_again_before_the_policy_could_be_silent():
    dog = Watchdog()
    assert dog.patience(100.0, 1.0) == 1.0
    dog.hear(CHOSEN, 100.0)
    patience = dog.patience(100.3, 1.0)
    assert not dog.complaint(100.3 + 0.99 * patience, 1.0)
    assert dog.complaint(100.3 + 1.01 * patience, 1.0)


def test_a_policy_that_chooses_no_numbers_is_replaced_by_the_rule():
    dog = Watchdog()
    for bad in ({'exit_threshold': math.nan}, {'growth_threshold': math.inf}):
        dog.hear(replace(CHOSEN, **bad), 0.0)
        assert choose(dog, 0.1) == replace(RULE, reason='policy chose no finite numbers')
