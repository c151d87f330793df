"""Parameters of a node: declared from a table, validated as a whole, changed while it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node

from edge_exit.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of a node's parameter table; README's tables are tested against it.

    :ivar low, high: range of a number, both ends included.
    :ivar choices: allowed values of a string.
    :ivar read_only: fixed when the node starts.
    """

    name: str
    default: Any
    description: str
    low: float | None = None
    high: float | None = None
    choices: Sequence[str] = ()
    read_only: bool = False

    def descriptor(self) -> ParameterDescriptor:
        """Describe the parameter as ROS tools show it."""
        descriptor = ParameterDescriptor(
            name=self.name, description=self.description, read_only=self.read_only
        )
        if self.choices:
            descriptor.additional_constraints = 'one of: ' + ', '.join(self.choices)
        if self.low is not None and isinstance(self.default, float):
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=float(self.low), to_value=float(self.high))
            ]
        elif self.low is not None:
            descriptor.integer_range = [
                IntegerRange(from_value=int(self.low), to_value=int(self.high))
            ]
        return descriptor

    def check(self, value: Any) -> None:
        """Raise ValueError with the cure if the value is not one of the choices."""
        if self.choices and value not in self.choices:
            raise ValueError(f'{self.name} is "{value}", choose one of: {", ".join(self.choices)}')


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
            row.name: _plain(node.declare_parameter(row.name, row.default, row.descriptor()).value)
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


def _plain(value: Any) -> Any:
    """Give lists instead of the array types that rclpy hands over."""
    return (
        value if isinstance(value, str | bytes) or not hasattr(value, '__iter__') else list(value)
    )
