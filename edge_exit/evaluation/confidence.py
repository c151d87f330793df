"""Whether a network is right as often as it says: temperature, calibration error, histogram."""

import math

import numpy as np

ECE_BINS = 15
HISTOGRAM_BINS = 20
# Temperatures are looked for between 1/_MOST and _MOST, to so much of their logarithm.
_MOST = 50.0
_TOLERANCE = 1e-4
# Keeps the temperature finite where pictures do not decide, as those that are all right.
_PULL = 1e-3
_GOLDEN = (math.sqrt(5) - 1) / 2


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Give the T > 0 that makes softmax(y / T) most likely (Guo et al., arXiv 1706.04599).

    :param logits: of one exit, (N, classes).
    :param labels: true classes, (N,).
    """
    shifted = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    of_label = np.take_along_axis(shifted, labels[:, np.newaxis], 1)[:, 0]

    def unlikeliness(log_t: float) -> float:
        factor = math.exp(-log_t)
        total = np.log(np.exp(shifted * factor).sum(axis=1))
        return float((total - of_label * factor).mean()) + _PULL * log_t**2

    return math.exp(_least(unlikeliness, -math.log(_MOST), math.log(_MOST)))


def softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Give the probability of each class, (N, classes)."""
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Give the expected calibration error, ECE (Guo et al., arXiv 1706.04599), in 15 equal bins.

    That is the mean distance of confidence and accuracy: 0.02 says that of the pictures that the
    network is, say, 80 % sure of, 78 or 82 % are right.

    :param probabilities: of each class, (N, classes).
    :param labels: true classes, (N,).
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gap = np.bincount(place, weights=confidence - right, minlength=ECE_BINS)
    return float(np.abs(gap).sum() / len(labels))


def histogram(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, list[int]]:
    """Count right and wrong answers by confidence, in 20 equal bins from 0 to 1."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels

    def counts(chosen: np.ndarray) -> list[int]:
        return np.histogram(confidence[chosen], HISTOGRAM_BINS, range=(0, 1))[0].tolist()

    return {'right': counts(right), 'wrong': counts(~right)}


def _least(function, low: float, high: float) -> float:
    """Find where a function with one minimum is least, by golden section."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > _TOLERANCE:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2
