"""Lifecycle transitions that say why they fail, the ways down, and starting without a manager."""

import functools
import traceback
from collections.abc import Callable

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from edge_exit.errors import EdgeExitError


class NotStartedError(Exception):
    """A node could not start and has logged why."""


def transition(
    body: Callable[[LifecycleNode], None],
) -> Callable[[LifecycleNode, LifecycleState], TransitionCallbackReturn]:
    """Make a transition callback of a method that takes no state and returns nothing.

    rclpy itself swallows what a transition raises. An EdgeExitError is logged in one line and
    leaves the node in the state where it was; any other exception is logged with its traceback.
    """

    @functools.wraps(body)
    def callback(node: LifecycleNode, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            body(node)
        except EdgeExitError as error:
            node.get_logger().error(str(error))
            return TransitionCallbackReturn.FAILURE
        except Exception:
            node.get_logger().error(f'{body.__name__} failed:\n{traceback.format_exc()}')
            return TransitionCallbackReturn.ERROR
        # Managed entities (lifecycle publishers) follow the node.
        return getattr(LifecycleNode, body.__name__)(node, state)

    return callback


class StoppingNode(LifecycleNode):
    """A lifecycle node whose ways down are all made of two: `_stop` and `_forget`.

    `_stop` ends what the node does while active, `_forget` gives back whatever it holds, and stops
    first if need be. Each must be harmless in any state, before the first configuration too.
    """

    @transition
    def on_deactivate(self) -> None:
        """Stop, and keep what is configured."""
        self._stop()

    @transition
    def on_cleanup(self) -> None:
        """Forget what was configured."""
        self._forget()

    @transition
    def on_shutdown(self) -> None:
        """End whatever state it is in."""
        self._forget()

    @transition
    def on_error(self) -> None:
        """Go back to the start after a transition that failed half way."""
        self._forget()

    def destroy_node(self) -> None:
        """End threads and give all back."""
        self._forget()
        super().destroy_node()

    def _stop(self) -> None:
        raise NotImplementedError

    def _forget(self) -> None:
        raise NotImplementedError


def autostart(node: LifecycleNode) -> None:
    """Configure and activate a node without a lifecycle manager.

    :raises NotStartedError: if it stays unconfigured or inactive; the reason is logged.
    """
    success = TransitionCallbackReturn.SUCCESS
    if node.trigger_configure() != success or node.trigger_activate() != success:
        node.destroy_node()
        raise NotStartedError
