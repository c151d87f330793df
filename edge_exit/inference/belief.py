"""The belief: what the exits so far say together (METHODS 1, streaming form).

R_0 = 1, S_0 = 0;  S_i = S_{i-1} + R_{i-1} h_i softmax(y_i / T_i);  R_i = R_{i-1} (1 - h_i);
posterior p_i = S_i / (1 - R_i);  margin m_i = top1(p_i) - top2(p_i).

The halting score h_i = sigmoid(.) says how much of the mass that is left exit i may spend; the last
exit spends it all. After each exit everything is rounded to float32, as in the Features message, so
that a tail that carries a belief on computes bit by bit what the head would have computed.
"""

import math
from dataclasses import dataclass

import numpy as np

# An exit that would spend less has nothing to say, yet its posterior must stay defined.
SMALLEST_HALT = 1e-6
ONE = np.float32(1.0)


@dataclass(frozen=True, slots=True)
class Belief:
    """Class posterior, its margin, and the mass not yet spent.

    :ivar class_mass: S, mass given to each class so far, float32 (classes,).
    :ivar remaining: R, mass not yet spent, float32 in [0, 1].
    :ivar margin: top1 - top2 of the posterior, float32 in [0, 1].
    """

    class_mass: np.ndarray
    remaining: np.float32
    margin: np.float32

    @property
    def posterior(self) -> np.ndarray:
        """Probability of each class, float32 (classes,); uniform before the first exit."""
        total = self.class_mass.sum()
        if total <= 0:
            return np.full_like(self.class_mass, 1 / len(self.class_mass))
        return self.class_mass / total


def first(classes: int) -> Belief:
    """Give the belief before any exit has spoken."""
    return Belief(np.zeros(classes, np.float32), ONE, np.float32(0.0))


def fold(
    belief: Belief, logits: np.ndarray, halt_logit: float, *, temperature: float, last: bool
) -> Belief:
    """Fold what one exit says into the belief.

    :param logits: y_i of the exit, float32 (classes,).
    :param halt_logit: logit of its halting score; ignored if last.
    :param temperature: T_i > 0 of the exit.
    :param last: whether this is the network's last exit, which spends all mass that is left.
    """
    # Plain floats: on so few numbers the overhead of array functions would cost more than an exit.
    values = logits.tolist()
    top = max(values)
    mass = [math.exp((value - top) / temperature) for value in values]
    remaining = float(belief.remaining)
    spent = remaining if last else remaining * _halting_score(float(halt_logit))
    share = spent / sum(mass)
    before = belief.class_mass.tolist()
    given = [old + share * new for old, new in zip(before, mass, strict=True)]
    return Belief(
        np.array(given, np.float32), np.float32(remaining - spent), np.float32(_margin(given))
    )


def _halting_score(logit: float) -> float:
    score = 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0)))
    return max(score, SMALLEST_HALT)


def _margin(class_mass: list[float]) -> float:
    *_, second, first = sorted(class_mass)
    return (first - second) / sum(class_mass)
