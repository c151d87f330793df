"""What goes into the learned policy's graph: what is known of the world, number by number."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from edge_exit.policy.energy import EnergyModel


@dataclass(frozen=True, slots=True)
class Known:
    """What a robot has measured, and what its user wants; s, bit/s.

    Numbers on a robot; arrays (B, 1) of B robots in the simulation; names of tensors in the making
    of a graph.

    :ivar opening: how much longer opening an image takes than its profile and slowdown say.
    :ivar finest: finest codec level that the user allows.
    :ivar whole_time: the whole network on the reference machine.
    :ivar picture_bytes: of a message that carries the finest JPEG.
    :ivar last: candidate that holds now, -1 if none does.
    """

    connected: Any
    goodput_bps: Any
    goodput_age: Any
    rtt: Any
    jitter: Any
    loss: Any
    head_slowdown: Any
    opening: Any
    tail_slowdown: Any
    rate: Any
    interval: Any
    offloaded: Any
    fallback: Any
    total: Any
    deadline: Any
    accuracy: Any
    latency: Any
    energy: Any
    bandwidth: Any
    latency_budget: Any
    offload: Any
    finest: Any
    whole_time: Any
    picture_bytes: Any
    last: Any


_KNOWN = tuple(field.name for field in fields(Known))
_ENERGY = tuple(field.name for field in fields(EnergyModel))
# How many numbers the graph takes.
GIVEN = len(_KNOWN) + len(_ENERGY)


def given(known: Known, energy: EnergyModel) -> np.ndarray:
    """Put what one robot knows into the form that the graph takes, float32 (1, GIVEN)."""
    values = [getattr(known, name) for name in _KNOWN]
    return np.array([values + [getattr(energy, name) for name in _ENERGY]], np.float32)


def taken_apart(values) -> tuple[Known, EnergyModel]:
    """Do the opposite, with whatever stands for the numbers, in the same order."""
    return Known(*values[: len(_KNOWN)]), EnergyModel(*values[len(_KNOWN) :])
