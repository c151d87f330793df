"""Replays of pictures that steer where a frame leaves, as short as a test needs them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tiny_bundle import camera_image

from edge_exit.bundle import Bundle
from edge_exit.evaluation.run import Run
from edge_exit.link.emulation import LinkSettings
from edge_exit.parameters import head, policy, tail
from edge_exit.parameters.values import values_of
from edge_exit.replay.plan import Plan, Values
from edge_exit.replay.replaying import Known, Replayer

FRAME_S = 0.1
START_NS = 5_000_000_000_000


@dataclass
class Shown:
    """A camera that shows some images, one every FRAME_S seconds."""

    looks: Sequence
    topic: str = '/image'
    compressed: bool = False
    notes: Sequence[str] = ()
    period: float = FRAME_S

    def images(self):
        """Give them with their times; their stamps are a little older."""
        for index, look in enumerate(self.looks):
            time = START_NS + round(1e9 * self.period * index)
            yield time, time - 7_000_000, camera_image('red', look, height=48, width=48)


def plan(link: LinkSettings, *, head_values=None, policy_values=None, **more) -> Plan:
    """Plan a replay with the static policy."""
    chosen = {'policy': 'static'} | (policy_values or {})
    values = Values(
        values_of(head.PARAMETERS, 'head', None, head_values or {}),
        values_of(tail.PARAMETERS, 'tail', None, {}),
        values_of(policy.PARAMETERS, 'policy', None, chosen),
    )
    return Plan(values, link, 'test', **more)


def replay(bundle: Bundle, looks: Sequence, how: Plan, **camera) -> Run:
    """Replay images, each of which leaves at the exit that it is said to; `camera`: see Shown."""
    camera = Shown(looks, **camera)
    return Replayer(bundle).replay('a bag', camera, Known({}, {}), how)
