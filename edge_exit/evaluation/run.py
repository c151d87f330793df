"""What a run of frames was and what came of it: a replayed bag's, or that of a live robot."""

from collections.abc import Mapping
from dataclasses import dataclass

from edge_exit.evaluation.frames import FrameResult
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint


@dataclass(frozen=True, slots=True)
class About:
    """What was run; all of it goes into the JSON.

    :ivar bag, topic: the images that it was run on.
    :ivar link: 'recorded', 'live', a trace's file name, or words as '20 Mbit/s, 5 ms'.
    :ivar settings: what else decided how it went: deadline_ms, weights, seed and so on, by name.
    """

    bag: str
    topic: str
    bundle: str
    model_id: str
    policy: str
    link: str
    settings: Mapping[str, float | int | str | bool]


@dataclass(frozen=True, slots=True)
class Run:
    """All that judging needs; what is not known is empty.

    :ivar start: time of the first image, ns, as recorded.
    :ivar duration: from the first image to the last one or the last result, s.
    :ivar classes: names of the bundle's classes.
    :ivar results: in the order in which they came; `received` in s since `start`.
    :ivar labels: true class by image stamp, ns.
    :ivar whole: what the network without exits answers, by stamp; where there are no labels.
    :ivar taken, dropped: images, as the head's books have them.
    :ivar links: as the head measured it, with s since `start`.
    :ivar points: as they were chosen, with s since `start`.
    :ivar capacity: true rate of the link where it is known, bit/s, with s since `start`; each holds
        until the next.
    :ivar deadline: from the arrival of an image to its result at the latest, s.
    :ivar notes: what a reader must know, such as where a damaged bag ends.
    """

    about: About
    start: int
    duration: float
    classes: tuple[str, ...]
    results: tuple[FrameResult, ...]
    labels: Mapping[int, int]
    whole: Mapping[int, int]
    taken: int
    dropped: int
    links: tuple[tuple[float, LinkQuality], ...]
    points: tuple[tuple[float, OperatingPoint], ...]
    capacity: tuple[tuple[float, float], ...]
    deadline: float
    notes: tuple[str, ...]
