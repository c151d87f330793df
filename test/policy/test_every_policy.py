"""What holds for every policy, whatever it is told."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_world import ANY_FLOAT, ANY_LINK, ANY_TAIL, PROFILE, ended

from edge_exit.link.quality import LinkQuality
from edge_exit.policy import registry
from edge_exit.policy.interface import Observation, Outcomes, Settings
from edge_exit.policy.preference import Preference

WEIGHT = st.floats(0, 10)
FRAME = st.builds(
    ended,
    st.floats(-1e6, 1e6),
    outcome=st.integers(0, 4),
    exit=st.integers(-1, 3),
    split=st.integers(0, 3),
    margin=st.floats(0, 1),
    total=st.floats(0, 1e4),
    head=st.floats(0, 1e4),
    wire_bytes=st.integers(0, 2**32 - 1),
    score=ANY_FLOAT,
)


@pytest.mark.parametrize('name', registry.POLICIES)
@settings(max_examples=40, deadline=None)
@given(
    link=ANY_LINK,
    tail=ANY_TAIL,
    slowdown=ANY_FLOAT,
    opening=ANY_FLOAT,
    local=st.integers(0, 3),
    depth=st.integers(0, 3),
    outcomes=st.builds(
        Outcomes,
        rate=st.floats(0, 1e9),
        exits=st.sampled_from([(), (1.0, 0.0, 0.0), (0.2, 0.3, 0.5)]),
        recent=st.lists(FRAME, max_size=4).map(tuple),
    ),
    preference=st.builds(Preference, WEIGHT, WEIGHT, WEIGHT, WEIGHT, st.floats(0.001, 60)),
)
def test_whatever_is_measured_and_wanted_the_choice_is_one_that_the_robot_can_carry_out(
    name, link, tail, slowdown, opening, local, depth, outcomes, preference
):
    policy = registry.make(name)
    wanted = Settings(local_segments=local, min_depth=depth, preference=preference, deadline=0.2)
    for now in (0.0, 3.0):
        observation = Observation(PROFILE, link, tail, slowdown, opening, outcomes, now)
        point = policy.choose(observation, wanted)
        assert point.is_finite()
        assert 0 <= point.split <= min(local or 3, 2)
        assert 0 <= point.codec_level < 2
        assert 0 <= point.exit_threshold <= 2
        assert point.policy == {'learned': 'dynamic_split'}.get(name, name)  # no bundle, no model
        if name != 'static' and point.offload:
            assert link.connected
            assert point.split >= depth


@pytest.mark.parametrize('name', registry.POLICIES)
def test_no_policy_offloads_where_the_user_forbids_it(name):
    link = LinkQuality(connected=True, goodput_bps=1e8, rtt=0.001, jitter=0.0)
    observation = Observation(PROFILE, link, head_slowdown=50.0)
    assert not registry.make(name).choose(observation, Settings(offload=False)).offload


@pytest.mark.parametrize('name', registry.POLICIES)
def test_nothing_that_a_policy_remembers_is_shared(name):
    link = LinkQuality(connected=True, goodput_bps=1e7, rtt=0.001, jitter=0.0)
    busy, fresh = registry.make(name), registry.make(name)
    seen = Observation(PROFILE, link, outcomes=Outcomes(recent=(ended(0.5, total=5.0),)), now=1.0)
    for _ in range(3):
        busy.choose(seen, Settings())
    quiet = Observation(PROFILE, link)
    assert fresh.choose(quiet, Settings()) == registry.make(name).choose(quiet, Settings())
    assert math.isfinite(busy.choose(quiet, Settings()).exit_threshold)
