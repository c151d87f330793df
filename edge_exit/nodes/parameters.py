"""Parameters of a node: declared from its table, validated as a whole, changed while it runs."""

from collections.abc import Callable, Sequence
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node

from edge_exit.errors import ConfigError
from edge_exit.parameters.table import Parameter


class Parameters:
    """The live values of a node's parameters.

    :param table: the node's parameter table.
    :param check: called with all values as they would become; a ValueError rejects them whole.
    :param changed: called with all values after a set of changes was accepted.
    :raises ConfigError: if the values the node starts with do not pass the check.
    """

    def __init__(
        self,
        node: Node,
        table: Sequence[Parameter],
        *,
        check: Callable[[dict[str, Any]], None] = lambda values: None,
        changed: Callable[[dict[str, Any]], None] = lambda values: None,
    ) -> None:
        self._table = {row.name: row for row in table}
        self._check = check
        self._changed = changed
        self.values = {
            row.name: _plain(node.declare_parameter(row.name, row.default, _descriptor(row)).value)
            for row in table
        }
        self._name = node.get_fully_qualified_name()
        self.check_now()
        node.add_on_set_parameters_callback(self._on_set)
        node.add_post_set_parameters_callback(self._on_changed)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def check_now(self) -> None:
        """Check the present values again, as after something that the check asks became known.

        :raises ConfigError: if they do not pass.
        """
        try:
            self._check_all(self.values)
        except ValueError as error:
            raise ConfigError(f'{self._name}: {error}') from error

    def _check_all(self, values: dict[str, Any]) -> None:
        for name, row in self._table.items():
            row.check(values[name])
        self._check(values)

    def _on_set(self, changes: list) -> SetParametersResult:
        try:
            self._check_all(self.values | self._own(changes))
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _on_changed(self, changes: list) -> None:
        own = self._own(changes)
        if own:
            self.values = self.values | own
            self._changed(self.values)

    def _own(self, changes: list) -> dict[str, Any]:
        return {p.name: _plain(p.value) for p in changes if p.name in self._table}


def _descriptor(row: Parameter) -> ParameterDescriptor:
    """Describe a parameter as ROS tools show it."""
    descriptor = ParameterDescriptor(
        name=row.name, description=row.description, read_only=row.read_only
    )
    if row.choices:
        descriptor.additional_constraints = 'one of: ' + ', '.join(row.choices)
    if row.low is not None and isinstance(row.default, float):
        descriptor.floating_point_range = [
            FloatingPointRange(from_value=float(row.low), to_value=float(row.high))
        ]
    elif row.low is not None:
        descriptor.integer_range = [IntegerRange(from_value=int(row.low), to_value=int(row.high))]
    return descriptor


def _plain(value: Any) -> Any:
    """Give lists instead of the array types that rclpy hands over."""
    return (
        value if isinstance(value, str | bytes) or not hasattr(value, '__iter__') else list(value)
    )
