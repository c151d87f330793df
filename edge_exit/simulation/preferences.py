"""What users want in a comparison: some preferences by name, any other by its weights."""

from dataclasses import fields, replace

from edge_exit.errors import ConfigError
from edge_exit.policy.preference import Preference

_BALANCED = Preference(accuracy=1.0, latency=1.0, energy=1.0, bandwidth=1.0)
# Each but the first asks for one thing more than for the others; `accurate` is the default.
PREFERENCES = {
    'balanced': _BALANCED,
    'accurate': Preference(),
    'fast': replace(_BALANCED, latency=4.0),
    'frugal': replace(_BALANCED, energy=4.0),
    'thin': replace(_BALANCED, bandwidth=4.0),
}
_FIELDS = tuple(field.name for field in fields(Preference))


def preferences_of(asked: list[str] | None) -> dict[str, Preference]:
    """Give preferences by what they were asked for as; all that have a name if none was.

    :param asked: names, or weights as `accuracy=10,latency=5`: others are those of the default, the
        latency budget is in s.
    :raises ConfigError: for what is neither.
    """
    return {text: _one(text) for text in asked or PREFERENCES}


def _one(text: str) -> Preference:
    if text in PREFERENCES:
        return PREFERENCES[text]
    pairs = [part.partition('=') for part in text.split(',')]
    if any(name not in _FIELDS for name, _, _ in pairs):
        raise ConfigError(
            f'preference "{text}" is neither one of {", ".join(PREFERENCES)} nor weights such as '
            f'accuracy=10,latency=5 (of {", ".join(_FIELDS)})'
        )
    try:
        return Preference(**{name: float(value) for name, _, value in pairs})
    except ValueError as error:
        raise ConfigError(f'preference "{text}": {error}') from None
