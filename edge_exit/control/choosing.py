"""One choice of a policy: what it is told, what the user wants of it, and what is news."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from edge_exit.control.senses import Senses
from edge_exit.parameters.preference import preference, stated_energy
from edge_exit.parameters.wishes import settings
from edge_exit.policy.interface import Policy
from edge_exit.policy.operating_point import OperatingPoint


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


def is_news(point: OperatingPoint, before: OperatingPoint | None) -> bool:
    """Say whether a choice changes where frames run, so that the head should hear it at once."""
    return before is None or _where(point) != _where(before)


def _where(point: OperatingPoint) -> tuple[int, int, bool]:
    return point.split, point.codec_level, point.offload
