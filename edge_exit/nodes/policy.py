"""The policy node: chooses what runs where, a few times a second."""

import sys
import time
from contextlib import ExitStack
from typing import Any

from rclpy.node import Node
from std_msgs.msg import Header

from edge_exit import bundle as bundles
from edge_exit.control.choosing import choose, is_news
from edge_exit.control.rhythm import Rhythm
from edge_exit.nodes import qos
from edge_exit.nodes.control_conversions import point_message
from edge_exit.nodes.diagnostics import Diagnostics, Health
from edge_exit.nodes.parameters import Parameters
from edge_exit.nodes.policy_report import health
from edge_exit.nodes.policy_senses import PolicySenses
from edge_exit.nodes.power import Power
from edge_exit.nodes.priorities import POLICY, give_way
from edge_exit.nodes.run import run
from edge_exit.nodes.settling import settle
from edge_exit.nodes.timers import Ticker
from edge_exit.parameters import policy as of_policy
from edge_exit.parameters.policy import PARAMETERS
from edge_exit.parameters.preference import stated_energy
from edge_exit.policy import registry
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.profile import Profile, profile_of
from edge_exit_interfaces import msg as messages


class PolicyNode(Node):
    """Publishes operating points, regularly and at once where something changes."""

    def __init__(self) -> None:
        self._threads = ExitStack()
        super().__init__('policy')
        self._profile: Profile | None = None
        self._settings = Parameters(self, PARAMETERS, check=self._check, changed=self._change)
        bundle = bundles.load(self._settings['bundle'])
        self._profile = profile_of(bundle)
        # The model was not known when the parameters were first checked.
        self._settings.check_now()
        self._chosen = self._settings['policy']
        self._policy = registry.make(self._chosen)
        self._point: OperatingPoint | None = None
        self._output = self.create_publisher(
            messages.OperatingPoint, 'operating_point', qos.OPERATING_POINT
        )
        self._rhythm = Rhythm()
        self._senses = PolicySenses(
            self, self._profile, changed=self._on_news, ended=self._on_result
        )
        self._power = Power(self, self._measured)
        self._power.use(self._settings['power_source'])
        self._beat = Ticker(self, self._period, self._on_beat)
        self._diagnostics = Diagnostics(self, self._report)
        self._threads.callback(self._beat.close)
        self._senses.start()
        self._threads.callback(self._senses.close)
        settle()
        self.get_logger().info(
            f'ready: {self._settings["policy"]} for bundle "{bundle.name}" '
            f'({self._profile.segments} segments)'
        )

    def destroy_node(self) -> None:
        """End the threads, then the node; also of one that could not start."""
        self._threads.close()
        super().destroy_node()

    def _check(self, values: dict[str, Any]) -> None:
        if self._profile is not None:
            of_policy.check(values, self._profile)

    def _change(self, values: dict[str, Any]) -> None:
        with self._senses.lock:
            if values['policy'] != self._chosen:
                self._chosen = values['policy']
                self._policy = registry.make(self._chosen)
            self._power.use(values['power_source'])
            self._publish()

    def _choose(self) -> OperatingPoint:
        return choose(self._policy, self._senses.now, self._settings.values, time.monotonic())

    def _measured(self, watts: float, now: float) -> None:
        with self._senses.lock:
            self._senses.now.measured(watts, now, stated_energy(self._settings.values))

    @property
    def _period(self) -> float:
        return 1 / self._settings['rate_hz']

    def _on_beat(self) -> float:
        with self._senses.lock:
            if self._rhythm.due(self._period) <= time.monotonic():
                self._publish()
            return max(self._rhythm.due(self._period) - time.monotonic(), 0.0)

    def _on_result(self) -> None:
        if self._rhythm.after_result(time.monotonic(), self._period):
            self._publish()

    def _on_news(self) -> None:
        """Publish at once if the news change where frames run."""
        point = self._choose()
        if is_news(point, self._point):
            self._publish(point)

    def _publish(self, point: OperatingPoint | None = None) -> None:
        with self._senses.lock:
            self._point = point or self._choose()
            self._rhythm.chosen(time.monotonic())
            header = Header(stamp=self.get_clock().now().to_msg())
            self._output.publish(point_message(self._point, header))

    def _report(self) -> Health:
        values = self._settings.values
        with self._senses.lock:
            return health(
                self._point or self._choose(),
                self._senses.now.observe(time.monotonic(), values['link_timeout_s']),
                self._senses.now.energy(stated_energy(values)),
                bad=self._senses.bad,
            )


def main(args: list[str] | None = None) -> int:
    """Run the policy node; frames come before its choices where both want one core."""
    give_way(POLICY)
    return run(PolicyNode, args)


if __name__ == '__main__':
    sys.exit(main())
