"""Stands between heads and a tail like a bad radio link; needs no root.

To a head it is a tail: it has the topics `~/features`, `~/probe` and `~/status`. To the tail it is
a head for each real one: it asks as `<own name><head>`, e.g. /link/robot/head, and hands the
answers back to the real head. All messages pass through the emulated link.
"""

import sys
from dataclasses import dataclass

from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.serialization import serialize_message
from rclpy.subscription import Subscription

from edge_exit.errors import ConfigError, RefusedError
from edge_exit.link.emulation import LinkSettings
from edge_exit.link.traces import Trace, read_trace
from edge_exit.nodes import qos
from edge_exit.nodes.diagnostics import OK, Diagnostics, Health
from edge_exit.nodes.link_probing import arrival
from edge_exit.nodes.link_pump import LinkPump
from edge_exit.nodes.names import Peers, check_node_name
from edge_exit.nodes.parameters import Parameters
from edge_exit.nodes.run import run
from edge_exit.parameters.table import Parameter
from edge_exit_interfaces.msg import Features, Inference, LinkProbe, TailStatus

MOST_HEADS = 32

PARAMETERS = (
    Parameter('tail', '/tail', 'fully qualified name of the tail behind the link', read_only=True),
    Parameter('rate_mbps', 100.0, 'rate of each direction [Mbit/s]', low=0.0, high=10000.0),
    Parameter('delay_ms', 0.0, 'delay of each direction [ms]', low=0.0, high=10000.0),
    Parameter(
        'jitter_ms', 0.0, 'mean of a random addition to the delay [ms]', low=0.0, high=10000.0
    ),
    Parameter(
        'loss',
        0.0,
        'probability that a frame of 1500 bytes is lost; a message is lost with any of its frames',
        low=0.0,
        high=1.0,
    ),
    Parameter('outage', False, 'lose everything'),
    Parameter('queue_kb', 1000, 'queue before the link [kB]', low=1, high=1000000),
    Parameter(
        'trace',
        '',
        'CSV file with time_s,rate_mbps[,rtt_ms] that replaces rate_mbps (and delay_ms); "" = none',
    ),
)


@dataclass(slots=True)
class _Head:
    """What is kept for one head: publishers towards it, subscriptions to the answers for it."""

    publishers: tuple[Publisher, ...]
    subscriptions: tuple[Subscription, ...]


class LinkEmulator(Node):
    """The link emulator; its parameters change the link at once."""

    def __init__(self) -> None:
        super().__init__('link')
        self._pumps: tuple[LinkPump, ...] = ()
        self._name = self.get_fully_qualified_name()
        self._traces: dict[str, Trace] = {}
        self._settings_now = Parameters(self, PARAMETERS, check=self._check, changed=self._change)
        tail = self._settings_now['tail']
        settings = self._settings(self._settings_now.values)
        self._up = LinkPump('link to the tail', settings, self._complain)
        self._down = LinkPump('link from the tail', settings, self._complain)
        self._pumps = (self._up, self._down)
        self._heads = Peers(self._meet, self._forget, limit=MOST_HEADS)
        self._refused = 0
        for message_type, name, profile in (
            (Features, 'features', qos.FEATURES),
            (LinkProbe, 'probe', qos.PROBES),
        ):
            publisher = self.create_publisher(message_type, f'{tail}/{name}', profile)
            self.create_subscription(message_type, f'~/{name}', self._upwards(publisher), profile)
        self._status = self.create_publisher(TailStatus, '~/status', qos.STATUS_OFFERED)
        self.create_subscription(TailStatus, f'{tail}/status', self._on_status, qos.STATUS)
        self._diagnostics = Diagnostics(self, self._report)
        self.get_logger().info(f'heads whose tail is {self._name} reach {tail} through it')

    def destroy_node(self) -> None:
        """End the threads, then the node; also of an emulator that could not start."""
        for pump in self._pumps:
            pump.close()
        super().destroy_node()

    def _upwards(self, publisher: Publisher):
        def on_message(message: Features | LinkProbe, info: dict) -> None:
            at = arrival(info['received_timestamp'])
            try:
                head = self._name + check_node_name(message.head)
                self._heads.get(message.head)
                message.head = check_node_name(head)
            except RefusedError as error:
                self._refused += 1
                self.get_logger().warning(str(error), throttle_duration_sec=10.0)
                return
            self._up.send(publisher, serialize_message(message), at)

        return on_message

    def _meet(self, head: str) -> _Head:
        publishers, subscriptions = [], []
        for message_type, name, profile in (
            (Inference, 'offloaded', qos.FEATURES),
            (LinkProbe, 'probe_reply', qos.PROBES),
        ):
            publisher = self.create_publisher(message_type, f'{head}/{name}', profile)
            publishers.append(publisher)
            subscriptions.append(
                self.create_subscription(
                    message_type,
                    f'{self._name}{head}/{name}',
                    self._downwards(head, publisher),
                    profile,
                )
            )
        return _Head(tuple(publishers), tuple(subscriptions))

    def _downwards(self, head: str, publisher: Publisher):
        def on_message(message: Inference | LinkProbe, info: dict) -> None:
            at = arrival(info['received_timestamp'])
            message.head = head
            self._down.send(publisher, serialize_message(message), at)

        return on_message

    def _forget(self, head: _Head) -> None:
        for subscription in head.subscriptions:
            self.destroy_subscription(subscription)
        for publisher in head.publishers:
            self.destroy_publisher(publisher)

    def _on_status(self, status: TailStatus, info: dict) -> None:
        at = arrival(info['received_timestamp'])
        status.tail = self._name
        self._down.send(self._status, serialize_message(status), at)

    def _check(self, values: dict) -> None:
        try:
            check_node_name(values['tail'])
            self._settings(values)
        except (RefusedError, ConfigError) as error:
            raise ValueError(str(error)) from error
        if values['tail'] == self._name:
            raise ValueError(f'tail is {self._name}, this link itself; name the real tail')

    def _change(self, values: dict) -> None:
        settings = self._settings(values)
        self._traces = {values['trace']: settings.trace}
        for pump in self._pumps:
            pump.change(settings)
        self.get_logger().info(f'the link is now {_described(values)}')

    def _settings(self, values: dict) -> LinkSettings:
        path = values['trace']
        if path and path not in self._traces:
            self._traces[path] = read_trace(path)
        return LinkSettings(
            rate_bps=values['rate_mbps'] * 1e6,
            delay=values['delay_ms'] / 1e3,
            jitter=values['jitter_ms'] / 1e3,
            loss=values['loss'],
            outage=values['outage'],
            queue_bytes=values['queue_kb'] * 1000,
            trace=self._traces[path] if path else None,
        )

    def _complain(self, reason: str) -> None:
        self.get_logger().error(reason)

    def _report(self) -> Health:
        up, down = self._up.counts, self._down.counts
        return Health(
            OK,
            _described(self._settings_now.values),
            {
                'tail': self._settings_now['tail'],
                'heads': self._heads.active(10.0),
                'to tail: carried': up.carried,
                'to tail: lost': up.lost,
                'to tail: bytes': up.carried_bytes,
                'from tail: carried': down.carried,
                'from tail: lost': down.lost,
                'from tail: bytes': down.carried_bytes,
                'refused names': self._refused,
            },
        )


def _described(values: dict) -> str:
    if values['outage']:
        return 'out'
    rate = f'as in {values["trace"]}' if values['trace'] else f'{values["rate_mbps"]:g} Mbit/s'
    return (
        f'{rate}, {values["delay_ms"]:g} ms, jitter {values["jitter_ms"]:g} ms, '
        f'loss {100 * values["loss"]:g} %'
    )


def main() -> int:
    """Run the link emulator."""
    return run(LinkEmulator)


if __name__ == '__main__':
    sys.exit(main())
