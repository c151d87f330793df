"""Profiles, tables and scenes that tests of the simulation make themselves."""

from pathlib import Path

import numpy as np
from tiny_bundle import class_folders, one_for_each_exit, write_tiny_bundle

from edge_exit.bundle import Bundle
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.overheads import (
    FRAME_OVERHEAD,
    MESSAGE_OVERHEAD,
    RESULT_OVERHEAD,
    TAIL_OVERHEAD,
)
from edge_exit.policy.preference import Preference
from edge_exit.policy.profile import Profile
from edge_exit.simulation import generators, outcomes
from edge_exit.simulation.asking import ask
from edge_exit.simulation.outcomes import OutcomeTable
from edge_exit.simulation.points import points_of
from edge_exit.simulation.simulator import Scene, Simulator
from edge_exit.simulation.worlds import alike

SEGMENTS = (0.002, 0.002, 0.002, 0.002)
EXITS = len(SEGMENTS)
LEVELS = 3
SIZES = ((8000, 4000, 2000), (6000, 3000, 900), (4000, 2000, 600), (3000, 1500, 500))
OVERHEAD = 250


def profile() -> Profile:
    """Give a profile of four equal segments."""
    return Profile(
        segment_times=SEGMENTS,
        split_bytes=tuple(tuple(size + OVERHEAD for size in row) for row in SIZES),
        encoding_times=((0.0,) * LEVELS,) * EXITS,
        decoding_times=((0.0,) * LEVELS,) * EXITS,
        exit_accuracy=(0.6, 0.7, 0.8, 0.9),
        split_accuracy=((0.9, 0.89, 0.85),) * EXITS,
        overhead=FRAME_OVERHEAD + RESULT_OVERHEAD,
        around=RESULT_OVERHEAD,
        sending=MESSAGE_OVERHEAD,
        answering=MESSAGE_OVERHEAD + TAIL_OVERHEAD,
    )


def table(pictures: int = 400, seed: int = 0) -> OutcomeTable:
    """Draw margins that grow from exit to exit and answers that the surer are righter."""
    random = np.random.default_rng(seed)
    ease = random.random((pictures, 1))
    margins = np.clip(ease + np.linspace(-0.2, 0.3, EXITS), 0, 1).astype(np.float32)
    right = random.random((pictures, 1)) < 0.4 + 0.6 * margins
    shape = (pictures, EXITS, LEVELS, EXITS)
    tail_margins = np.broadcast_to(margins[:, None, None], shape).copy()
    return OutcomeTable(
        model_id='0' * 64,
        margins=margins,
        right=right,
        tail_margins=tail_margins,
        tail_right=np.broadcast_to(right[:, None, None], shape).copy(),
        sent_bytes=np.broadcast_to(np.array(SIZES, np.int32), shape[:3]).copy(),
        scores=0.4 + 0.6 * margins,
        tail_scores=0.4 + 0.6 * tail_margins,
    )


def scene(count=4, *, trace=None, rtt=0.005, duration=20.0, preference=None, **values) -> Scene:
    """Give worlds that are alike but for chance."""
    worlds = alike(count, preference or Preference(), held=values.pop('held', EXITS), **values)
    traces = [trace or generators.constant(10e6)] * count
    return Scene(worlds, traces, np.zeros(count), np.full(count, rtt), duration)


def simulator(scene_: Scene, *, seed: int = 0) -> Simulator:
    """Let the scene begin."""
    return Simulator(profile(), table(), scene_, overhead_bytes=OVERHEAD, seed=seed)


def point(split=1, threshold=2.0, growth=0.0, level=0, offload=True) -> OperatingPoint:
    """Give an operating point; nothing leaves early unless told so."""
    return OperatingPoint(split, threshold, growth, level, offload)


def run(
    simulator_: Simulator, chosen: OperatingPoint, until: float, *, since: float = 0.2
) -> dict[str, np.ndarray]:
    """Let a point hold; give the frames taken of all worlds, one array a field.

    :param since: frames before are not looked at: at first no heartbeat has been heard.
    """
    worlds = simulator_.worlds
    points = points_of([chosen] * len(worlds), worlds.held, EXITS, LEVELS)
    ends = []
    while simulator_.now < until - 1e-9:
        looked_at = simulator_.now > since - 1e-9
        ends += simulator_.step(points).ends if looked_at else simulator_.step(points).ends[:0]
    names = (
        'at',
        'latency',
        'outcome',
        'exit',
        'split',
        'right',
        'serialised',
        'missed',
        'airtime',
        'computing',
    )
    taken = [end.taken for end in ends]
    found = {
        name: np.concatenate([getattr(end, name)[t] for end, t in zip(ends, taken, strict=True)])
        for name in names
    }
    return found | {'dropped': np.array(sum(end.dropped.sum() for end in ends))}


def bundle_with_outcomes(folder: Path) -> Bundle:
    """Write a tiny bundle that carries the outcome table of a picture of each class and exit."""
    bundle = write_tiny_bundle(folder / 'tiny')
    pictures = class_folders(folder / 'pictures', one_for_each_exit)
    return outcomes.keep(ask(bundle, pictures), bundle)
