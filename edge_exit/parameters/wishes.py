"""What the user wants of a policy, from a node's parameters; head and policy node share them."""

from collections.abc import Mapping
from typing import Any

from edge_exit.policy.interface import Settings


def settings(values: Mapping[str, Any]) -> Settings:
    """Give what policies are told of the user's wishes."""
    return Settings(
        split=values['split'],
        exit_threshold=values['exit_threshold'],
        growth_threshold=values['growth_threshold'],
        codec_level=values['codec_level'],
        offload=values['offload'],
        local_segments=values['local_segments'],
        deadline=values['deadline_ms'] / 1e3,
        min_depth=values['privacy.min_depth'],
        hysteresis=values.get('hysteresis', Settings().hysteresis),
    )
