"""What replay.launch.py needs to know of a bag to start the nodes for it; no ROS in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.bag import Bag
from edge_exit.evaluation.bags.camera import open_camera
from edge_exit.evaluation.bags.labels import LABEL
from edge_exit.online.settings import TRANSPORTS
from edge_exit.parameters import head
from edge_exit.parameters.values import values_of


@dataclass(frozen=True, slots=True)
class Played:
    """Parameters and names of the nodes of a launched replay.

    :ivar topic: of the images.
    :ivar head, player, recorder: parameters of these nodes.
    :ivar tail: fully qualified name of the tail.
    :ivar remappings: of the head.
    """

    topic: str
    out: Path
    head: dict[str, Any]
    player: dict[str, Any]
    recorder: dict[str, Any]
    tail: str
    remappings: list[tuple[str, str]]

    def bundle_of(self, parameters: Path) -> str:
        """Give the bundle that a parameter file has for the head."""
        return values_of(head.PARAMETERS, 'head', parameters, {})['bundle']


def played(bag: str, topic: str | None, *, namespace: str, out: Path) -> Played:
    """Find out how a bag is played.

    :param topic: of the images; None for the only one.
    :param namespace: of all nodes; '' for none.
    :raises ConfigError: if the bag or the images are not there, or the new bag is.
    """
    camera = open_camera(bag, topic)
    with Bag(bag) as opened:
        transport = TRANSPORTS[opened.types[camera.topic]]
        topics = [camera.topic, *opened.of_type(LABEL)]
    if (out / 'bag').exists():
        raise ConfigError(f'{out / "bag"} exists already: remove it, or choose another out')
    prefix = f'/{namespace.strip("/")}' if namespace.strip('/') else ''
    robot = f'{prefix}/robot'
    own = ('inference', 'link_quality', 'operating_point')
    recorded = [*(f'{robot}/{name}' for name in own), f'{prefix}/tail/status', '/diagnostics']
    waits = [f'{robot}/head', f'{prefix}/bag_recorder']
    return Played(
        topic=camera.topic,
        out=out,
        head={'tails': [f'{prefix}/link'], 'image_transport': transport},
        player={
            'bag': bag, 'topics': topics, 'restamp': False, 'clock': True, 'wait_for': waits
        },
        recorder={'bag': str(out / 'bag'), 'topics': recorded + topics},
        tail=f'{prefix}/tail',
        remappings=[('image' if transport == 'raw' else 'image/compressed', camera.topic)],
    )  # fmt: skip
