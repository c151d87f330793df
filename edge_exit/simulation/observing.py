"""What the robot of one world knows, as policies are told it on a real one."""

import math
from collections.abc import Sequence

from edge_exit.link.quality import LinkQuality
from edge_exit.policy.interface import Observation, TailState
from edge_exit.policy.profile import Profile
from edge_exit.policy.statistics import Statistics
from edge_exit.simulation.simulator import Sight, Simulator


class Observer:
    """Gives the observation of every world; statistics are those of the policy node."""

    def __init__(self, simulator: Simulator, profile: Profile) -> None:
        self._simulator, self._profile = simulator, profile
        self._statistics = [Statistics(profile) for _ in range(len(simulator.worlds))]
        self._read = [0] * len(self._statistics)

    def observe(self) -> list[Observation]:
        """Give what each robot knows now; to be called once a step, or results are forgotten."""
        sight, found = self._simulator.sight(), []
        for world, statistics in enumerate(self._statistics):
            ended = self._simulator.history.released(world, self._read[world], sight.now)
            self._read[world] += len(ended)
            for one in ended:
                statistics.note(one)
            found.append(
                Observation(
                    profile=self._profile,
                    link=_link(sight, world),
                    tail=_tail(sight, world, self._profile.segment_times),
                    head_slowdown=statistics.head_slowdown(),
                    outcomes=statistics.outcomes(sight.now),
                    now=sight.now,
                )
            )
        return found


def _link(sight: Sight, world: int) -> LinkQuality:
    names = ['goodput_bps', 'goodput_age', 'rtt', 'jitter', 'loss', 'probe_bytes_per_s']
    values = {name: float(getattr(sight.link, name)[world]) for name in names}
    return LinkQuality(connected=bool(sight.link.connected[world]), **values)


def _tail(sight: Sight, world: int, reference: Sequence[float]) -> TailState:
    slower = float(sight.tail_slowdown[world])
    if math.isnan(slower):
        return TailState()
    return TailState(service=tuple(slower * time for time in reference))
