"""What differs from world to world: robot, server, link, and what the user wants there."""

from dataclasses import dataclass, fields

import numpy as np

from edge_exit.policy.preference import Preference


@dataclass(frozen=True, slots=True)
class Preferences:
    """Fields of `Preference` as arrays, one value for each world, (B,)."""

    accuracy: np.ndarray
    latency: np.ndarray
    energy: np.ndarray
    bandwidth: np.ndarray
    latency_budget: np.ndarray

    def one(self, world: int) -> Preference:
        """Give those of one world."""
        return Preference(*(float(getattr(self, field.name)[world]) for field in fields(self)))


def preferences(all_of_them: list[Preference]) -> Preferences:
    """Put the preferences of all worlds side by side."""
    names = [field.name for field in fields(Preferences)]
    return Preferences(
        *(np.array([getattr(one, name) for one in all_of_them], float) for name in names)
    )


@dataclass(frozen=True, slots=True)
class Worlds:
    """B worlds; arrays (B,), times in s.

    :ivar period: between two images of the camera.
    :ivar deadline: from image to result, as set at the head.
    :ivar head_slowdown, tail_slowdown: times of robot and server over those of the profile.
    :ivar jitter: mean of a random addition to each one-way delay.
    :ivar loss: probability that a frame of the wire is lost.
    :ivar held: segments that the robot holds.
    """

    period: np.ndarray
    deadline: np.ndarray
    head_slowdown: np.ndarray
    tail_slowdown: np.ndarray
    jitter: np.ndarray
    loss: np.ndarray
    held: np.ndarray
    preferences: Preferences

    def __len__(self) -> int:
        return len(self.period)

    def of(self, rows: np.ndarray) -> 'Worlds':
        """Give some of them, each as often as it is named."""
        wanted = self.preferences
        taken = {name.name: getattr(self, name.name) for name in fields(self)[:-1]}
        return Worlds(
            **{name: values[rows] for name, values in taken.items()},
            preferences=Preferences(*(getattr(wanted, one.name)[rows] for one in fields(wanted))),
        )


def alike(count: int, preference: Preference, *, held: int, **values: float) -> Worlds:
    """Make worlds that are alike but for chance; `values` are the other fields of Worlds."""
    usual = {
        'period': 1 / 15,
        'deadline': 0.2,
        'head_slowdown': 1.0,
        'tail_slowdown': 1.0,
        'jitter': 0.0,
        'loss': 0.0,
    }
    arrays = {name: np.full(count, float(value)) for name, value in {**usual, **values}.items()}
    return Worlds(
        **arrays, held=np.full(count, held), preferences=preferences([preference] * count)
    )
