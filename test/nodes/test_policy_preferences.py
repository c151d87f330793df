"""What the user prefers is set on a running robot: weights, budgets, constants, all at once."""

import time

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

import yaml
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.srv import DescribeParameters, GetParameters
from rclpy.parameter import parameter_value_to_python
from rclpy.qos import qos_profile_sensor_data
from robots import Robot
from sensor_msgs.msg import BatteryState
from support import call, collect, set_parameters, wait_until
from tiny_bundle import LEVELS_OF_CODEC, SEGMENTS, write_tiny_bundle

from edge_exit.bundle import rewriting
from edge_exit.inference.outcome import Outcome
from edge_exit.nodes import qos
from edge_exit.parameters.policy import PARAMETERS
from edge_exit_interfaces.msg import Inference, OperatingPoint

POLICY = '/robot/policy'
PERIOD = 1 / 20
LAST = SEGMENTS - 1
# Thresholds at which all frames leave at the first exit, or at the last, hardly more right there:
# less than the time of three segments weighs on any machine.
COUNTED = {
    'thresholds': [0.0, 2.0],
    'left': [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
    'right': [[0.8, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.801]],
    'sent': [[[0.0 if split else 0.5, 0.801]] * len(LEVELS_OF_CODEC) for split in range(SEGMENTS)],
    'kept': [[0.0, 0.5]] * SEGMENTS,
}
# A thousandth of a second for a frame: every segment counts.
HASTY = {'latency_budget_ms': 1.0, 'energy_weight': 0.0, 'bandwidth_weight': 0.0}


@pytest.fixture
def tiny(tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    return rewriting.update(bundle, {'metrics': {'answers': COUNTED}})


def test_latency_weight_moves_the_running_robot_within_a_second(processes, ros_node, tiny):
    values = {'bundle': str(tiny.path), 'policy': 'energy_aware', 'latency_weight': 0.0} | HASTY
    processes.node('tail', namespace='/edge', params={'bundle': str(tiny.path)})
    processes.node('policy', namespace='/robot', params=values)
    robot = Robot(processes, ros_node, tiny.path).wait_until_ready()

    def time_until(exit_):
        start = time.monotonic()

        def shows():
            robot.see('red', exit=LAST)
            return robot.results and robot.results[-1].exit == exit_

        wait_until(shows, interval=PERIOD)
        return time.monotonic() - start

    time_until(LAST)
    took = []
    for _ in range(3):  # a busy machine may need longer now and then
        assert set_parameters(ros_node, POLICY, latency_weight=3.0).successful
        took.append(time_until(0))
        assert robot.results[-1].outcome == Outcome.EXITED
        back = {'latency_weight': 0.0, 'accuracy_weight': 10.0}
        assert set_parameters(ros_node, POLICY, **back).successful
        time_until(LAST)
        assert set_parameters(ros_node, POLICY, accuracy_weight=1.0).successful
    assert min(took) < 1.0


def test_bad_preferences_are_rejected_whole_with_a_reason(processes, ros_node, tiny):
    processes.node('policy', namespace='/robot', params={'bundle': str(tiny.path)})
    points = collect(ros_node, OperatingPoint, '/robot/operating_point', qos.OPERATING_POINT)
    wait_until(lambda: points)
    for values, reason in [
        ({'exit_threshold': 0.1, 'latency_weight': 11.0}, 'latency_weight'),
        ({'exit_threshold': 0.1, 'energy_weight': -1.0}, 'energy_weight'),
        ({'exit_threshold': 0.1, 'latency_budget_ms': 0.0}, 'latency_budget_ms'),
        ({'exit_threshold': 0.1, 'idle_watts': -5.0}, 'idle_watts'),
        ({'exit_threshold': 0.1, 'power_source': 'sun'}, 'model, battery, rapl'),
    ]:
        result = set_parameters(ros_node, POLICY, **values)
        assert not result.successful
        assert reason in result.reason
    assert points[-1].exit_threshold == pytest.approx(0.8)


def test_robot_that_computes_for_less_than_it_rests_for_is_warned_of(processes, ros_node, tiny):
    processes.node('policy', namespace='/robot', params={'bundle': str(tiny.path)})
    reports = collect(ros_node, DiagnosticArray, '/diagnostics')
    assert set_parameters(ros_node, POLICY, idle_watts=5.0).successful
    wait_until(lambda: any('below idle_watts' in r.status[0].message for r in reports))
    assert set_parameters(ros_node, POLICY, compute_watts=6.0).successful
    reports.clear()
    wait_until(lambda: reports)
    assert 'below idle_watts' not in reports[-1].status[0].message


def test_every_parameter_is_described_and_numbers_have_a_range(processes, ros_node, tiny):
    processes.node('policy', namespace='/robot', params={'bundle': str(tiny.path)})
    request = DescribeParameters.Request(names=[row.name for row in PARAMETERS])
    answer = call(ros_node, DescribeParameters, f'{POLICY}/describe_parameters', request)
    for row, found in zip(PARAMETERS, answer.descriptors, strict=True):
        assert found.description == row.description
        if isinstance(row.default, float):
            assert len(found.floating_point_range) == 1, row.name


def test_what_was_saved_is_what_is_loaded(processes, ros_node, tiny, tmp_path):
    processes.node('policy', namespace='/robot', params={'bundle': str(tiny.path)})
    wanted = {
        'policy': 'lyapunov',
        'latency_weight': 3.0,
        'energy_budget': 0.25,
        'radio_nj_per_bit': 438.39,
        'latency_budget_ms': 50.0,
        'compute_watts': 1.5,
        'idle_watts': 1.0,
    }
    for name in sorted(wanted):  # as `ros2 param load` does, one after the other
        assert set_parameters(ros_node, POLICY, **{name: wanted[name]}).successful
    saved = read_all(ros_node, POLICY)
    assert wanted.items() <= saved.items()
    path = tmp_path / 'saved.yaml'  # as `ros2 param dump` writes it
    path.write_text(yaml.safe_dump({'/copy/policy': {'ros__parameters': saved}}))
    command = ('--ros-args', '-r', '__ns:=/copy', '--params-file', str(path))
    processes.node('policy', *command, name='policy')
    assert read_all(ros_node, '/copy/policy') == saved


def read_all(node, target):
    names = [row.name for row in PARAMETERS]
    answer = call(
        node, GetParameters, f'{target}/get_parameters', GetParameters.Request(names=names)
    )
    return dict(zip(names, map(parameter_value_to_python, answer.values), strict=True))


def test_battery_tells_what_computing_costs(processes, ros_node, tiny):
    processes.node('policy', namespace='/robot', params={'bundle': str(tiny.path)})
    reports = collect(ros_node, DiagnosticArray, '/diagnostics')
    results = ros_node.create_publisher(Inference, '/robot/inference', qos.RESULTS)
    battery = ros_node.create_publisher(
        BatteryState, '/robot/battery_state', qos_profile_sensor_data
    )
    wait_until(lambda: results.get_subscription_count() and battery.get_subscription_count())

    def drawn(name):
        values = [v for report in reports for s in report.status for v in s.values]
        return [float(value.value) for value in values if value.key == name]

    def measured():
        """Live two spans: the network runs half of the first, and needs 8 W more."""
        last = time.monotonic()
        for busy in (0.06, 0.0):
            message = Inference(outcome=Outcome.EXITED, exit=0, head_ms=1e3 * busy, total_ms=60.0)
            results.publish(message)
            time.sleep(0.12)
            now = time.monotonic()
            watts = 20.0 + 8.0 * busy / (now - last)
            battery.publish(BatteryState(voltage=12.0, current=-watts / 12.0))
            last = now
        found = drawn('compute_watts')
        rest = drawn('idle_watts')
        return found and found[-1] - rest[-1] == pytest.approx(8.0, rel=0.3)

    wait_until(measured, timeout=60.0)
    assert drawn('idle_watts')[-1] == pytest.approx(20.0, rel=0.1)
    assert set_parameters(ros_node, POLICY, power_source='model').successful
