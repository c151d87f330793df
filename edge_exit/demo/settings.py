"""Everything about the demo that is a choice: the robot, the server, where it writes."""

import json
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from edge_exit.demo.phases import PHASES

HEAD, POLICY, LINK, TAIL, PLAYER = 'head', 'policy', 'link_emulator', 'tail', 'bag_player'
ROBOT = '/robot'
HEAD_NAME, LINK_NAME, TAIL_NAME = f'{ROBOT}/head', '/link', '/tail'
BUNDLE = 'fashion_mnist'
# The robot is small: it holds the first part of the network and must ask for the rest.
LOCAL_SEGMENTS = 1
# The least that costs at most 0.2 points of accuracy on the bundle's validation pictures.
EXIT_THRESHOLD = 0.8
# Raw features where the link allows: a narrow one then shows in the codec level.
FINEST_CODEC_LEVEL = 0
DEADLINE = 0.2


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
    # What head and policy must agree on.
    robot = {
        'bundle': BUNDLE,
        'local_segments': LOCAL_SEGMENTS,
        'deadline_ms': DEADLINE * 1e3,
        'exit_threshold': EXIT_THRESHOLD,
    }
    head = {'image_transport': 'compressed', 'tails': [LINK_NAME]}
    policy = {'policy': 'dynamic_split', 'codec_level': FINEST_CODEC_LEVEL}
    return {
        TAIL: _command(TAIL, {'bundle': BUNDLE}),
        LINK: _command(LINK, {'tail': TAIL_NAME} | PHASES[0].link),
        HEAD: _command(HEAD, robot | head, ROBOT),
        POLICY: _command(POLICY, robot | policy, ROBOT),
        PLAYER: _command(PLAYER, {'bag': str(files('edge_exit') / 'demo' / 'bag'), 'loop': True}),
    }


def _command(node: str, parameters: dict[str, Any], namespace: str = '/') -> list[str]:
    command = [sys.executable, '-m', f'edge_exit.nodes.{node}']
    command += ['--ros-args', '-r', f'__ns:={namespace}']
    for name, value in parameters.items():
        command += ['-p', f'{name}:={json.dumps(value)}']
    return command
