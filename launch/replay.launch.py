"""Play a bag to robot, link and server, record what they make of it, and judge that."""

import signal
import sys
from pathlib import Path

from launch import Action, LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
    TimerAction,
)
from launch.event_handlers import OnProcessExit
from launch.events import matches_action
from launch.events.process import SignalProcess
from launch_ros.actions import Node

from edge_exit.errors import ConfigError
from edge_exit.nodes.launching import arguments, node, value
from edge_exit.online.launched import Played, played

# After the last image: its deadline, and the head's books, which come once a second.
LAST_RESULTS_S = 2.5


def generate_launch_description() -> LaunchDescription:
    """Describe the replay; it ends by itself."""
    return LaunchDescription(
        [
            *arguments('robot.yaml'),
            _argument('bag', None, 'rosbag2 folder or file with the images'),
            _argument('image', '', 'topic of the images in the bag; empty: the only one'),
            _argument('policy', '', 'policy of the robot; empty: as in params_file'),
            _argument('rate_mbps', '100.0', 'rate of the emulated link in Mbit/s'),
            _argument('rtt_ms', '5.0', 'its round-trip time in ms'),
            _argument('trace', '', 'CSV file of rates over time that replaces rate_mbps'),
            _argument('out', 'out/replay', 'folder of the new bag, figures and report'),
            OpaqueFunction(function=_actions),
        ]
    )


def _argument(name: str, default: str | None, description: str) -> DeclareLaunchArgument:
    return DeclareLaunchArgument(name, default_value=default, description=description)


def _actions(context: LaunchContext) -> list[Action]:
    try:
        what = played(
            value(context, 'bag'),
            value(context, 'image') or None,
            namespace=value(context, 'namespace'),
            out=Path(value(context, 'out')),
        )
    except ConfigError as error:
        sys.exit(f'replay.launch.py: {error}')
    recorder = _node(context, 'bag_recorder', what.recorder, takes_bundle=False)
    player = _node(context, 'bag_player', what.player, takes_bundle=False)
    judge = ExecuteProcess(cmd=_evaluate(context, what), output='screen')
    end_of_bag = SignalProcess(
        signal_number=signal.SIGINT, process_matcher=matches_action(recorder)
    )
    later = TimerAction(period=LAST_RESULTS_S, actions=[EmitEvent(event=end_of_bag)])
    return [
        *_system(context, what),
        recorder,
        player,
        _after(player, later),
        _after(recorder, judge),
        _after(judge, Shutdown(reason='the replay is judged')),
    ]


def _system(context: LaunchContext, what: Played) -> list[Node]:
    """Give robot, link and server."""
    policy = value(context, 'policy')
    link = {
        'tail': what.tail,
        'rate_mbps': float(value(context, 'rate_mbps')),
        'delay_ms': float(value(context, 'rtt_ms')) / 2,
        'trace': value(context, 'trace'),
    }
    return [
        _node(context, 'tail', {}),
        _node(context, 'link_emulator', link, name='link', takes_bundle=False),
        _node(context, 'head', what.head, namespace='robot', remappings=what.remappings),
        _node(context, 'policy', {'policy': policy} if policy else {}, namespace='robot'),
    ]


def _node(context: LaunchContext, executable: str, parameters: dict, **options) -> Node:
    # The player is what tells the others the time.
    times = {'use_sim_time': executable != 'bag_player'}
    return node(context, executable, parameters=parameters | times, **options)


def _after(action: Action, following: Action) -> RegisterEventHandler:
    return RegisterEventHandler(OnProcessExit(target_action=action, on_exit=[following]))


def _evaluate(context: LaunchContext, what: Played) -> list[str]:
    parameters = value(context, 'params_file')
    return [
        *(sys.executable, '-m', 'edge_exit.cli', 'evaluate', what.recorder['bag'], '--live'),
        *('--bundle', value(context, 'bundle') or what.bundle_of(Path(parameters))),
        *('--params', parameters, '--topic', what.topic),
        *('--json', str(what.out / 'replay.json'), '--html', str(what.out / 'replay.html')),
    ]
