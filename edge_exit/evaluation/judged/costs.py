"""What frames cost in multiply-accumulate operations, from how they ended."""

from dataclasses import dataclass

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation.exit_curves import spent_macs
from edge_exit.evaluation.run import Run
from edge_exit.inference.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Costs:
    """What decides how much was computed; arrays (N,).

    :ivar point: index into the run's operating points of the one in force; below 0 before any.
    :ivar sent: whether anything was sent to a tail.
    """

    run: Run
    bundle: Bundle | None
    point: np.ndarray
    sent: np.ndarray
    outcome: np.ndarray
    exit: np.ndarray
    split: np.ndarray

    def network_macs(self) -> np.ndarray:
        """Give what the network took up to the exit that answered, wherever it ran."""
        return self._until(np.maximum(self.exit + 1, 0))

    def robot_macs(self) -> np.ndarray:
        """Give what ran on the robot; of a segment that was broken off, nothing."""
        answered = np.maximum(self.exit + 1, 0)
        ran = np.where(self.outcome == Outcome.OFFLOADED, self.split, answered)
        # What was sent and then fell back ran up to its split at least.
        fallen = (self.outcome == Outcome.FALLBACK) & self.sent
        return self._until(np.where(fallen, np.maximum(answered, self.split), ran)) + self._coded()

    def _until(self, segments: np.ndarray) -> np.ndarray:
        """Give the MACs of the first segments with their exits."""
        if self.bundle is None:
            return np.full(len(segments), np.nan)
        until = np.concatenate([[0.0], spent_macs(self.bundle)])
        return until[np.clip(segments, 0, len(until) - 1)]

    def _coded(self) -> np.ndarray:
        """Give the MACs of the encoder where a code was sent, of the level that was in force."""
        if self.bundle is None or not self.run.points:
            return np.zeros(len(self.split))
        table = _encoder_macs(self.bundle)
        levels = np.array([choice.codec_level for _, choice in self.run.points])
        level = np.clip(levels[np.maximum(self.point, 0)], 0, table.shape[1] - 1)
        coded = self.sent & (self.point >= 0) & (self.split < len(table))
        return np.where(coded, table[np.clip(self.split, 0, len(table) - 1), level], 0.0)


def _encoder_macs(bundle: Bundle) -> np.ndarray:
    """Give what encoding takes, (splits, codec levels)."""
    table = np.zeros((len(bundle.splits), len(bundle.codec_levels)))
    for row in bundle.splits:
        for level, codec in enumerate(bundle.codec_levels):
            if row.bottleneck is not None and codec.width is not None:
                table[row.split, level] = row.bottleneck.encoder_macs
    return table
