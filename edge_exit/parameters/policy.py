"""Parameters of the policy node, and what they mean together."""

from collections.abc import Mapping
from typing import Any

from edge_exit.parameters.preference import ENERGY_PARAMETERS, PREFERENCE_PARAMETERS
from edge_exit.parameters.table import Parameter
from edge_exit.policy.profile import Profile
from edge_exit.policy.registry import POLICIES

PARAMETERS = (
    Parameter('bundle', 'objects20', "name or folder of the head's model", read_only=True),
    Parameter('policy', 'dynamic_split', 'chooses the operating point', choices=tuple(POLICIES)),
    Parameter('rate_hz', 5.0, 'operating points a second, about [1/s]', low=1.0, high=50.0),
    Parameter(
        'local_segments', 0, 'segments that the head holds, 0 for all: as set there', low=0, high=64
    ),
    Parameter(
        'privacy.min_depth',
        0,
        'segments that must have run before a frame may leave the robot: as set at the head',
        low=0,
        high=64,
    ),
    Parameter(
        'deadline_ms',
        200.0,
        'from the arrival of an image to its result at the latest: as set at the head [ms]',
        low=10.0,
        high=60000.0,
    ),
    Parameter(
        'split',
        1,
        'segments run on the robot by the static policy, 0 sends the picture',
        low=0,
        high=64,
    ),
    Parameter(
        'exit_threshold',
        0.8,
        'leave at the first exit that is as sure as that, above 1 only at the last',
        low=0.0,
        high=2.0,
    ),
    Parameter(
        'growth_threshold',
        0.0,
        'offload early if the sureness grows by less, 0 never',
        low=0.0,
        high=1.0,
    ),
    Parameter(
        'codec_level', 1, 'finest codec level of the bundle that is used, 0 all', low=0, high=15
    ),
    Parameter('offload', True, 'whether frames may leave the robot'),
    Parameter(
        'hysteresis',
        0.1,
        'share of the predicted time that another choice must save',
        low=0.0,
        high=0.9,
    ),
    Parameter(
        'link_timeout_s',
        1.0,
        'link quality or heartbeats older than this are not believed [s]',
        low=0.1,
        high=60.0,
    ),
    *PREFERENCE_PARAMETERS,
    *ENERGY_PARAMETERS,
)


def check(values: Mapping[str, Any], profile: Profile) -> None:
    """Check the values against the model.

    :raises ValueError: naming the value and the cure.
    """
    if values['local_segments'] > profile.segments:
        raise ValueError(
            f'local_segments is {values["local_segments"]}, the model has {profile.segments}: '
            f'use 1..{profile.segments}, or 0 for all'
        )
    held = values['local_segments'] or profile.segments
    last = min(held, profile.segments - 1)
    if values['policy'] == 'static' and values['split'] > last:
        raise ValueError(f'split is {values["split"]}, this robot can offload at 0..{last}')
    if values['codec_level'] >= profile.codec_levels:
        raise ValueError(
            f'codec_level is {values["codec_level"]}, the model has 0..{profile.codec_levels - 1}'
        )
