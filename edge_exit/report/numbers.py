"""Figures as people read them, with their units; a dash where nothing is known."""

from collections.abc import Callable

NONE = '–'
# Keeps a number and its unit on one line.
SPACE = '\N{NARROW NO-BREAK SPACE}'
MINUS = '\N{MINUS SIGN}'
_SI = ((1e9, 'G'), (1e6, 'M'), (1e3, 'k'), (1.0, ''), (1e-3, 'm'), (1e-6, 'µ'))


def digits(value: float, most: int = 3) -> str:
    """Write a number with so many significant digits, but never fewer than its whole part has."""
    if value == 0:
        return '0'
    text = f'{value:.{most}g}'
    text = f'{float(text):.10f}'.rstrip('0').rstrip('.') if 'e' in text else text
    return text.replace('-', MINUS)


def percent(value: float | None) -> str:
    """Write a share."""
    if value is None:
        return NONE
    places = 2 if 0 < value < 0.01 or 0.99 < value < 1 else 1
    return f'{100 * value:.{places}f}{SPACE}%'


def milliseconds(value: float | None) -> str:
    """Write a time that is in ms."""
    if value is None:
        return NONE
    return f'{digits(value)}{SPACE}ms'


def si(value: float | None, unit: str) -> str:
    """Write a number with k, M, m or µ before its unit."""
    if value is None:
        return NONE
    factor, prefix = next(
        ((f, p) for f, p in _SI if abs(value) >= f * 0.9995), (_SI[-1] if value else (1.0, ''))
    )
    if unit == 'B' and factor < 1:
        factor, prefix = 1.0, ''
    return f'{digits(value / factor)}{SPACE}{prefix}{unit}'


def count(value: int | None) -> str:
    """Write a whole number in groups of three digits."""
    return NONE if value is None else f'{value:,}'.replace(',', SPACE)


def seconds(value: float) -> str:
    """Write a length of time, or a moment, of seconds up to hours."""
    if value < 120:
        return f'{digits(value, 4)}{SPACE}s'
    minutes, rest = divmod(round(value), 60)
    if minutes < 120:
        return f'{minutes}:{rest:02d}{SPACE}min'
    return f'{minutes // 60}:{minutes % 60:02d}:{rest:02d}{SPACE}h'


def signed(write: Callable[[float | None], str], value: float | None) -> str:
    """Write a difference with its sign."""
    if value is None:
        return NONE
    if value == 0:
        return write(0.0)
    return ('+' if value > 0 else MINUS) + write(abs(value))


def points(value: float | None) -> str:
    """Write a difference of shares in percentage points."""
    return NONE if value is None else f'{100 * value:.2f}{SPACE}pp'
