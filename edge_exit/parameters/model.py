"""Parameters of every node that runs a model's segments."""

from collections.abc import Mapping, Sequence
from typing import Any

from edge_exit.inference.runtime import RUNTIMES
from edge_exit.parameters.table import Parameter

MODEL_PARAMETERS = (
    Parameter('autostart', True, 'start without a lifecycle manager', read_only=True),
    Parameter('bundle', 'objects20', 'name or folder of the model; fixed while configured'),
    Parameter('runtime', 'onnx', 'runs the segments; fixed while configured', choices=RUNTIMES),
    Parameter('threads', 1, 'threads of the runtime; fixed while configured', low=1, high=64),
)

FIXED_WHILE_CONFIGURED = ('bundle', 'runtime', 'threads')


def check_unchanged(
    values: Mapping[str, Any], configured: Mapping[str, Any] | None, *, also: Sequence[str]
) -> None:
    """Refuse to change what a configured node has loaded.

    :param configured: the values that it was configured with; None if it is not.
    :param also: names of the node's own parameters that are fixed, too.
    :raises ValueError: naming the parameter and the cure.
    """
    if configured is None:
        return
    for name in (*FIXED_WHILE_CONFIGURED, *also):
        if values[name] != configured[name]:
            raise ValueError(
                f'{name} is fixed while the node is configured: '
                'deactivate and clean it up, set it, then configure and activate'
            )
