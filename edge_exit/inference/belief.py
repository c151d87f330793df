"""The belief: what the exits so far say together.

The recursion of Pomponi et al. (Entropy 24(1):1, 2022) in a form of ours that runs forwards, so
that a head can hand it to a tail:

R_0 = 1, S_0 = 0;  S_i = S_{i-1} + R_{i-1} h_i softmax(y_i / T_i);  R_i = R_{i-1} (1 - h_i);
posterior p_i = S_i / (1 - R_i);  margin m_i = top1(p_i) - top2(p_i).

The halting score h_i = sigmoid(.) says how much of the mass that is left exit i may spend; the last
exit spends it all. The graph of each segment computes S and R in float32, as the Features message
carries them, so that a tail that goes on with a belief computes what the head would have computed.
"""

import numpy as np


class Belief:
    """Class posterior, its margin, and the mass not yet spent.

    A thin view of what a graph gives: one is made after every exit of every frame.

    :param row: class mass S and, last, remaining mass R: float32 (classes + 1,).
    :ivar margin: top1 - top2 of the posterior, in [0, 1]; 0 before the first exit.
    """

    __slots__ = ('margin', 'row')

    def __init__(self, row: np.ndarray) -> None:
        self.row = row
        # Plain floats: on so few numbers array functions would cost more than an exit.
        mass = row.tolist()[:-1]
        total = sum(mass)
        self.margin = 0.0
        if total > 0 and len(mass) > 1:  # anything may come from the network
            mass.sort()
            self.margin = (mass[-1] - mass[-2]) / total

    @property
    def class_mass(self) -> np.ndarray:
        """Mass given to each class so far, S, float32 (classes,)."""
        return self.row[:-1]

    @property
    def remaining(self) -> np.float32:
        """Mass not yet spent, R, float32 in [0, 1]."""
        return self.row[-1]

    @property
    def posterior(self) -> np.ndarray:
        """Probability of each class, float32 (classes,); uniform before the first exit."""
        mass = self.class_mass
        total = mass.sum()
        if total <= 0:
            return np.full_like(mass, 1 / len(mass))
        return mass / total


def belief_of(class_mass: np.ndarray, remaining: float) -> Belief:
    """Give the belief of a class mass, float32 (classes,), and the mass that is left."""
    return Belief(np.append(class_mass, np.float32(remaining)).astype(np.float32, copy=False))


def first(classes: int) -> Belief:
    """Give the belief before any exit has spoken."""
    return Belief(first_rows(1, classes)[0])


def first_rows(count: int, classes: int) -> np.ndarray:
    """Give the rows of so many first beliefs, float32 (count, classes + 1)."""
    rows = np.zeros((count, classes + 1), np.float32)
    rows[:, -1] = 1
    return rows
