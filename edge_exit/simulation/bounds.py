"""What no policy can know: the best and worst fixed point, and the best point of every step."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.simulation.episodes import SETTLING, Account, World, over
from edge_exit.simulation.points import Points, points_of
from edge_exit.simulation.simulator import Scene, Simulator

# Steps that the oracle looks ahead: what a frame leaves behind in a queue, later ones suffer from.
AHEAD = 2


def bounds(
    world: World, scene: Scene, tried: Sequence[OperatingPoint], *, seed: int
) -> dict[str, Account]:
    """Run the fixed points with the best and the worst mean, and the oracle.

    The oracle tries every point on a copy of each world for AHEAD steps, with the pictures and the
    link that will really come, and keeps the best one for a step. It knows how sure the answers
    will be, but not which are right: no policy can guess labels. It is a bound on what points of
    this set can reach but for what pays off still later.
    """
    fixed = _fixed(world, scene, tried, seed)
    means = [account.reward_by_world().mean() for account in fixed]
    return {
        'best_fixed': fixed[int(np.argmax(means))],
        'worst_fixed': fixed[int(np.argmin(means))],
        'oracle': _oracle(world, scene, tried, seed),
    }


def _fixed(world, scene, tried, seed) -> list[Account]:
    """Run every point in every world; give an account for each point."""
    count = len(tried)
    simulator, points = _begin(world, scene, tried, seed)
    accounts = [Account(len(scene.worlds)) for _ in tried]
    while not over(simulator, scene):
        counts = simulator.now >= SETTLING
        stepped = simulator.step(points)
        if counts:
            for place, account in enumerate(accounts):
                rows = np.arange(place, count * len(scene.worlds), count)
                account.add(simulator, stepped, rows)
    return accounts


def _oracle(world, scene, tried, seed) -> Account:
    count, worlds = len(tried), len(scene.worlds)
    simulator, every = _begin(world, scene, tried, seed)
    account, firsts = Account(worlds), np.arange(0, count * worlds, count)
    while not over(simulator, scene):
        best = tried_ahead(simulator, every, count).argmax(axis=1) + firsts
        counts = simulator.now >= SETTLING
        # All copies of a world take its best point, so that they stay the same world.
        stepped = simulator.step(every.of(np.repeat(best, count)))
        if counts:
            account.add(simulator, stepped, firsts)
    return account


def tried_ahead(simulator: Simulator, every: Points, count: int) -> np.ndarray:
    """Give the mean worth of the frames of the next AHEAD steps under each point, (worlds, count).

    :param every: the points of all copies of each world.
    """
    trial = simulator.fork()
    parts = [trial.step(every) for _ in range(AHEAD)]
    frames = np.maximum(sum(part.frames for part in parts), 1)
    return (sum(part.rewards for part in parts) / frames).reshape(-1, count)


def _begin(world, scene, tried, seed):
    """Begin with a copy of each world for each point, all with the same chance."""
    count = len(tried)
    many = copies(scene, count)
    simulator = world.begin(many, seed=seed, alike=count)
    chosen = list(tried) * len(scene.worlds)
    held = many.worlds.held
    return simulator, points_of(chosen, held, world.table.splits, world.table.levels)


def copies(scene: Scene, count: int) -> Scene:
    """Give a scene with so many neighbouring copies of each world."""
    rows = np.repeat(np.arange(len(scene.worlds)), count)
    return replace(
        scene,
        worlds=scene.worlds.of(rows),
        traces=[scene.traces[row] for row in rows],
        starts=scene.starts[rows],
        base_rtts=scene.base_rtts[rows],
    )
