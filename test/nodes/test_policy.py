"""The policy node follows the link, and the user, while it runs."""

import math

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from diagnostic_msgs.msg import DiagnosticArray
from support import collect, set_parameters
from tiny_bundle import write_tiny_bundle

from edge_exit.inference.outcome import Outcome
from edge_exit.nodes import qos
from edge_exit.policy.overheads import FRAME_OVERHEAD, OPENING
from edge_exit_interfaces.msg import Inference, LinkQuality, OperatingPoint, TailStatus

POLICY = '/robot/policy'
# Time of a frame that leaves at the first exit, on a robot as fast as the machine of the bundle's
# figures, the opening of its image included; and how much slower another one is.
HEAD_MS, OPEN_MS = 1e3 * FRAME_OVERHEAD + 0.05, 1e3 * OPENING
SLOW = 1000.0


class Robot:
    """A policy process and a test that tells it what a head would."""

    def __init__(self, processes, node, bundle, **params):
        values = {'bundle': str(bundle.path), 'local_segments': 3} | params
        self.bundle = bundle
        self.process = processes.node('policy', namespace='/robot', params=values)
        self.points = collect(node, OperatingPoint, '/robot/operating_point', qos.OPERATING_POINT)
        self.reports = collect(node, DiagnosticArray, '/diagnostics')
        self._link = node.create_publisher(LinkQuality, '/robot/link_quality', qos.STATUS)
        self._results = node.create_publisher(Inference, '/robot/inference', qos.RESULTS)
        self._status = node.create_publisher(TailStatus, '/tail/status', qos.STATUS)

    def see_link(self, rate_mbps: float, *, connected: bool = True) -> None:
        self._link.publish(
            LinkQuality(
                tail='/tail',
                connected=connected,
                goodput_mbps=rate_mbps,
                goodput_age_s=0.1,
                rtt_ms=2.0 if math.isfinite(rate_mbps) else math.nan,
                jitter_ms=0.1,
            )
        )

    def see_results(self, slowdown: float, large_ms: float) -> None:
        """Tell of a frame whose image took so much longer to open than a usual one."""
        self._results.publish(
            Inference(
                outcome=Outcome.EXITED,
                exit=0,
                head_ms=slowdown * HEAD_MS + large_ms,
                open_ms=slowdown * OPEN_MS + large_ms,
                total_ms=60.0,
            )
        )

    def choice(self, check, rate_mbps: float, **link) -> OperatingPoint:
        """Tell the same link until the choice is as expected."""

        def chosen():
            self.see_link(rate_mbps, **link)
            # Points arrive meanwhile: look at the newest once.
            newest = next(reversed(self.points), None)
            return newest if newest and check(newest) else None

        return self.process.wait_until(chosen)


@pytest.fixture
def tiny(tmp_path):
    return write_tiny_bundle(tmp_path / 'tiny')


def test_choice_follows_link_and_robot(processes, ros_node, tiny):
    robot = Robot(processes, ros_node, tiny, deadline_ms=5000.0, codec_level=0, hysteresis=0.0)
    point = robot.choice(lambda p: p.offload and p.split == 0, 4.0)
    assert point.policy == 'dynamic_split'
    assert 'predicted' in point.reason

    def predicted(point):
        return float(point.reason.split()[2])

    def seeing(check, slowdown=1.0, large_ms=0.0):
        robot.see_results(slowdown, large_ms)
        robot.see_link(4.0)
        return check(robot.points[-1])

    robot.process.wait_until(lambda: seeing(lambda p: p.offload and p.split > 0))
    assert predicted(robot.points[-1]) < SLOW * HEAD_MS / 10
    # A camera of large images takes the robot time, and does not make its network slow.
    usual = predicted(robot.points[-1])
    robot.process.wait_until(lambda: seeing(lambda p: predicted(p) > usual + 90, large_ms=100.0))
    assert robot.points[-1].split > 0
    assert predicted(robot.points[-1]) < usual + 110
    robot.process.wait_until(
        lambda: seeing(lambda p: predicted(p) > 0.9 * SLOW * HEAD_MS, slowdown=SLOW)
    )
    robot.choice(lambda p: not p.offload and p.reason == 'no tail', 4.0, connected=False)
    # A head that falls silent says nothing about its link.
    robot.choice(lambda p: p.offload, math.nan)
    robot.process.wait_until(lambda: robot.points[-1].reason == 'no tail')


def test_operating_points_come_at_the_rate_asked_for_and_settings_at_once(
    processes, ros_node, tiny
):
    robot = Robot(processes, ros_node, tiny, rate_hz=1.0)
    robot.process.wait_until(lambda: robot.points)
    changed = set_parameters(ros_node, POLICY, policy='static', split=2, exit_threshold=0.3)
    assert changed.successful
    assert (robot.points[-1].policy, robot.points[-1].split) == ('static', 2)
    assert robot.points[-1].exit_threshold == pytest.approx(0.3)
    assert set_parameters(ros_node, POLICY, policy='dynamic_split', rate_hz=50.0).successful
    before = len(robot.points)
    robot.process.wait_until(lambda: len(robot.points) > before + 30, timeout=3)


def test_bad_sets_are_rejected_whole_with_a_reason(processes, ros_node, tiny):
    robot = Robot(processes, ros_node, tiny)
    robot.process.wait_until(lambda: robot.points)
    for values, reason in [
        ({'exit_threshold': 0.1, 'policy': 'magic'}, 'static, dynamic_split'),
        ({'exit_threshold': 0.1, 'policy': 'static', 'split': 4}, 'offload at 0..3'),
        ({'exit_threshold': 0.1, 'codec_level': 6}, '0..5'),
        ({'exit_threshold': 0.1, 'local_segments': 5}, '1..4'),
        ({'exit_threshold': 0.1, 'hysteresis': 2.0}, 'hysteresis'),
    ]:
        result = set_parameters(ros_node, POLICY, **values)
        assert not result.successful
        assert reason in result.reason
    assert robot.points[-1].exit_threshold == pytest.approx(0.8)
    robot.process.assert_ends_cleanly(times=2)


STRANGE_RESULTS = (
    {'outcome': 77},
    {'outcome': Inference.REFUSED},
    {'outcome': Inference.EXITED, 'exit': -5},
    {'outcome': Inference.EXITED, 'exit': 4},
    {'outcome': Inference.OFFLOADED, 'split': 200},
    {'outcome': Inference.EXITED, 'head_ms': math.nan},
)


def test_damaged_messages_are_counted_and_the_policy_lives_on(processes, ros_node, tiny):
    robot = Robot(processes, ros_node, tiny)
    robot.choice(lambda p: p.offload, 20.0)

    def counted():
        robot._status.publish(TailStatus(period_s=math.nan))
        robot._link.publish(LinkQuality(tail='not a name'))
        for bad in STRANGE_RESULTS:
            robot._results.publish(Inference(**bad))
        values = [v for report in robot.reports for s in report.status for v in s.values]
        return any(v.key == 'bad messages' and int(v.value) > 9 for v in values)

    robot.process.wait_until(counted)
    assert 'Traceback' not in robot.process.output
    robot.choice(lambda p: p.offload, 20.0)


@pytest.mark.parametrize(
    'params', [{'bundle': 'nowhere'}, {'rate_hz': 'often'}, {'codec_level': 7}]
)
def test_wrong_setting_is_one_clear_line(processes, tiny, params):
    process = processes.node('policy', params={'bundle': str(tiny.path)} | params)
    assert process.wait() == 1
    assert str(next(iter(params.values()))) in process.output
    assert 'Traceback' not in process.output
