"""Parameters of the tail node."""

from collections.abc import Mapping
from typing import Any

from edge_exit.inference.batching import BatchLimits
from edge_exit.inference.runtime import RUNTIMES
from edge_exit.nodes.parameters import Parameter

PARAMETERS = (
    Parameter('autostart', True, 'start without a lifecycle manager', read_only=True),
    Parameter('bundle', 'objects20', 'name or folder of the model; fixed while configured'),
    Parameter('runtime', 'onnx', 'runs the segments; fixed while configured', choices=RUNTIMES),
    Parameter('threads', 1, 'threads of the runtime; fixed while configured', low=1, high=64),
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
    Parameter('status_period_s', 0.2, 'time between two heartbeats [s]', low=0.02, high=5.0),
)

FIXED_WHILE_CONFIGURED = ('bundle', 'runtime', 'threads', 'payload_limit_kb')


def check_unchanged(values: Mapping[str, Any], configured: Mapping[str, Any] | None) -> None:
    """Refuse to change what a configured node has loaded.

    :param configured: the values that it was configured with; None if it is not.
    :raises ValueError: naming the parameter and the cure.
    """
    for name in FIXED_WHILE_CONFIGURED if configured else ():
        if values[name] != configured[name]:
            raise ValueError(
                f'{name} is fixed while the node is configured: '
                'deactivate and clean it up, set it, then configure and activate'
            )


def batch_limits(values: Mapping[str, Any]) -> BatchLimits:
    """Give the limits of the batches."""
    return BatchLimits(values['max_batch'], values['max_wait_ms'] / 1e3, values['queue_limit'])
