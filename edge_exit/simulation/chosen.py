"""The learned policy's candidates: a bundle's points with what they did with its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_exit.evaluation.exit_curves import leaving_exits
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.simulation.candidates import THRESHOLDS, candidates
from edge_exit.simulation.costs import Costs, costs_of
from edge_exit.simulation.episodes import World
from edge_exit.simulation.outcomes import OutcomeTable


@dataclass(frozen=True, slots=True)
class Candidates:
    """A operating points over E exits, and what they did with the pictures; arrays (A,).

    Times are those of the reference machine, s; shares are of all frames, if they may be sent.

    :ivar times: until each exit has spoken, (E,).
    :ivar whole: picks what belongs to the last exit, (E, 1).
    :ivar left: share of frames that stay and leave at each exit, (E, A).
    :ivar gains: share of frames that stay and are right because each exit, too, has spoken, (E, A).
    :ivar sent_head: time on the robot of frames that are sent until they are.
    :ivar sent: share of frames that are sent.
    :ivar wire_bytes: mean serialised bytes of a frame that is sent.
    :ivar tail: what the tail does for a frame that is sent.
    :ivar rest: computing on the robot that finishes a sent frame alone.
    :ivar sent_right, back_right: share of frames that are sent and answered rightly by the tail; by
        the robot alone should no answer come.
    :ivar spoken: share of frames that are sent and are right because each exit before the split,
        too, had spoken, (E, A).
    """

    split: np.ndarray
    exit_threshold: np.ndarray
    level: np.ndarray
    offload: np.ndarray
    times: np.ndarray
    whole: np.ndarray
    left: np.ndarray
    gains: np.ndarray
    sent_head: np.ndarray
    sent: np.ndarray
    wire_bytes: np.ndarray
    tail: np.ndarray
    rest: np.ndarray
    sent_right: np.ndarray
    back_right: np.ndarray
    spoken: np.ndarray

    def __len__(self) -> int:
        return len(self.split)


def counted(world: World, thresholds: Sequence[float] = THRESHOLDS) -> Candidates:
    """Count what each candidate does with the pictures of a world's table."""
    costs, points = costs_of(world.profile), candidates(world.table, tuple(thresholds))
    rows = [_row(world.table, costs, one, world.overhead_bytes) for one in points]
    # One column for each point, also where there is a row for each exit.
    columns = {name: np.stack([row[name] for row in rows], axis=-1) for name in rows[0]}
    exits = world.table.exits
    return Candidates(
        split=np.array([one.split for one in points]),
        exit_threshold=np.array([one.exit_threshold for one in points]),
        level=np.array([one.codec_level for one in points]),
        offload=np.array([one.offload for one in points]),
        times=costs.overhead + costs.until[1:],
        whole=np.eye(exits)[:, -1:],
        **columns,
    )


def _row(
    table: OutcomeTable, costs: Costs, point: OperatingPoint, overhead_bytes: int
) -> dict[str, np.ndarray]:
    """Count one point."""
    split, level = point.split, point.codec_level
    exits = leaving_exits(table.margins, point.exit_threshold)
    goes = (exits >= split) & point.offload
    tail_margins = table.tail_margins[:, split, level, split:]
    at_tail = leaving_exits(tail_margins, point.exit_threshold) + split
    told = table.tail_right[np.arange(len(table)), split, level, at_tail]
    said, places = _said(table, exits), np.arange(table.exits)
    computing = costs.until[at_tail + 1] - costs.until[split] + costs.decoding[split, level]
    found = {
        'left': ((exits[:, np.newaxis] == places) & ~goes[:, np.newaxis]).mean(axis=0),
        'gains': np.diff((said & ~goes[:, np.newaxis]).mean(axis=0)),
        'sent_head': costs.overhead + costs.until[split] + costs.sending[split, level],
        'sent': goes.mean(),
        'wire_bytes': _mean(table.sent_bytes[:, split, level] + overhead_bytes, goes),
        'tail': _mean(computing + costs.answering, goes),
        'rest': _mean(costs.until[exits + 1] - costs.until[split], goes),
        'sent_right': (told & goes).mean(),
        'back_right': (said[:, -1] & goes).mean(),
        'spoken': np.diff((said & goes[:, np.newaxis]).mean(axis=0)) * (places < split),
    }
    return {name: np.asarray(value, float) for name, value in found.items()}


def _said(table: OutcomeTable, exits: np.ndarray) -> np.ndarray:
    """Say whether pictures are right if only the first 0..E exits may speak, bool (N, E + 1).

    :param exits: that each leaves at on the robot, (N,).
    """
    spoken = np.minimum(exits[:, np.newaxis], np.arange(table.exits))
    right = np.take_along_axis(table.right, spoken, axis=1)
    return np.concatenate([np.zeros((len(table), 1), bool), right], axis=1)


def _mean(values: np.ndarray, which: np.ndarray) -> float:
    return float(values[which].mean()) if which.any() else 0.0
