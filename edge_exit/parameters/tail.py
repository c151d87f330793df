"""Parameters of the tail node."""

from collections.abc import Mapping
from typing import Any

from edge_exit.inference.batching import BatchLimits
from edge_exit.parameters.model import MODEL_PARAMETERS
from edge_exit.parameters.table import Parameter

# A frame of chunks goes on when so much of the time is over that its robot waits for an answer.
LARGEST_SHARE = 0.5

PARAMETERS = (
    *MODEL_PARAMETERS,
    Parameter(
        'payload_limit_kb',
        8192,
        'coded features of one frame at most [kB]; fixed while configured',
        low=1,
        high=1048576,
    ),
    Parameter('max_batch', 8, 'frames that run together at most', low=1, high=256),
    Parameter(
        'max_wait_ms',
        0.0,
        'time that a frame waits at most for frames of other active robots, 0 never [ms]',
        low=0.0,
        high=100.0,
    ),
    Parameter('queue_limit', 64, 'frames that wait at most; more are refused', low=1, high=4096),
    Parameter('max_heads', 64, 'robots served at one time; more are refused', low=1, high=1024),
    Parameter(
        'chunk_wait_ms',
        20.0,
        'time that a frame waits at most for its next chunk; '
        'never beyond half of the time that its robot waits for an answer [ms]',
        low=0.0,
        high=1000.0,
    ),
    Parameter('status_period_s', 0.2, 'time between two heartbeats [s]', low=0.02, high=5.0),
)


def batch_limits(values: Mapping[str, Any]) -> BatchLimits:
    """Give the limits of the batches."""
    return BatchLimits(values['max_batch'], values['max_wait_ms'] / 1e3, values['queue_limit'])
