"""Start an edge server: one tail, for many robots."""

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction
from launch_ros.actions import Node

from edge_exit.nodes.launching import arguments, node


def generate_launch_description() -> LaunchDescription:
    """Describe what runs on the server."""
    return LaunchDescription([*arguments('edge.yaml'), OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[Node]:
    return [node(context, 'tail')]
