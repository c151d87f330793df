"""Everything about an online replay that is a choice, and the processes that it makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_exit.demo.processes import node_command

TAIL, LINK, HEAD, POLICY, RECORDER, PLAYER = (
    'tail', 'link_emulator', 'head', 'policy', 'bag_recorder', 'bag_player',
)  # fmt: skip
ROBOT = '/robot'
HEAD_NAME, LINK_NAME, PLAYER_NAME, RECORDER_NAME = (
    f'{ROBOT}/head', '/link', '/bag_player', '/bag_recorder',
)  # fmt: skip
TRANSPORTS = {'sensor_msgs/msg/Image': 'raw', 'sensor_msgs/msg/CompressedImage': 'compressed'}
# What judging needs of a robot; images and labels are in the bag that is played.
RECORDED = (
    f'{ROBOT}/inference',
    f'{ROBOT}/link_quality',
    f'{ROBOT}/operating_point',
    '/tail/status',
    '/diagnostics',
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose.

    :ivar bag, topic: the images that are played, and their topic.
    :ivar transport: 'raw' or 'compressed': of what kind the images are.
    :ivar bundle: name or folder.
    :ivar policy: name of the policy; None for that of the parameters.
    :ivar parameters: ROS parameter file for head, tail and policy; None for the defaults.
    :ivar first_link: parameters of the link emulator from the start on.
    :ivar link: those that are set when the first image is played.
    :ivar out: folder of the new bag, the figures and the logs.
    :ivar domain: ROS domain of all processes.
    """

    bag: str
    topic: str
    transport: str
    bundle: str
    out: Path
    domain: int
    policy: str | None = None
    parameters: Path | None = None
    first_link: Mapping[str, Any] = field(default_factory=dict)
    link: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recording(self) -> Path:
        """The new bag."""
        return self.out / 'bag'

    def environment(self) -> dict[str, str]:
        """Give the variables that keep the processes to themselves."""
        return {
            'ROS_DOMAIN_ID': str(self.domain),
            'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
            'ROS_LOG_DIR': str((self.out / 'logs').resolve()),
            'RCUTILS_COLORIZED_OUTPUT': '0',
            'PYTHONUNBUFFERED': '1',
        }

    def commands(self) -> dict[str, list[str]]:
        """Give the command line of each node, in the order in which they start."""
        bundle = {'bundle': str(self.bundle)}
        policy = {'policy': self.policy} if self.policy else {}
        head = {'tails': [LINK_NAME], 'image_transport': self.transport}
        name = 'image' if self.transport == 'raw' else 'image/compressed'
        return {
            TAIL: self._command(TAIL, bundle),
            LINK: self._command(LINK, {'tail': '/tail', **self.first_link}),
            HEAD: self._command(
                HEAD, bundle | head, namespace=ROBOT, remappings={name: self.topic}
            ),
            POLICY: self._command(POLICY, bundle | policy, namespace=ROBOT),
            RECORDER: self._command(
                RECORDER, {'bag': str(self.recording), 'topics': list(RECORDED)}
            ),
            PLAYER: self._command(PLAYER, self._played()),
        }

    def _played(self) -> dict[str, Any]:
        # Results of the day of the recording must not mix with those of today.
        return {
            'bag': self.bag,
            'topics': [self.topic],
            'restamp': False,
            'clock': True,
            'paused': True,
        }

    def _command(
        self,
        node: str,
        parameters: Mapping[str, Any],
        *,
        namespace: str = '/',
        remappings: Mapping[str, str] | None = None,
    ) -> list[str]:
        # The player is what tells the others the time.
        times = {'use_sim_time': node != PLAYER}
        return node_command(
            node,
            {**parameters, **times},
            namespace=namespace,
            file=self.parameters,
            remappings=remappings,
        )
