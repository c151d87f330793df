"""The head node: classifies what the robot's camera sees, alone or with a tail's help."""

import secrets
import sys
from typing import Any

from edge_exit import bundle as bundles
from edge_exit.errors import ConfigError, RefusedError
from edge_exit.nodes.diagnostics import OK, Diagnostics, Health
from edge_exit.nodes.head_parts import HeadParts
from edge_exit.nodes.lifecycle import StoppingNode, autostart, transition
from edge_exit.nodes.names import check_node_name
from edge_exit.nodes.parameters import Parameters
from edge_exit.nodes.run import run
from edge_exit.parameters import head as of_head
from edge_exit.parameters.head import PARAMETERS
from edge_exit.parameters.model import check_unchanged


class Head(StoppingNode):
    """Lifecycle around the parts of a head: they exist from configure to cleanup."""

    def __init__(self) -> None:
        self._parts: HeadParts | None = None
        self._configured: dict[str, Any] | None = None
        self._active = False
        super().__init__('head')
        self._settings = Parameters(self, PARAMETERS, check=self._check, changed=self._change)
        self._diagnostics = Diagnostics(self, self._report)
        if self._settings['autostart']:
            autostart(self)

    @transition
    def on_configure(self) -> None:
        """Load the bundle and find the tails."""
        values = self._settings.values
        bundle = bundles.load(values['bundle'])
        held = values['local_segments'] or len(bundle.segments)
        if held > len(bundle.segments):
            raise ConfigError(
                f'local_segments is {held}, bundle "{bundle.name}" has '
                f'{len(bundle.segments)}; use 1..{len(bundle.segments)}, or 0 for all'
            )
        self._parts = HeadParts(self, bundle, held, secrets.randbits(64), values)
        self._configured = values
        self.get_logger().info(
            f'bundle "{bundle.name}" ({bundle.model_id[:12]}...), '
            f'segments 0..{held - 1} of {len(bundle.segments)} on this robot'
        )

    @transition
    def on_activate(self) -> None:
        """Take images."""
        self._parts.start(self._settings['image_transport'])
        self._active = True
        self.get_logger().info('ready')

    def _stop(self) -> None:
        """Take no more images; every frame under way gets its result."""
        if self._active:
            self._active = False
            self._parts.stop()

    def _forget(self) -> None:
        """Forget bundle and tails, whatever state this is in."""
        self._stop()
        if self._parts is not None:
            self._parts.close()
        self._parts = self._configured = None

    def _check(self, values: dict[str, Any]) -> None:
        _check_names(of_head.tail_names(values))
        of_head.check(values)
        check_unchanged(values, self._configured, also=['local_segments'])

    def _change(self, values: dict[str, Any]) -> None:
        if self._parts is not None:
            self._parts.change(values, listen=self._active)

    def _report(self) -> Health:
        if self._parts is None:
            return Health(OK, 'not configured')
        return self._parts.report('active' if self._active else 'inactive')


def _check_names(tails: list[str]) -> None:
    for name in tails:
        try:
            check_node_name(name)
        except RefusedError as error:
            raise ValueError(f'tails: {error}') from error


def main(args: list[str] | None = None) -> int:
    """Run the head node."""
    return run(Head, args)


if __name__ == '__main__':
    sys.exit(main())
