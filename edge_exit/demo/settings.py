"""Everything about the demo that is a choice: the robot, the server, where it writes."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from edge_exit.demo.phases import PHASES
from edge_exit.demo.processes import node_command

HEAD, POLICY, LINK, TAIL, PLAYER = 'head', 'policy', 'link_emulator', 'tail', 'bag_player'
ROBOT = '/robot'
HEAD_NAME, LINK_NAME = f'{ROBOT}/head', '/link'
PARAMETERS = files('edge_exit') / 'config' / 'demo.yaml'
BAG = files('edge_exit') / 'demo' / 'bag'
HEAD_PARAMETERS = yaml.safe_load(PARAMETERS.read_text())[HEAD_NAME]['ros__parameters']
BUNDLE = HEAD_PARAMETERS['bundle']
DEADLINE = HEAD_PARAMETERS['deadline_ms'] / 1e3


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose.

    :ivar seconds: how long the phases run together.
    :ivar out: folder of summary, picture and logs.
    :ivar domain: ROS domain of the demo's processes.
    """

    seconds: float
    out: Path
    domain: int


def environment(settings: Settings) -> dict[str, str]:
    """Give the variables that keep the demo's processes to themselves."""
    return {
        'ROS_DOMAIN_ID': str(settings.domain),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_LOG_DIR': str((settings.out / 'logs').resolve()),
        'RCUTILS_COLORIZED_OUTPUT': '0',
        'PYTHONUNBUFFERED': '1',
    }


def commands() -> dict[str, list[str]]:
    """Give the command line of each node, in the order in which they start."""
    return {
        TAIL: node_command(TAIL, {}, file=PARAMETERS),
        LINK: node_command(LINK, PHASES[0].link, file=PARAMETERS),
        HEAD: node_command(HEAD, {}, namespace=ROBOT, file=PARAMETERS),
        POLICY: node_command(POLICY, {}, namespace=ROBOT, file=PARAMETERS),
        PLAYER: node_command(PLAYER, {'bag': str(BAG)}, file=PARAMETERS),
    }
