"""What the demo's live table shows of the last seconds."""

from dataclasses import dataclass

from edge_exit.demo.recording import Recorded
from edge_exit.evaluation.metrics import histogram
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint

RECENT_S = 3.0


@dataclass(frozen=True, slots=True)
class View:
    """The present of the demo.

    :ivar fps: results a second, mean of the last RECENT_S.
    :ivar exits: results of each exit since the start.
    :ivar link: None until the head has measured.
    :ivar point: None until the policy has chosen.
    """

    fps: float
    exits: list[int]
    link: LinkQuality | None
    point: OperatingPoint | None


def view(recorded: Recorded, exits: int) -> View:
    """Look at what was recorded.

    :param exits: number of exits of the network.
    """
    results = recorded.results
    since = max(recorded.end - RECENT_S, results[0].received) if results else recorded.end
    recent = sum(result.received >= since for result in results)
    return View(
        fps=recent / max(recorded.end - since, 0.5),
        exits=histogram(results, exits),
        link=recorded.links[-1][1] if recorded.links else None,
        point=recorded.points[-1][1] if recorded.points else None,
    )
