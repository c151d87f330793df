"""Start robot, server, an emulated link between them and the shipped bag on one machine."""

from importlib.resources import files

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction
from launch_ros.actions import Node

from edge_exit.nodes.launching import arguments, node


def generate_launch_description() -> LaunchDescription:
    """Describe the demo; change its link with `ros2 param set /link rate_mbps 0.2`."""
    return LaunchDescription([*arguments('demo.yaml'), OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[Node]:
    bag = str(files('edge_exit') / 'demo' / 'bag')
    return [
        node(context, 'tail'),
        node(context, 'link_emulator', name='link', takes_bundle=False),
        node(context, 'head', namespace='robot'),
        node(context, 'policy', namespace='robot'),
        node(context, 'bag_player', takes_bundle=False, parameters={'bag': bag}),
    ]
