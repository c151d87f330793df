"""One choice of a policy: what it is told, what the user wants of it, and what is news."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from edge_exit.control.senses import Senses
from edge_exit.link.quality import LinkQuality
from edge_exit.parameters.preference import preference, stated_energy
from edge_exit.parameters.wishes import settings
from edge_exit.policy.interface import Policy
from edge_exit.policy.operating_point import OperatingPoint

# A link that differs by less can wait for the next regular choice: a choice takes time that a slow
# robot's frames need. Ratio; and s and shares that never matter.
MATTERS = 1.25
LEAST_RTT = 0.002
LEAST_LOSS = 0.05


def choose(policy: Policy, senses: Senses, values: Mapping[str, Any], now: float) -> OperatingPoint:
    """Let a policy choose.

    :param values: the policy node's parameters.
    """
    wanted = replace(
        settings(values),
        preference=preference(values),
        energy=senses.energy(stated_energy(values)),
        energy_budget=values['energy_budget'],
    )
    return policy.choose(senses.observe(now, values['link_timeout_s']), wanted)


def matters(quality: LinkQuality, before: LinkQuality) -> bool:
    """Say whether a link differs so much from what was heard before that one should choose anew."""
    if quality.connected != before.connected:
        return True
    return quality.connected and (
        _differ(quality.goodput_bps, before.goodput_bps, 0.0)
        or _differ(quality.rtt, before.rtt, LEAST_RTT)
        or abs(quality.loss - before.loss) > LEAST_LOSS
    )


def _differ(value: float, before: float, least: float) -> bool:
    if math.isnan(value) or math.isnan(before):
        return math.isnan(value) != math.isnan(before)
    low, high = sorted((value, before))
    return high > max(MATTERS * low, low + least)


def is_news(point: OperatingPoint, before: OperatingPoint | None) -> bool:
    """Say whether a choice changes where frames run, so that the head should hear it at once."""
    return before is None or _where(point) != _where(before)


def _where(point: OperatingPoint) -> tuple[int, int, bool]:
    return point.split, point.codec_level, point.offload
