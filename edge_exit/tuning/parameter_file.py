"""The parameters that were found, as a file that `ros2 launch` loads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from edge_exit.evaluation.files import write_whole
from edge_exit.parameters import head, policy
from edge_exit.parameters.table import Parameter
from edge_exit.replay.plan import Values

# What the head does before any policy has spoken, as the policy is told.
_SHARED = ('split', 'exit_threshold', 'growth_threshold', 'codec_level', 'offload')
# Starting a node is the launch file's business.
_LEFT_OUT = ('autostart',)


def text_of(values: Values, bundle: str, comments: Sequence[str]) -> str:
    """Write the parameters of head and policy.

    :param bundle: name or folder of the model, which they both load.
    :param comments: lines that come first.
    """
    own = {name: values.policy[name] for name in _SHARED}
    nodes = {
        '/**/head': _block(head.PARAMETERS, {**values.head, **own, 'bundle': bundle}),
        '/**/policy': _block(policy.PARAMETERS, {**values.policy, 'bundle': bundle}),
    }
    lines = ''.join(f'# {line}\n' for line in comments)
    return lines + yaml.safe_dump(nodes, sort_keys=False, default_flow_style=None)


def write(path: Path, text: str) -> None:
    """Write the file; it is whole or as it was.

    :raises EdgeExitError: if it cannot be written.
    """
    write_whole(path, lambda file: file.write(text.encode()))


def _block(table: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, dict]:
    found: dict[str, Any] = {}
    for row in table:
        if row.name not in _LEFT_OUT:
            *groups, name = row.name.split('.')
            inner = found
            for group in groups:
                inner = inner.setdefault(group, {})
            inner[name] = values[row.name]
    return {'ros__parameters': found}
