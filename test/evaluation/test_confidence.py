"""Temperature, calibration error and histogram mean what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_exit.evaluation import confidence


def drawn(count: int, classes: int, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Give logits, and labels that are as likely as softmax of the logits says."""
    random = np.random.default_rng(0)
    logits = strength * random.normal(size=(count, classes))
    gumbel = -np.log(-np.log(random.random((count, classes))))
    return logits, (logits + gumbel).argmax(axis=1)


@pytest.mark.parametrize('temperature', [0.2, 1.0, 3.0])
def test_the_temperature_that_logits_were_spoilt_by_is_found_and_makes_them_honest(temperature):
    logits, labels = drawn(20_000, 5, 2.0)
    spoilt = logits * temperature
    found = confidence.fit_temperature(spoilt, labels)
    assert found == pytest.approx(temperature, rel=0.05)
    after = confidence.calibration_error(confidence.softmax(spoilt, found), labels)
    assert after < 0.015
    if temperature != 1:
        before = confidence.calibration_error(confidence.softmax(spoilt, 1.0), labels)
        assert before > 5 * after


def test_pictures_that_are_all_right_leave_the_temperature_finite():
    logits = 10 * np.eye(3)
    assert 0.01 < confidence.fit_temperature(logits, np.arange(3)) < 100


def test_calibration_error_is_the_gap_between_saying_and_being_right():
    sure = np.array([[0.9, 0.1]] * 10)
    labels = np.array([0] * 7 + [1] * 3)
    assert confidence.calibration_error(sure, labels) == pytest.approx(0.2)
    certain = np.array([[1.0, 0.0]] * 4)
    assert confidence.calibration_error(certain, np.zeros(4, int)) == 0
    # Errors of two bins do not make up for each other.
    both = np.concatenate([sure, np.array([[0.55, 0.45]] * 10)])
    all_labels = np.concatenate([labels, np.array([0] * 8 + [1] * 2)])
    assert confidence.calibration_error(both, all_labels) == pytest.approx((2 + 2.5) / 20)


def test_histogram_counts_right_and_wrong_answers_by_confidence():
    probabilities = np.array([[0.97, 0.03], [0.97, 0.03], [0.52, 0.48], [1.0, 0.0]])
    found = confidence.histogram(probabilities, np.array([0, 1, 0, 0]))
    assert len(found['right']) == len(found['wrong']) == confidence.HISTOGRAM_BINS
    assert (found['right'][10], found['right'][19], found['wrong'][19]) == (1, 2, 1)


@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.floats(0.1, 60))
@settings(max_examples=40, deadline=None)
def test_nothing_is_ever_out_of_range(seed, classes, strength):
    random = np.random.default_rng(seed)
    logits = (strength * random.normal(size=(17, classes))).astype(np.float32)
    labels = random.integers(0, classes, 17)
    probabilities = confidence.softmax(logits, confidence.fit_temperature(logits, labels))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert 0 <= confidence.calibration_error(probabilities, labels) <= 1
    counts = confidence.histogram(probabilities, labels)
    assert sum(counts['right']) + sum(counts['wrong']) == 17
