"""Start a robot: its head and its policy."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch_ros.actions import Node

from edge_exit.nodes.launching import arguments, node, value


def generate_launch_description() -> LaunchDescription:
    """Describe what runs on the robot."""
    return LaunchDescription(
        [
            *arguments('robot.yaml'),
            DeclareLaunchArgument(
                'image',
                default_value='image',
                description='topic of the camera, such as /camera/image_raw',
            ),
            OpaqueFunction(function=_nodes),
        ]
    )


def _nodes(context: LaunchContext) -> list[Node]:
    image = value(context, 'image')
    camera = [('image', image), ('image/compressed', f'{image}/compressed')]
    return [node(context, 'head', remappings=camera), node(context, 'policy')]
