"""What is compared: all registered policies, and some that only a simulation can have."""

from collections.abc import Callable
from dataclasses import replace

from edge_exit.evaluation.exit_curves import NEVER
from edge_exit.policy import registry
from edge_exit.policy.dynamic_split import DynamicSplit
from edge_exit.policy.interface import Observation, Policy, Settings
from edge_exit.policy.operating_point import OperatingPoint


class OnBoard:
    """The whole network on the robot, without exits."""

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Keep every frame."""
        point = settings.point(policy='on_board', reason='all on board')
        return replace(point, offload=False, exit_threshold=NEVER)


class Jpeg:
    """Every picture to the server, as JPEG of the default quality; the whole network there."""

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Send the picture."""
        point = settings.point(policy='jpeg', reason='all at the server')
        return replace(point, split=0, codec_level=1, offload=True, exit_threshold=NEVER)


class SplitWithoutExits:
    """Dynamic split computing (arXiv 2205.11269) of a network that has no exits."""

    def __init__(self) -> None:
        self._rule = DynamicSplit()

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Let the rule choose where frames run that all go to the end."""
        point = self._rule.choose(observation, replace(settings, exit_threshold=NEVER))
        return replace(point, policy='split_without_exits')


BASELINES: dict[str, Callable[[], Policy]] = {
    'on_board': OnBoard,
    'jpeg': Jpeg,
    'split_without_exits': SplitWithoutExits,
}


def contenders() -> dict[str, Callable[[], Policy]]:
    """Give what makes each of them, by name."""
    return {**registry.POLICIES, **BASELINES}
