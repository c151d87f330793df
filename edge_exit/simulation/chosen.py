"""The learned policy's candidates: a bundle's points with what they did with its pictures."""

import numpy as np

from edge_exit.evaluation.exit_curves import leaving_exits
from edge_exit.policy.learned_inputs import Candidates
from edge_exit.simulation.candidates import candidates
from edge_exit.simulation.costs import costs_of
from edge_exit.simulation.episodes import World


def counted(world: World) -> Candidates:
    """Count what each candidate does with the pictures of a world's table."""
    points = candidates(world.table)
    rows = [_row(world, one.split, one.exit_threshold, one.codec_level) for one in points]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Candidates(
        split=np.array([one.split for one in points]),
        exit_threshold=np.array([one.exit_threshold for one in points]),
        level=np.array([one.codec_level for one in points]),
        offload=np.array([one.offload for one in points]),
        **_without_sending(columns, np.array([one.offload for one in points])),
    )


def _row(world: World, split: int, threshold: float, level: int) -> dict[str, float]:
    """Count one point; what would be kept if nothing might leave comes as `alone_*`."""
    table, costs = world.table, costs_of(world.profile)
    exits = leaving_exits(table.margins, threshold)
    goes = exits >= split
    at_tail = leaving_exits(table.tail_margins[:, split, level, split:], threshold) + split
    own = np.take_along_axis(table.right, exits[:, np.newaxis], axis=1)[:, 0]
    told = table.tail_right[np.arange(len(table)), split, level, at_tail]
    head, stays = costs.until[exits + 1], ~goes

    def mean(values: np.ndarray, which: np.ndarray) -> float:
        return float(values[which].mean()) if which.any() else 0.0

    tail = costs.until[at_tail + 1] - costs.until[split] + costs.decoder[split, level]
    return {
        'kept_head': mean(head, stays),
        'sent_head': float(costs.until[split] + costs.encoder[split, level]),
        'sent': float(goes.mean()),
        'wire_bytes': mean(table.sent_bytes[:, split, level] + world.overhead_bytes, goes),
        'tail': mean(tail, goes),
        'rest': mean(head - costs.until[split], goes),
        'kept_right': float((own & stays).mean()),
        'sent_right': float((told & goes).mean()),
        'back_right': float((own & goes).mean()),
        'alone_head': float(head.mean()),
        'alone_right': float(own.mean()),
    }


def _without_sending(columns: dict[str, np.ndarray], offload: np.ndarray) -> dict[str, np.ndarray]:
    alone_head, alone_right = columns.pop('alone_head'), columns.pop('alone_right')
    kept = {name: np.where(offload, values, 0.0) for name, values in columns.items()}
    kept['kept_head'] = np.where(offload, columns['kept_head'], alone_head)
    kept['kept_right'] = np.where(offload, columns['kept_right'], alone_right)
    return kept
