"""The way of one frame through the segments that a robot holds. No threads, no ROS."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.inference import belief as beliefs
from edge_exit.inference.belief import Belief
from edge_exit.inference.growth import grows_slowly
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.rules.interface import ExitRule
from edge_exit.rules.registry import DEFAULT, rules_for


class Ending(Enum):
    """Why a frame stopped going on."""

    EXIT = 'exit'
    OFFLOAD = 'offload'
    EXHAUSTED = 'exhausted'
    STOPPED = 'stopped'


class Spoken(NamedTuple):
    """What the exits so far say together.

    :ivar exit: index of the exit that spoke last, -1 before the first.
    """

    exit: int
    belief: Belief


@dataclass(slots=True)
class FrameRun:
    """Where a frame is; `HeadSession.advance` takes it on.

    :ivar features: what the next segment takes, with a batch axis of one; None after the last.
    :ivar spoken: replaced as a whole, so that another thread can read it while segments run.
    :ivar rule: tells how sure the frame is after each exit.
    :ivar beliefs: after each exit so far.
    :ivar sureness: what the rule said of them.
    """

    features: np.ndarray | None
    spoken: Spoken
    rule: ExitRule
    beliefs: list[Belief] = field(default_factory=list)
    sureness: list[float] = field(default_factory=list)

    @property
    def belief(self) -> Belief:
        """Give what the exits so far say together."""
        return self.spoken.belief

    @property
    def exit(self) -> int:
        """Give the index of the exit that spoke last, -1 before the first."""
        return self.spoken.exit

    @property
    def next_segment(self) -> int:
        """Give the segment that would run next, which is the number of those that have run."""
        return self.spoken.exit + 1


class HeadSession:
    """Runs segment after segment of one frame until it need not go on.

    :ivar rules: exit rules by name.
    """

    def __init__(self, bundle: Bundle, network: SegmentedNetwork) -> None:
        self._exits = len(bundle.segments)
        self._network = network
        self._nothing = Spoken(-1, beliefs.first(len(bundle.classes)))
        self.rules = rules_for(self._exits)

    def begin(self, picture: np.ndarray, exit_rule: str = DEFAULT) -> FrameRun:
        """Start a frame.

        :param picture: uint8 (H, W, C), as `preprocess.picture_from` gives it.
        :param exit_rule: name of the rule that tells how sure it is.
        """
        return FrameRun(picture[np.newaxis], self._nothing, self.rules[exit_rule])

    def advance(
        self,
        run: FrameRun,
        *,
        exit_threshold: float,
        growth_threshold: float = 0.0,
        split: int,
        may_offload: bool,
        min_depth: int = 0,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Ending:
        """Run segments until the frame leaves, must be offloaded, or cannot go on.

        Can be called again on the same run, with other settings: after OFFLOAD with may_offload
        False it finishes alone. A segment that is not needed is never run.

        :param exit_threshold: leave at the first exit that is as sure as that.
        :param growth_threshold: offload where the sureness grew by less.
        :param split: offload after this many segments; at 0 before any.
        :param min_depth: never offload before so many segments have run (`Privacy`).
        :param should_stop: asked before each segment.
        :returns: EXIT (sure enough, or the last exit has spoken), OFFLOAD, EXHAUSTED (the next
            segment is not on this robot) or STOPPED.
        """
        # The message to the tail carries float32: head and tail must compare with the same number.
        threshold = float(np.float32(exit_threshold))
        index, segments = run.next_segment, self._network.segments
        split = max(split, min_depth)
        if may_offload and index >= split:
            return Ending.OFFLOAD
        # Convolutions push this code out of the caches: every line of it costs microseconds.
        while index in segments:
            if should_stop():
                return Ending.STOPPED
            sure = self._step(run, index)
            index += 1
            if sure >= threshold or index == self._exits:
                return Ending.EXIT
            if may_offload and (
                index >= split
                or (index >= min_depth and grows_slowly(run.sureness, growth_threshold))
            ):
                return Ending.OFFLOAD
        return Ending.EXHAUSTED

    def _step(self, run: FrameRun, index: int) -> float:
        """Run a segment, and say how sure the frame is after it."""
        rows = run.spoken.belief.row[np.newaxis]
        run.features, believed = self._network.run(index, run.features, rows)
        belief = Belief(believed[0])
        run.beliefs.append(belief)
        sure = run.rule.sureness(run.beliefs)
        run.sureness.append(sure)
        run.spoken = Spoken(index, belief)
        return sure
