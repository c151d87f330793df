"""Settings within their bounds, or an error that names them."""

from edge_exit.errors import ConfigError


def within(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside of its bounds, and NaN.

    :raises ConfigError: names the setting, its value and the bounds.
    """
    if not low <= value <= high:  # also false for NaN
        raise ConfigError(f'{name} is {value}: it must lie in {low}..{high}')


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a word that is not among those allowed.

    :raises ConfigError: names the setting, its value and the words.
    """
    if value not in allowed:
        raise ConfigError(f'{name} "{value}" is not one of: {", ".join(allowed)}')


def rising(name: str, values: tuple[float, ...], example: str) -> None:
    """Refuse numbers that do not rise strictly.

    :raises ConfigError: names the setting and its value.
    """
    if list(values) != sorted(set(values)):
        raise ConfigError(f'{name} {values} must rise strictly, as in {example}')
