"""The static policy and finding policies by name."""

import pytest

from edge_exit.errors import ConfigError
from edge_exit.policy import registry
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.profile import Profile

OBSERVATION = Observation(Profile(segment_times=(0.01, 0.01), split_bytes=((100, 50),)))


def test_static_policy_gives_what_the_user_set_on_any_link():
    point = registry.make('static').choose(
        OBSERVATION, Settings(split=1, exit_threshold=0.7, growth_threshold=0.1, codec_level=1)
    )
    assert (point.split, point.exit_threshold, point.codec_level, point.offload) == (
        1,
        0.7,
        1,
        True,
    )


@pytest.mark.parametrize('name', registry.POLICIES)
def test_a_choice_names_the_policy_that_made_it(name):
    point = registry.make(name).choose(OBSERVATION, Settings())
    # No bundle brought what a learned policy needs: the rule in its place made this one.
    assert point.policy == {'learned': 'dynamic_split'}.get(name, name)


def test_unknown_policy_is_refused_with_the_names_of_those_that_exist():
    with pytest.raises(ConfigError, match=r'"magic".*static, dynamic_split'):
        registry.make('magic')
