"""Parameters of a node without the node: defaults, those of a ROS parameter file, and checks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from edge_exit.errors import ConfigError
from edge_exit.parameters.table import Parameter

_PARAMETERS = 'ros__parameters'
_ALL = ('/**', '**')


def values_of(
    table: Sequence[Parameter], node: str, file: Path | None, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Give all parameters of a node by name.

    :param node: last part of its name; the file's `/**`, `/**/node` and `/any/node` count for it.
    :param file: ROS parameter file; None for none.
    :param given: more of them, which count above all.
    :raises ConfigError: if the file is none, or a parameter is unknown, of a wrong type or out of
        its range.
    """
    rows = {row.name: row for row in table}
    values = {row.name: row.default for row in table}
    for name, value, for_all in _of_file(file, node):
        if name in rows:
            values[name] = _checked(rows[name], value, f'{file}: {node}')
        elif not for_all and name != 'use_sim_time':
            raise ConfigError(f'{file}: {node} has no parameter {name} ({", ".join(rows)})')
    for name, value in given.items():
        values[name] = _checked(rows[name], value, node)
    return values


def _of_file(file: Path | None, node: str) -> list[tuple[str, Any, bool]]:
    """Give names and values for a node, and whether they are meant for all nodes."""
    if file is None:
        return []
    try:
        content = yaml.safe_load(file.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f'parameter file {file} cannot be read: {error}') from error
    if not isinstance(content, dict):
        raise ConfigError(f'{file} is no ROS parameter file: nodes with {_PARAMETERS} are missing')
    found = []
    # What is meant for a node counts more than what is meant for all, wherever it stands.
    for pattern in sorted(content, key=lambda name: name not in _ALL):
        block = content[pattern]
        if not isinstance(block, dict) or not isinstance(block.get(_PARAMETERS), dict):
            raise ConfigError(f'{file}: {pattern} has no {_PARAMETERS}')
        if pattern in _ALL or str(pattern).rpartition('/')[2] == node:
            pairs = _flat(block[_PARAMETERS])
            found += [(name, value, pattern in _ALL) for name, value in pairs]
    return found


def _flat(block: Mapping[str, Any], before: str = '') -> list[tuple[str, Any]]:
    pairs = []
    for name, value in block.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f'{before}{name}.')
        else:
            pairs.append((f'{before}{name}', value))
    return pairs


def _checked(row: Parameter, value: Any, where: str) -> Any:
    wanted = type(row.default)
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted:
        raise ConfigError(f'{where}: {row.name} is {value!r}, not of type {wanted.__name__}')
    if row.low is not None and not row.low <= value <= row.high:
        raise ConfigError(f'{where}: {row.name} is {value}, not in {row.low:g}..{row.high:g}')
    try:
        row.check(value)
    except ValueError as error:
        raise ConfigError(f'{where}: {error}') from error
    return value
