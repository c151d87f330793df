"""What every policy is told, and what it answers."""

from dataclasses import dataclass, field
from typing import Protocol

from edge_exit.link.quality import LinkQuality
from edge_exit.policy.ended import Ended
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.preference import Preference
from edge_exit.policy.profile import Profile


@dataclass(frozen=True, slots=True)
class TailState:
    """What a tail says about itself.

    :ivar service: time of each segment with its exit there, one picture, s; empty if not known.
    :ivar queue: frames waiting there.
    :ivar load: share of time in which its network runs, [0, 1].
    """

    service: tuple[float, ...] = ()
    queue: int = 0
    load: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the recent frames ended.

    :ivar frames: number of results counted.
    :ivar rate: results a second; 0 if not known.
    :ivar interval: usual time between two images that come one after the other, s; 0 if not known.
    :ivar exited, offloaded, fallback: shares of them, [0, 1].
    :ivar exits: shares of them that left at each exit, on the robot or at the tail; a fallback left
        at none. Empty if not known.
    :ivar margin: mean margin of their beliefs.
    :ivar total: mean time from image to result, s.
    :ivar wire_bytes: mean bytes sent a frame.
    :ivar recent: the frames themselves, the newest last.
    """

    frames: int = 0
    rate: float = 0.0
    interval: float = 0.0
    exited: float = 0.0
    offloaded: float = 0.0
    fallback: float = 0.0
    margin: float = 0.0
    total: float = 0.0
    wire_bytes: float = 0.0
    exits: tuple[float, ...] = ()
    recent: tuple[Ended, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """All that a policy may know at one moment.

    :ivar head_slowdown: how many times longer than the profile says a frame takes on the robot.
    :ivar opening: how much longer opening an image takes this robot than the profile says for one
        so much slower, s; below 0 if shorter.
    :ivar now: when this was observed, s, on the clock of Ended.at.
    """

    profile: Profile
    link: LinkQuality = field(default_factory=LinkQuality)
    tail: TailState = field(default_factory=TailState)
    head_slowdown: float = 1.0
    opening: float = 0.0
    outcomes: Outcomes = field(default_factory=Outcomes)
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user wants; may change between any two choices.

    :ivar split: split of the static policy.
    :ivar codec_level: finest level that may be used.
    :ivar local_segments: segments that the robot holds; all if 0.
    :ivar min_depth: segments that must have run before a frame may be offloaded.
    :ivar deadline: time that a frame has from its image to its result, s; infinite = no limit.
    :ivar hysteresis: share of the predicted time that another choice must save.
    :ivar preference: what accuracy, latency, energy and bytes weigh, and the latency budget.
    :ivar energy: what a frame costs this robot.
    :ivar energy_budget: mean energy of a frame that Lyapunov keeps to, as a share of that of the
        whole network on board.
    """

    split: int = 1
    exit_threshold: float = 0.8
    growth_threshold: float = 0.0
    codec_level: int = 1
    offload: bool = True
    local_segments: int = 0
    min_depth: int = 0
    deadline: float = float('inf')
    hysteresis: float = 0.1
    preference: Preference = field(default_factory=Preference)
    energy: EnergyModel = field(default_factory=EnergyModel)
    energy_budget: float = 0.5

    def point(self, *, policy: str, reason: str) -> OperatingPoint:
        """Give the user's own operating point, signed by a policy."""
        return OperatingPoint(
            split=self.split,
            exit_threshold=self.exit_threshold,
            growth_threshold=self.growth_threshold,
            codec_level=self.codec_level,
            offload=self.offload,
            policy=policy,
            reason=reason,
        )


class Policy(Protocol):
    """Chooses operating points; may remember what it chose and saw."""

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Choose what holds from now on; always finite, whatever is NaN in the observation."""
        ...
