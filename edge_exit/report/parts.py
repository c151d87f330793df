"""One panel of the timeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_exit.report.plot import Panel
from edge_exit.report.scales import Scale


@dataclass(frozen=True, slots=True)
class Part:
    """One panel: what it shows, its legend, and how it is drawn.

    :ivar scale: makes the y scale from the places of its low and its high end.
    """

    title: str
    items: Sequence[tuple[str, str, str]]
    height: float
    scale: Callable[[float, float], Scale]
    draw: Callable[[Panel, Sequence[float]], list]
