"""What a frame is worth: the one function that policies, simulation and evaluation agree on.

    worth = accuracy  * right / 0.1
          - latency   * (latency / latency budget, and 1 more if it is later than that)
          - energy    * joules / joules of the whole network on this robot
          - bandwidth * bytes / bytes of the JPEG picture

So with all weights at 1 ten points of accuracy are worth as much as a whole latency budget, as all
the energy that the network takes on board, or as a picture sent, whatever the bundle and the robot.
"""

import math
from dataclasses import dataclass

import numpy as np

from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.prediction import slowdown
from edge_exit.policy.preference import Preference
from edge_exit.policy.profile import Profile

# Share of right answers that weighs as much as one of each reference.
ACCURACY_UNIT = 0.1
# What a frame costs more, in budgets, if it is later than the budget.
LATE = 1.0


@dataclass(frozen=True, slots=True)
class References:
    """What energy and bytes are compared with.

    :ivar joules: the whole network on this robot, one frame.
    :ivar wire_bytes: message that carries the finest JPEG picture.
    """

    joules: float
    wire_bytes: float


def references(profile: Profile, energy: EnergyModel, head_slowdown: float = 1.0) -> References:
    """Give the references of a bundle on a robot.

    :param head_slowdown: how many times longer than the profile says a segment takes there.
    """
    whole = sum(profile.segment_times) * head_slowdown
    picture = profile.split_bytes[0][0] if profile.split_bytes else math.inf
    joules = float(energy.of_frame(whole, 0, np.inf, 0.0))
    # A robot whose computing costs nothing has no energy to save on board: count in joules.
    return References(joules if joules > 0 else 1.0, picture)


def reference_of(observation: Observation, settings: Settings) -> References:
    """Give the references of the robot that observed this."""
    return references(observation.profile, settings.energy, slowdown(observation))


def reward(
    preference: Preference, reference: References, *, right, latency, joules, wire_bytes, late=None
):
    """Give what frames are worth; numbers or arrays that broadcast.

    :param right: whether the answer is right, or the probability that it is, [0, 1].
    :param latency: from image to result, s.
    :param joules: energy as EnergyModel counts it.
    :param wire_bytes: serialised bytes of the message sent, 0 if none.
    :param late: whether, or how probably, it is later than the budget; from the latency if None.
    """
    relative = latency / preference.latency_budget
    late = relative > 1.0 if late is None else late
    return (
        preference.accuracy * right / ACCURACY_UNIT
        - preference.latency * (relative + LATE * late)
        - preference.energy * joules / reference.joules
        - preference.bandwidth * wire_bytes / reference.wire_bytes
    )
