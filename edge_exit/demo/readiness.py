"""Whether robot, link and server are there, so that a frame could be offloaded."""

from edge_exit.demo.recording import Recorded
from edge_exit.nodes.watcher import Watcher


def missing_parts(seen: Recorded, watcher: Watcher) -> list[str]:
    """Name in words what has not been seen yet; empty if all is there."""
    parts = {
        'the head': seen.books and watcher.hears_results(),
        'a link from head to tail': seen.links and seen.links[-1][1].connected,
        'the policy': seen.points,
    }
    return [name for name, there in parts.items() if not there]
