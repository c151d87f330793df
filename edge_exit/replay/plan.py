"""What is replayed, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge_exit.link.emulation import LinkSettings
from edge_exit.replay.timing import PROFILE, REAL

# What decides how a replay goes, and how its energy is judged.
_OF_HEAD = ('deadline_ms', 'local_segments', 'max_in_flight', 'sending', 'exit_rule')
_OF_POLICY = (
    'exit_threshold', 'growth_threshold', 'split', 'codec_level', 'offload',
    'accuracy_weight', 'latency_weight', 'energy_weight', 'bandwidth_weight',
    'latency_budget_ms', 'energy_budget', 'compute_watts', 'idle_watts', 'radio_watts',
    'radio_nj_per_bit', 'tail_watts',
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Values:
    """Parameters of the three nodes, by name."""

    head: Mapping[str, Any]
    tail: Mapping[str, Any]
    policy: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a bag is replayed.

    :ivar values: parameters of head, tail and policy.
    :ivar link: what the link does in each direction.
    :ivar link_name: as it is called in reports.
    :ivar skipped: how far a trace of the link has gone when the first image comes, s.
    :ivar robot_slowdown, server_slowdown: times slower than the machine that the bundle was
        profiled on; than this machine, if times are real.
    :ivar times: 'profile' takes computing times from the bundle, 'real' measures them here.
    :ivar seed: decides what the link loses.
    """

    values: Values
    link: LinkSettings = field(default_factory=LinkSettings)
    link_name: str = ''
    skipped: float = 0.0
    robot_slowdown: float = 1.0
    server_slowdown: float = 1.0
    times: str = PROFILE
    seed: int = 0

    @property
    def real(self) -> bool:
        """Say whether computing times are measured here."""
        return self.times == REAL

    def settings(self) -> dict[str, float | int | str | bool]:
        """Give all that decided how the replay went, by name."""
        return {
            **settings_of(self.values),
            'robot_slowdown': self.robot_slowdown,
            'server_slowdown': self.server_slowdown,
            'times': self.times,
            'seed': self.seed,
            'rtt_ms': 2e3 * self.link.delay,
            'loss': self.link.loss,
        }


def settings_of(values: Values) -> dict[str, float | int | str | bool]:
    """Give the parameters that decide how a robot works, by name."""
    return {
        **{name: values.head[name] for name in _OF_HEAD},
        **{name: values.policy[name] for name in _OF_POLICY},
    }
