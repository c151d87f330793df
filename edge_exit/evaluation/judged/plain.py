"""Numbers as JSON has them: plain, finite, and no digits that mean nothing."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

DIGITS = 6


def plain(value: Any) -> Any:
    """Make values of numpy plain; floats get six digits, what is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f'{value:.{DIGITS}g}') if math.isfinite(value) else None
    return value


def mean(values: np.ndarray) -> float | None:
    """Give the mean of what is known; None if nothing is."""
    known = values[np.isfinite(values)] if values.dtype.kind == 'f' else values
    return float(known.mean()) if len(known) else None


def percentiles(values: np.ndarray, percents: tuple[float, ...]) -> list[float | None]:
    """Interpolate percentiles, 0 to 100; None without values."""
    if not len(values):
        return [None] * len(percents)
    return np.percentile(values, percents).tolist()
