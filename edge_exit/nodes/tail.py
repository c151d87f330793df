"""The tail node: runs the rest of the network for the heads of many robots."""

import secrets
import sys
import time
from typing import Any

from edge_exit import bundle as bundles
from edge_exit.control.load import Load
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.tail_session import TailLimits, TailSession
from edge_exit.nodes import qos
from edge_exit.nodes.diagnostics import OK, WARN, Diagnostics, Health
from edge_exit.nodes.lifecycle import StoppingNode, autostart, transition
from edge_exit.nodes.link_probing import ProbeEcho
from edge_exit.nodes.parameters import Parameters
from edge_exit.nodes.run import run
from edge_exit.nodes.settling import settle
from edge_exit.nodes.tail_inbox import TailInbox
from edge_exit.nodes.timers import steady_timer
from edge_exit.parameters.model import check_unchanged
from edge_exit.parameters.tail import PARAMETERS, batch_limits
from edge_exit_interfaces.msg import TailStatus

# The heartbeat counts the heads of the last so many seconds.
HEADS_WINDOW = 10.0


class Tail(StoppingNode):
    """Lifecycle around the inbox, the echo of probes and the heartbeat."""

    def __init__(self) -> None:
        super().__init__('tail')
        self._session = secrets.randbits(64)
        self._configured: dict[str, Any] | None = None
        self._inbox: TailInbox | None = None
        self._settings = Parameters(self, PARAMETERS, check=self._check, changed=self._change)
        self._status = self.create_publisher(TailStatus, '~/status', qos.STATUS_OFFERED)
        self._diagnostics = Diagnostics(self, self._report)
        if self._settings['autostart']:
            autostart(self)

    @transition
    def on_configure(self) -> None:
        """Load the bundle."""
        values = self._settings.values
        self._bundle = bundles.load(values['bundle'])
        self._network = SegmentedNetwork(
            self._bundle,
            runtime=values['runtime'],
            threads=values['threads'],
        )
        self._limits = TailLimits(payload_bytes=1000 * values['payload_limit_kb'])
        self._configured = values
        settle()
        self.get_logger().info(
            f'bundle "{self._bundle.name}" ({self._bundle.model_id[:12]}...), '
            f'{len(self._bundle.segments)} segments'
        )

    @transition
    def on_activate(self) -> None:
        """Serve, and say so by heartbeats."""
        values = self._settings.values
        self._inbox = TailInbox(
            self,
            self._bundle,
            TailSession(self._bundle, self._network, self._limits),
            limits=batch_limits(values),
            max_heads=values['max_heads'],
            chunk_wait=values['chunk_wait_ms'] / 1e3,
        )
        self._echo = ProbeEcho(self, heard=self._inbox.expect)
        self._load = Load(time.monotonic())
        self._timer = steady_timer(self, values['status_period_s'], self._beat)
        self.get_logger().info('ready')

    def _stop(self) -> None:
        """Fall silent: heads go on without this tail."""
        if self._inbox is not None:
            self.destroy_timer(self._timer)
            self._echo.close()
            self._inbox.close()
            self._inbox = None

    def _forget(self) -> None:
        """Forget the bundle, whatever state this is in."""
        self._stop()
        self._configured = self._bundle = self._network = None

    def _check(self, values: dict[str, Any]) -> None:
        check_unchanged(values, self._configured, also=['payload_limit_kb'])

    def _change(self, values: dict[str, Any]) -> None:
        if self._inbox is not None:
            self._inbox.change(
                batch_limits(values),
                values['max_heads'],
                values['chunk_wait_ms'] / 1e3,
            )
            self._timer.timer_period_ns = int(1e9 * values['status_period_s'])

    def _beat(self) -> None:
        inbox = self._inbox
        message = TailStatus(
            tail=self.get_fully_qualified_name(),
            session=self._session,
            model_id=self._bundle.model_id,
            segments=len(self._bundle.segments),
            period_s=self._settings['status_period_s'],
            queue_length=inbox.batcher.waiting,
            heads=inbox.heads(HEADS_WINDOW),
            load=self._load.share(time.monotonic(), inbox.batcher.busy),
            service_ms=[1e3 * time for time in self._service()],
            served=inbox.counts.served,
            refused=inbox.counts.refused,
        )
        message.header.stamp = self.get_clock().now().to_msg()
        self._status.publish(message)

    def _service(self) -> list[float]:
        return [self._network.service(index) for index in range(len(self._bundle.segments))]

    def _report(self) -> Health:
        if self._inbox is None:
            return Health(OK, 'inactive' if self._configured else 'not configured')
        inbox = self._inbox
        values = {
            'bundle': self._bundle.name,
            'model_id': self._bundle.model_id,
            'heads': inbox.heads(HEADS_WINDOW),
            'queue': inbox.batcher.waiting,
            'batches': inbox.batcher.batches,
            'busy_s': inbox.batcher.busy,
            **inbox.counts.values(),
            **inbox.chunks.values(),
        }
        full = inbox.batcher.waiting >= self._settings['queue_limit']
        return Health(WARN if full else OK, 'queue full' if full else 'active', values)


def main(args: list[str] | None = None) -> int:
    """Run the tail node."""
    return run(Tail, args)


if __name__ == '__main__':
    sys.exit(main())
