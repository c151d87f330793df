"""Lifecycle transitions that say why they fail, and starting a lifecycle node by itself."""

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


def autostart(node: LifecycleNode) -> None:
    """Configure and activate a node without a lifecycle manager.

    :raises NotStartedError: if it stays unconfigured or inactive; the reason is logged.
    """
    success = TransitionCallbackReturn.SUCCESS
    if node.trigger_configure() != success or node.trigger_activate() != success:
        node.destroy_node()
        raise NotStartedError
