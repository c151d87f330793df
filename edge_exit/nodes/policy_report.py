"""What the policy node says of itself on /diagnostics."""

from edge_exit.nodes.diagnostics import OK, WARN, Health
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.interface import Observation
from edge_exit.policy.operating_point import OperatingPoint


def health(
    point: OperatingPoint, observation: Observation, energy: EnergyModel, *, bad: int
) -> Health:
    """Say what was chosen, from what, and what the recent frames cost.

    :param energy: stated or measured constants.
    :param bad: messages that could not be read.
    """
    link, outcomes = observation.link, observation.outcomes
    joules = [frame.joules(energy, link.goodput_bps) for frame in outcomes.recent]
    values = {
        'policy': point.policy,
        'reason': point.reason,
        'split': point.split,
        'exit_threshold': point.exit_threshold,
        'growth_threshold': point.growth_threshold,
        'codec_level': point.codec_level,
        'offload': point.offload,
        'link connected': link.connected,
        'goodput_mbps': link.goodput_bps / 1e6,
        'rtt_ms': 1e3 * link.rtt,
        'head_slowdown': observation.head_slowdown,
        'opening_ms': 1e3 * observation.opening,
        'tail queue': observation.tail.queue,
        'frames': outcomes.frames,
        'frames a second': outcomes.rate,
        'exited': outcomes.exited,
        'offloaded': outcomes.offloaded,
        'fallback': outcomes.fallback,
        'mj a frame': 1e3 * sum(joules) / max(len(joules), 1),
        'compute_watts': energy.compute_watts,
        'idle_watts': energy.idle_watts,
        'bad messages': bad,
    }
    text = f'{point.policy}: {point.reason}'
    # Not refused when set: `ros2 param load` sets one after the other.
    if energy.compute_watts < energy.idle_watts:
        return Health(WARN, f'{text}; compute_watts is below idle_watts', values)
    return Health(OK, text, values)
