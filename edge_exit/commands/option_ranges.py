"""Options of a command within their bounds, or an error that names them."""

import argparse
from collections.abc import Mapping

from edge_exit.errors import ConfigError


def check_ranges(arguments: argparse.Namespace, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Refuse a number outside of its bounds, and NaN.

    :param ranges: lowest and highest value, by the name of the argument.
    :raises ConfigError: names the option, its value and the bounds.
    """
    for name, (low, high) in ranges.items():
        value = getattr(arguments, name)
        if not low <= value <= high:
            raise ConfigError(f'{option(name)} is {value}, not {low:g}..{high:g}')


def option(name: str) -> str:
    """Write the name of an argument as the user types it."""
    return f'--{name.replace("_", "-")}'
