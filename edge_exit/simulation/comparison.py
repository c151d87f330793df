"""All policies over trace families, preferences, robot speeds and round-trip times."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from edge_exit.link.traces import Trace
from edge_exit.policy.interface import Policy, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.preference import Preference
from edge_exit.simulation.bounds import bounds
from edge_exit.simulation.episodes import World, under_policies
from edge_exit.simulation.simulator import Scene
from edge_exit.simulation.worlds import alike


@dataclass(frozen=True, slots=True)
class Cell:
    """One world of the comparison.

    :ivar trace: name of the family.
    :ivar preference: what the user wants, by name.
    :ivar base_rtt: s.
    """

    trace: str
    preference: tuple[str, Preference]
    robot_slowdown: float
    base_rtt: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same in all cells.

    :ivar worlds: episodes of each cell, over different parts of the traces.
    :ivar seconds: length of an episode.
    :ivar period: of the camera, s.
    :ivar held: segments that the robot holds.
    """

    worlds: int
    seconds: float
    period: float
    settings: Settings
    held: int
    tail_slowdown: float = 1.0
    jitter: float = 0.001
    loss: float = 0.0
    seed: int = 0


def cells(
    families: Sequence[str],
    preferences: Mapping[str, Preference],
    slowdowns: Sequence[float],
    rtts: Sequence[float],
) -> list[Cell]:
    """Give every combination."""
    every = product(families, preferences.items(), slowdowns, rtts)
    return [Cell(*values) for values in every]


def rows(
    cell: Cell,
    world: World,
    traces: Sequence[Trace],
    plan: Plan,
    contenders: Mapping[str, Callable[[], Policy]],
    tried: Sequence[OperatingPoint] = (),
) -> Iterator[dict]:
    """Run all contenders in one cell, with the same links, pictures and chance.

    :param tried: points of the bounds; without any there are no bounds.
    """
    _, preference = cell.preference
    # The same for all policies and preferences, another for each family.
    seed = [plan.seed, zlib.crc32(cell.trace.encode())]
    scene = _scene(cell, traces, plan, np.random.default_rng(seed))
    settings = [replace(plan.settings, preference=preference)] * plan.worlds
    for name, make in contenders.items():
        account = under_policies(world, scene, make, settings, seed=plan.seed)
        yield _row(cell, name, account.figures())
    if tried:
        for name, account in bounds(world, scene, tried, seed=plan.seed).items():
            yield _row(cell, name, account.figures())


def _scene(cell: Cell, traces: Sequence[Trace], plan: Plan, random: np.random.Generator) -> Scene:
    worlds = alike(
        plan.worlds, cell.preference[1], held=plan.held, period=plan.period,
        deadline=plan.settings.deadline, head_slowdown=cell.robot_slowdown,
        tail_slowdown=plan.tail_slowdown, jitter=plan.jitter, loss=plan.loss,
    )  # fmt: skip
    chosen = [traces[index % len(traces)] for index in range(plan.worlds)]
    starts = random.random(plan.worlds) * [trace.duration for trace in chosen]
    return Scene(worlds, chosen, starts, np.full(plan.worlds, cell.base_rtt), plan.seconds)


def _row(cell: Cell, policy: str, figures: dict[str, float]) -> dict:
    about = {
        'policy': policy,
        'trace': cell.trace,
        'preference': cell.preference[0],
        'robot_slowdown': cell.robot_slowdown,
        'base_rtt_ms': round(1e3 * cell.base_rtt, 3),
    }
    return about | {name: round(value, 6) for name, value in figures.items()}
