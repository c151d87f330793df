"""The launch files, run by the real `ros2 launch`."""

import json
import shutil
from importlib.resources import files

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')
pytest.importorskip('launch_ros', reason='launch_ros comes with a ROS installation')
if shutil.which('ros2') is None:
    pytest.skip('needs the ros2 command', allow_module_level=True)

from support import collect

from edge_exit_interfaces.msg import Inference, OperatingPoint, TailStatus

COMMON = {'namespace', 'params_file', 'bundle', 'use_sim_time', 'log_level'}


def launch(processes, name, *arguments):
    """Start `ros2 launch edge_exit <name>.launch.py`."""
    return processes.run('ros2', 'launch', 'edge_exit', f'{name}.launch.py', *arguments)


@pytest.mark.parametrize('name', ['robot', 'edge', 'demo', 'replay'])
def test_every_argument_is_described(processes, name):
    shown = launch(processes, name, '--show-args')
    shown.wait(30)
    described = shown.output
    assert all(f"'{argument}':" in described for argument in COMMON), described
    assert 'No description given' not in described


def test_robot_and_server_start_in_their_namespaces(processes, ros_node):
    points = collect(ros_node, OperatingPoint, '/r1/operating_point')
    beats = collect(ros_node, TailStatus, '/lab/tail/status')
    edge = launch(processes, 'edge', 'namespace:=lab', 'bundle:=fashion_mnist')
    robot = launch(processes, 'robot', 'namespace:=r1', 'bundle:=fashion_mnist')
    edge.wait_until(lambda: beats, timeout=30)
    robot.wait_until(lambda: points, timeout=30)
    assert beats[0].tail == '/lab/tail'
    for launched in (robot, edge):
        launched.assert_ends_cleanly()


def test_demo_launches_all_nodes_and_gives_results(processes, ros_node):
    results = collect(ros_node, Inference, '/robot/inference')
    demo = launch(processes, 'demo')
    demo.wait_until(lambda: len(results) > 30, timeout=40)
    assert {result.outcome for result in results} >= {Inference.EXITED, Inference.OFFLOADED}
    demo.assert_ends_cleanly()


def test_replay_ends_by_itself_with_a_judged_recording(processes, ros_domain, tmp_path):
    bag = files('edge_exit') / 'demo' / 'bag'
    replay = launch(processes, 'replay', f'bag:={bag}', 'bundle:=fashion_mnist', f'out:={tmp_path}')
    assert replay.wait(120) == 0, replay.output
    (run,) = json.loads((tmp_path / 'replay.json').read_text())['runs']
    assert run['figures']['frames_received'] >= 175
    assert run['figures']['accuracy'] > 0.8
