"""Parameters of the head node, and what they mean together."""

from collections.abc import Mapping
from typing import Any

from edge_exit.coding.chunks import MOST_CHUNKS
from edge_exit.inference.flights import Limits
from edge_exit.inference.privacy import Privacy
from edge_exit.inference.split_codec import Chunking
from edge_exit.parameters.model import MODEL_PARAMETERS
from edge_exit.parameters.table import Parameter
from edge_exit.parameters.wishes import settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.rules.registry import DEFAULT, NAMES

FIXED_POLICY = 'fixed'
TRANSPORTS = ('raw', 'compressed')
WHOLE, CHUNKS = 'whole', 'chunks'

PARAMETERS = (
    *MODEL_PARAMETERS,
    Parameter(
        'local_segments',
        0,
        'segments that this robot holds, 0 for all; fixed while configured',
        low=0,
        high=64,
    ),
    Parameter(
        'image_transport', 'raw', 'subscribe to image or to image/compressed', choices=TRANSPORTS
    ),
    Parameter(
        'deadline_ms',
        200.0,
        'from the arrival of an image to its result at the latest [ms]',
        low=10.0,
        high=60000.0,
    ),
    Parameter(
        'max_in_flight',
        16,
        'frames without a result at one time; more are dropped and counted',
        low=1,
        high=256,
    ),
    Parameter('tails', ['/tail'], 'fully qualified names of usable tails; "" for none'),
    Parameter(
        'sending',
        WHOLE,
        "chunks: a bottleneck's code travels in messages of one datagram, any of which gives an "
        'answer; more bytes, for links that lose',
        choices=(WHOLE, CHUNKS),
    ),
    Parameter(
        'least_chunks',
        2,
        'chunks of a frame at least, if they are sent so; there are more where a code is larger',
        low=2,
        high=MOST_CHUNKS,
    ),
    Parameter(
        'privacy.min_depth',
        0,
        'segments that must have run before anything of a frame may leave this robot, whatever a '
        'policy says; from 1 on never the picture',
        low=0,
        high=64,
    ),
    Parameter(
        'privacy.never_offload',
        False,
        'nothing of any frame leaves this robot, whatever a policy says',
    ),
    Parameter(
        'exit_rule',
        DEFAULT,
        'tells how sure a frame is, here and at the tail; each rule wants its own exit_threshold',
        choices=NAMES,
    ),
    Parameter(
        'policy_timeout_s',
        1.0,
        'a policy silent for longer is replaced by the dynamic split rule [s]',
        low=0.1,
        high=60.0,
    ),
    Parameter(
        'split',
        1,
        'segments run here before a frame is offloaded, 0 sends the picture; '
        'used if no policy ever spoke',
        low=0,
        high=64,
    ),
    Parameter(
        'exit_threshold',
        0.8,
        'leave at the first exit that is as sure as that, above 1 only at the last; '
        'used if no policy ever spoke',
        low=0.0,
        high=2.0,
    ),
    Parameter(
        'growth_threshold',
        0.0,
        'offload early if the sureness grows by less, 0 never; used if no policy ever spoke',
        low=0.0,
        high=1.0,
    ),
    Parameter(
        'codec_level',
        1,
        'codec level of the bundle, 0 the finest; used if no policy ever spoke',
        low=0,
        high=15,
    ),
    Parameter('offload', True, 'whether frames are offloaded; used if no policy ever spoke'),
)


def check(values: Mapping[str, Any]) -> None:
    """Check what a range cannot say.

    :raises ValueError: naming the value and the cure.
    """
    names = tail_names(values)
    if len(set(names)) < len(names):
        raise ValueError(f'tails names a tail twice: {", ".join(names)}')


def tail_names(values: Mapping[str, Any]) -> list[str]:
    """Give the names of the tails; an empty list cannot be written in a parameters file."""
    return [name for name in values['tails'] if name]


def limits(values: Mapping[str, Any]) -> Limits:
    """Give the limits of the engine."""
    return Limits(values['deadline_ms'] / 1e3, values['max_in_flight'])


def chunking(values: Mapping[str, Any], room: int) -> Chunking | None:
    """Give how codes are sent in chunks; None if they are sent whole.

    :param room: coded bytes of a chunk at most; none or less if a chunk has no room for any.
    """
    if values['sending'] == WHOLE or room <= 0:
        return None
    return Chunking(values['least_chunks'], room)


def privacy(values: Mapping[str, Any]) -> Privacy:
    """Give what may leave this robot."""
    return Privacy(values['privacy.min_depth'], values['privacy.never_offload'])


def fixed_point(values: Mapping[str, Any]) -> OperatingPoint:
    """Give the operating point that holds if no policy ever spoke."""
    return settings(values).point(policy=FIXED_POLICY, reason='parameters')
