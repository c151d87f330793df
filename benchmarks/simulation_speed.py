"""How many frames a second the simulation gets through on one core.

    python benchmarks/simulation_speed.py [--worlds 1 16 64 256]

Each world is a robot with a camera of 15 frames a second over a random-walk link. A control step
counts all of it: sights of all robots, sums of their results, frames, probes. The table of answers
is drawn at random, in the form of a bundle's: how answers come about does not change the work.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from statistics import median

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[name] = '1'

import report

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'test'))

import numpy as np
from simulated import EXITS, LEVELS, OVERHEAD, point, profile, table

from edge_exit.policy.preference import Preference
from edge_exit.simulation import generators
from edge_exit.simulation.points import points_of
from edge_exit.simulation.simulator import Scene, Simulator
from edge_exit.simulation.worlds import alike

STEPS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', 1)[0])
    parser.add_argument('--worlds', type=int, nargs='*', default=[1, 16, 64, 256])
    parser.add_argument('--rounds', type=int, default=5)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rows = [row(count, arguments.rounds) for count in arguments.worlds]
    report.write(
        'simulation_speed',
        rows,
        cores=1,
        steps=STEPS,
        rounds=arguments.rounds,
        to_reach={'frames_per_s': '>= 20000, with as many worlds as training uses (64)'},
    )


def row(count: int, rounds: int) -> dict:
    """Measure the median of some rounds, by the clock and by the processor's time."""
    found = [episode(count, seed) for seed in range(rounds)]
    wall, cpu = (median(frames / spent[place] for frames, *spent in found) for place in (0, 1))
    return {
        'worlds': count,
        'frames': sum(frames for frames, *_ in found),
        'frames_per_s': round(wall),
        'frames_per_cpu_s': round(cpu),
    }


def episode(count: int, seed: int) -> tuple[int, float, float]:
    random = np.random.default_rng(seed)
    worlds = alike(count, Preference(), held=EXITS, head_slowdown=8.0, jitter=0.002, loss=0.002)
    traces = [generators.random_walk(random, middle=3e6, duration=30) for _ in range(count)]
    scene = Scene(worlds, traces, np.zeros(count), np.full(count, 0.02), 30.0)
    sim = Simulator(profile(), table(2000), scene, overhead_bytes=OVERHEAD, seed=seed)
    points = points_of([point(1, threshold=0.7, level=1)] * count, worlds.held, EXITS, LEVELS)
    frames, wall, cpu = 0, time.perf_counter(), time.process_time()
    for _ in range(STEPS):
        sim.sight(), sim.results()
        frames += int(sim.step(points).frames.sum())
    return frames, time.perf_counter() - wall, time.process_time() - cpu


if __name__ == '__main__':
    main()
