"""What the launch files share: their arguments, and a node that obeys them."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from launch import LaunchContext
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def arguments(params_file: str) -> list[DeclareLaunchArgument]:
    """Declare the arguments that every launch file of edge_exit takes.

    :param params_file: default parameter file, a name in config/.
    """
    default = str(files('edge_exit') / 'config' / params_file)
    return [
        DeclareLaunchArgument(
            'namespace', default_value='', description='namespace of the nodes, such as robot1'
        ),
        DeclareLaunchArgument(
            'params_file', default_value=default, description='parameter file of the nodes'
        ),
        DeclareLaunchArgument(
            'bundle',
            default_value='',
            description='name or path of the trained bundle; empty: as in params_file',
        ),
        DeclareLaunchArgument(
            'use_sim_time',
            default_value='false',
            choices=['true', 'false'],
            description='take the time from /clock',
        ),
        DeclareLaunchArgument(
            'log_level',
            default_value='info',
            choices=['debug', 'info', 'warn', 'error', 'fatal'],
            description='least severe log lines that are shown',
        ),
    ]


def node(
    context: LaunchContext,
    executable: str,
    *,
    name: str = '',
    namespace: str = '',
    takes_bundle: bool = True,
    parameters: dict[str, Any] | None = None,
    remappings: Sequence[tuple[str, str]] = (),
) -> Node:
    """Make a node that obeys the launch arguments.

    :param name: name of the node; that of the executable if empty.
    :param namespace: namespace below the one that the user gave.
    :param takes_bundle: whether it has a parameter `bundle`.
    :param parameters: more parameters; they win over the parameter file.
    :param remappings: names of topics, from the node's own to others.
    """
    bundle = value(context, 'bundle')
    chosen = {'use_sim_time': value(context, 'use_sim_time') == 'true'} | (parameters or {})
    if bundle and takes_bundle:
        chosen['bundle'] = bundle
    return Node(
        package='edge_exit',
        executable=executable,
        name=name or executable,
        namespace='/'.join(filter(None, (value(context, 'namespace'), namespace))),
        parameters=[value(context, 'params_file'), chosen],
        remappings=remappings,
        ros_arguments=['--log-level', value(context, 'log_level')],
        output='screen',
    )


def value(context: LaunchContext, argument: str) -> str:
    """Give what the user chose for a launch argument."""
    return LaunchConfiguration(argument).perform(context)
