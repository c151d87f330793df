"""Start a robot: its head and its policy. The camera's topic is `image`; remap it with SetRemap."""

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction
from launch_ros.actions import Node

from edge_exit.nodes.launching import arguments, node


def generate_launch_description() -> LaunchDescription:
    """Describe what runs on the robot."""
    return LaunchDescription(
        [
            *arguments('robot.yaml'),
            OpaqueFunction(
                function=lambda context: [node(context, 'head'), node(context, 'policy')]
            ),
        ]
    )


def _nodes(context: LaunchContext) -> list[Node]:
    return [node(context, 'head'), node(context, 'policy')]
