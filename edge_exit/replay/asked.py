"""What a user asks to be replayed, and the plan that it makes for one bag."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.links import link_of
from edge_exit.link.emulation import LinkSettings
from edge_exit.link.traces import LARGEST_MBPS, read_trace
from edge_exit.parameters import head, policy, tail
from edge_exit.parameters.values import values_of
from edge_exit.policy.profile import profile_of
from edge_exit.replay.plan import Plan, Values
from edge_exit.replay.timing import PROFILE

RECORDED = 'recorded'


@dataclass(frozen=True, slots=True)
class Asked:
    """What is replayed, but for the bag.

    :ivar policy: name of the policy; None for that of the parameters.
    :ivar parameters: ROS parameter file for head, tail and policy; None for the defaults.
    :ivar chosen: parameters of the policy node that count above those of the file.
    :ivar link: 'recorded', a trace file, or a rate in Mbit/s.
    :ivar rtt_ms: round-trip time of the link where a trace has none.
    :ivar loss: probability that a frame of the wire is lost.
    """

    policy: str | None
    parameters: Path | None = None
    link: str = RECORDED
    rtt_ms: float = 5.0
    loss: float = 0.0
    robot_slowdown: float = 1.0
    server_slowdown: float = 1.0
    times: str = PROFILE
    seed: int = 0
    chosen: Mapping[str, Any] = field(default_factory=dict)


def values_for(asked: Asked, bundle: Bundle) -> Values:
    """Give the parameters of all nodes.

    :raises ConfigError: if they are not possible with this bundle.
    """
    wanted = dict(asked.chosen) | ({'policy': asked.policy} if asked.policy else {})
    values = Values(
        head=values_of(head.PARAMETERS, 'head', asked.parameters, {}),
        tail=values_of(tail.PARAMETERS, 'tail', asked.parameters, {}),
        policy=values_of(policy.PARAMETERS, 'policy', asked.parameters, wanted),
    )
    try:
        head.check(values.head)
        policy.check(values.policy, profile_of(bundle))
    except ValueError as error:
        raise ConfigError(f'{asked.parameters or "parameters"}: {error}') from error
    held = values.head['local_segments']
    if held > len(bundle.segments):
        raise ConfigError(
            f'local_segments of the head is {held}, bundle "{bundle.name}" has '
            f'{len(bundle.segments)}; use 1..{len(bundle.segments)}, or 0 for all'
        )
    return values


def plan_for(asked: Asked, bundle: Bundle, bag: str, start: int, skipped: float = 0.0) -> Plan:
    """Make the plan for one bag.

    :param start: when its first image was recorded, ns.
    :param skipped: part of the bag that is left out at its begin, s.
    :raises ConfigError: if the link or the parameters are not possible.
    """
    link, name = _link(asked, bag, start)
    return Plan(
        values=values_for(asked, bundle),
        link=link,
        link_name=name,
        skipped=skipped,
        robot_slowdown=asked.robot_slowdown,
        server_slowdown=asked.server_slowdown,
        times=asked.times,
        seed=asked.seed,
    )


def _link(asked: Asked, bag: str, start: int) -> tuple[LinkSettings, str]:
    settings = {'delay': asked.rtt_ms / 2e3, 'loss': asked.loss}
    lossy = f', {100 * asked.loss:g} % loss' if asked.loss else ''
    if asked.link == RECORDED:
        return LinkSettings(trace=link_of(bag, start), **settings), RECORDED + lossy
    rate = _number(asked.link)
    if rate is None:
        return LinkSettings(trace=read_trace(asked.link), **settings), (
            Path(asked.link).name + lossy
        )
    if not 0 <= rate <= LARGEST_MBPS:
        raise ConfigError(f'--link is {asked.link} Mbit/s, not 0..{LARGEST_MBPS:g}')
    name = f'{rate:g} Mbit/s, {asked.rtt_ms:g} ms{lossy}'
    return LinkSettings(rate_bps=1e6 * rate, **settings), name


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
