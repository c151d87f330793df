"""Readers of single values of a manifest: each checks type and range and names the place."""

import math
import re
from collections.abc import Callable
from typing import Any

from edge_exit.errors import BundleError

# Letters, digits, dot, dash, underscore: nothing that could leave the bundle's folder.
_FILE_NAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}')
_HEX_64 = re.compile(r'[0-9a-f]{64}')
LARGEST_FEATURES = 1 << 24
# Nothing that is counted is more: operations, parameters, bytes.
MOST = 1 << 50


def table(values: Any, where: str) -> dict:
    """Read a mapping with string keys."""
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise BundleError(f'{where} is not a table of named values')
    return values


def value(values: dict, key: str, where: str) -> Any:
    """Read a value that must be there."""
    if key not in values:
        raise BundleError(f'{where} has no "{key}"')
    return values[key]


def integer(values: dict, key: str, where: str, *, low: int, high: int) -> int:
    """Read a whole number in [low, high]."""
    number = value(values, key, where)
    if type(number) is not int or not low <= number <= high:
        raise BundleError(f'{where}: {key} is {number!r}, not a whole number in {low}..{high}')
    return number


def real(values: dict, key: str, where: str, *, low: float, high: float) -> float:
    """Read a finite number in [low, high]."""
    number = value(values, key, where)
    if type(number) not in (int, float) or not math.isfinite(number) or not low <= number <= high:
        raise BundleError(f'{where}: {key} is {number!r}, not a number in {low}..{high}')
    return float(number)


def text(values: dict, key: str, where: str, *, choices: tuple[str, ...] = ()) -> str:
    """Read a short text, one of the choices if there are any."""
    found = value(values, key, where)
    if not isinstance(found, str) or not 0 < len(found) <= 256:
        raise BundleError(f'{where}: {key} is {found!r:.80}, not a text of 1..256 characters')
    if choices and found not in choices:
        raise BundleError(f'{where}: {key} is {found!r}, not one of {", ".join(choices)}')
    return found


def file_name(values: dict, key: str, where: str) -> str:
    """Read the name of a file in the bundle's own folder."""
    return checked_file_name(value(values, key, where), f'{where}: {key}')


def checked_file_name(name: Any, where: str) -> str:
    """Let a name pass only if it is a plain file name."""
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name):
        raise BundleError(f'{where} is {name!r:.80}, not the name of a file in the bundle')
    return name


def digest(values: dict, key: str, where: str) -> str:
    """Read 64 hex digits."""
    found = value(values, key, where)
    if not isinstance(found, str) or not _HEX_64.fullmatch(found):
        raise BundleError(f'{where}: {key} is {found!r:.80}, not 64 hex digits')
    return found


def shape(values: dict, key: str, where: str, *, largest: int) -> tuple[int, ...]:
    """Read a shape of 1..4 axes with at most that many values."""
    axes = value(values, key, where)
    right = isinstance(axes, list) and 1 <= len(axes) <= 4
    if not right or not all(type(axis) is int and 0 < axis <= largest for axis in axes):
        raise BundleError(f'{where}: {key} is {axes!r:.80}, not a shape of 1..4 axes')
    if math.prod(axes) > largest:
        raise BundleError(f'{where}: {key} {axes} has more than {largest} values')
    return tuple(axes)


def items(
    values: dict, key: str, where: str, read: Callable[[Any, str], Any], *, most: int
) -> tuple:
    """Read a list of 1..most items, each by `read(item, where)`."""
    found = value(values, key, where)
    if not isinstance(found, list) or not 1 <= len(found) <= most:
        raise BundleError(f'{where}: {key} is not a list of 1..{most} items')
    return tuple(read(item, f'{where}: {key}[{index}]') for index, item in enumerate(found))
