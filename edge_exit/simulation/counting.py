"""What a bundle answers at each exit threshold, counted from its outcome table.

The block goes into the manifest's metrics, where policies find it (edge_exit/policy/answers.py).
"""

import numpy as np

from edge_exit.bundle import Bundle, rewriting
from edge_exit.evaluation.exit_curves import NEVER, leaving_exits
from edge_exit.policy.answers import BLOCK
from edge_exit.simulation.outcomes import OutcomeTable

# Thresholds, besides 0 and NEVER.
_INNER = 14
_DIGITS = 4


def answers_block(table: OutcomeTable) -> dict:
    """Count where pictures leave and what is answered rightly, at thresholds all over the margins.

    :returns: thresholds, left, right, sent and kept as `Answers` describes them, as plain lists.
    """
    thresholds = _thresholds(table.margins)
    counted = [_at(table, threshold) for threshold in thresholds]
    left, right, sent, kept = (np.array(part) for part in zip(*counted, strict=True))
    return {
        'pictures': len(table),
        'thresholds': thresholds,
        'left': _plain(left),
        'right': _plain(right),
        'sent': _plain(np.moveaxis(sent, 0, -1)),
        'kept': _plain(kept.T),
    }


def keep_counts(table: OutcomeTable, bundle: Bundle) -> Bundle:
    """Put into a bundle what its policies may know: counts of the pictures to learn from.

    The model id stays, and so does all else that the manifest says.
    """
    counted = answers_block(table.halves()[0])
    return rewriting.update(bundle, {'metrics': {**bundle.metrics, BLOCK: counted}})


def _thresholds(margins: np.ndarray) -> list[float]:
    """Give thresholds that let evenly many more pictures leave early, ascending."""
    inner = margins[:, :-1]
    shares = np.linspace(0, 1, _INNER + 1)[1:]
    tried = np.quantile(inner, shares) if inner.size else []
    # Downwards: what is as sure as a quantile must be sure enough for its threshold.
    return sorted({0.0, *(np.floor(np.multiply(tried, 1e4)) / 1e4).tolist(), NEVER})


def _at(table: OutcomeTable, threshold: float) -> tuple[np.ndarray, ...]:
    """Count at one threshold: left (E,), right (E,), sent (S, L), kept (S,)."""
    exits = leaving_exits(table.margins, threshold)
    there = exits[:, np.newaxis] == np.arange(table.exits)
    sent = np.empty((table.splits, table.levels))
    kept = np.zeros(table.splits)
    for split in range(table.splits):
        goes = exits >= split
        for level in range(table.levels):
            margins = table.tail_margins[:, split, level]
            at_tail = leaving_exits(margins[:, split:], threshold) + split
            right = np.take_along_axis(
                table.tail_right[:, split, level], at_tail[:, np.newaxis], axis=1
            )[:, 0]
            sent[split, level] = (goes & right).mean()
        if split:
            kept[split] = (goes & table.right[:, split - 1]).mean()
    return there.mean(axis=0), (there & table.right).mean(axis=0), sent, kept


def _plain(values: np.ndarray) -> list:
    return np.round(values, _DIGITS).tolist()
