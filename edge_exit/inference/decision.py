"""Exit, offload or go on: what to do after an exit has spoken (METHODS 1)."""

from enum import Enum


class Decision(Enum):
    """What to do with a frame after an exit."""

    EXIT = 'exit'
    OFFLOAD = 'offload'
    CONTINUE = 'continue'


def decide(
    sureness: list[float],
    *,
    exit_threshold: float,
    growth_threshold: float,
    at_split: bool,
    may_offload: bool,
) -> Decision:
    """Decide by what an exit rule says, and how that grew.

    :param sureness: after each exit so far, the newest last; at least one.
    :param exit_threshold: theta, leave when the sureness reaches it.
    :param growth_threshold: delta, offload when it grew by less since the exit before.
    :param at_split: whether the head ends here.
    :param may_offload: whether the link, the policy and the user allow the frame to leave.
    """
    if sureness[-1] >= exit_threshold:
        return Decision.EXIT
    if may_offload and (at_split or _slow(sureness, growth_threshold)):
        return Decision.OFFLOAD
    return Decision.CONTINUE


def _slow(sureness: list[float], growth_threshold: float) -> bool:
    return len(sureness) >= 2 and sureness[-1] - sureness[-2] < growth_threshold
