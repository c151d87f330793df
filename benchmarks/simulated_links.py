"""The simulation against real nodes: what was measured on live links, and what is simulated there.

    python benchmarks/simulated_links.py

Reads benchmarks/results/live_links.json: real processes over shaped links, the robot's on a slow
core. The same policies are simulated on the same links, with pictures that no training saw, on a
machine as fast as that one: the whole network on board takes as long; on a robot with a link, which
takes its part of the one core, as long as there where nothing was sent; and with the jitter that
those robots measured on a steady, fast link. `of_live` is simulated over live.

`reachable` asks what any policy could do there: the least mean latency that a fixed operating point
or the oracle comes to, with answers as right as the whole network's and whatever energy and bytes
it takes, over that of the fastest of whole on board, JPEG, and dynamic split without exits.
"""

import argparse
import json
from pathlib import Path
from statistics import mean, median

import live_links
import numpy as np
import report
from comparing import BOUNDS, RIVALS, WITHIN_REACH, least_mean_ms
from live_cell import SLOWDOWN, Row
from live_contenders import MINDS_NEITHER, OURS, RIGHT_AND_FAST, SPLIT, WHOLE

from edge_exit import bundle as bundles
from edge_exit.link.traces import read_trace
from edge_exit.policy.interface import Settings
from edge_exit.policy.preference import Preference
from edge_exit.simulation import contenders, generators
from edge_exit.simulation.bounds import bounds
from edge_exit.simulation.candidates import candidates
from edge_exit.simulation.episodes import SETTLING, World, under_policies
from edge_exit.simulation.preferences import preferences_of
from edge_exit.simulation.setting import world_of
from edge_exit.simulation.simulator import Scene
from edge_exit.simulation.worlds import alike

WORLDS = 32
DEFAULT = Preference()
LIVE_WEIGHTS = {name.removesuffix('_weight'): value for name, value in MINDS_NEITHER.items()}
POLICIES = {
    OURS: ('learned', DEFAULT),
    RIGHT_AND_FAST: ('learned', Preference(**LIVE_WEIGHTS)),
    SPLIT: ('split_without_exits', DEFAULT),
}
# For the oracle, which needs a copy of each world for each point.
FEW = 4
# The fastest of the steady links.
STEADY = '50 Mbit/s'
# Of a shaped link between two network namespaces, s.
BASE_RTT = 0.0005


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', 1)[0])
    parser.add_argument('--traces', type=Path, default=live_links.TRACES)
    parser.add_argument('--bundle', default='objects20', help='the one of the live links')
    arguments = parser.parse_args()
    live = json.loads((report.RESULTS / 'live_links.json').read_text())
    bundle = bundles.load(arguments.bundle)
    if bundle.model_id != live['model_id']:
        raise SystemExit(f'{bundle.name} is not the bundle that was measured on live links')
    world = world_of(bundle)
    speed, jitter = speed_of(world, live), jitter_of(live)
    linked = speed * linked_of(live)
    links = {row.name: row for row in live_links.rows_of(arguments.traces)}
    measured = {row['link'] for row in live['rows']}
    report.write(
        'simulated_links',
        [
            row_of(world, (linked, speed), jitter, links[row['link']], row, live)
            for row in live['rows']
            if row['contender'] in POLICIES and row['link'] in links
        ],
        bundle=live['bundle'],
        worlds=WORLDS,
        speed=speed,
        linked=linked,
        jitter_ms=1e3 * jitter,
        to_reach='mean latency, offload share and bytes within 10 %',
        reachable=[
            reachable(world, (linked, speed), jitter, link, live)
            for name, link in links.items()
            if name in measured
        ],
    )


def speed_of(world: World, live: dict) -> float:
    """Give the time of a whole frame on the machine of the live links over the one known."""
    (whole,) = (row for row in live['rows'] if row['contender'] == WHOLE)
    known = world.profile.overhead + sum(world.profile.segment_times)
    return whole['latency_ms_mean'] / (1e3 * SLOWDOWN * known)


def linked_of(live: dict) -> float:
    """Give how much longer a whole frame takes on a robot with a link, where nothing was sent."""
    (whole,) = (row for row in live['rows'] if row['contender'] == WHOLE)
    stayed = [
        row['latency_ms_mean']
        for row in live['rows']
        if row['contender'] == SPLIT and not row['offloaded'] and not row['fallback']
    ]
    return median(stayed) / whole['latency_ms_mean'] if stayed else 1.0


def jitter_of(live: dict) -> float:
    """Give the mean delay beside the least one, each way, s.

    A robot measures by how much one round trip differs from the next (RFC 3550). Of the sum of two
    exponential delays that is 1.5 times the mean of one.
    """
    measured = [
        row['jitter_ms']
        for row in live['rows']
        if row['link'] == STEADY and row['contender'] in POLICIES
    ]
    return mean(measured) / 1.5e3


def row_of(
    world: World, speed: tuple[float, float], jitter: float, link: Row, row: dict, live: dict
) -> dict:
    """Simulate what one contender met on one live link.

    :param speed: of robot and server, as of `speed_of`.
    :param jitter: as of `jitter_of`.
    """
    policy, wanted = POLICIES[row['contender']]
    make = contenders.contenders()[policy]
    settings = [Settings(deadline=live['deadline_ms'] / 1e3, preference=wanted)] * WORLDS
    scene = scene_of(link, world.profile.segments, speed, jitter, live, wanted=wanted)
    found = under_policies(world, scene, make, settings, seed=0).figures()
    offloaded = row['offloaded'] / row['images']
    return {
        'link': row['link'],
        'contender': row['contender'],
        'live_ms': row['latency_ms_mean'],
        'simulated_ms': round(found['latency_ms_mean'], 1),
        'of_live': round(found['latency_ms_mean'] / row['latency_ms_mean'], 3),
        'live_p99_ms': row['latency_ms_p99'],
        'simulated_p99_ms': round(found['latency_ms_p99'], 1),
        'live_offloaded': round(offloaded, 3),
        'simulated_offloaded': round(found['offloaded'], 3),
        'live_bytes': row['bytes_per_frame'],
        'simulated_bytes': round(found['bytes_per_frame']),
    }


def reachable(
    world: World, speed: tuple[float, float], jitter: float, link: Row, live: dict
) -> dict:
    """Say what any policy could come to on one link; arguments as of `row_of`."""
    known = (link, world.profile.segments, speed, jitter, live)
    settings = [Settings(deadline=live['deadline_ms'] / 1e3)] * FEW
    every, linked = contenders.contenders(), scene_of(*known, count=FEW)
    # A robot without a link has all of its core.
    alone = scene_of(link, world.profile.segments, (speed[1], speed[1]), jitter, live, count=FEW)
    rivals = {
        name: under_policies(
            world, alone if name == 'on_board' else linked, every[name], settings, seed=0
        ).figures()
        for name in RIVALS
    }
    whole, points = rivals['on_board']['accuracy'], candidates(world.table)
    scenes = [
        scene_of(*known, count=FEW, wanted=wanted)
        for wanted in preferences_of(WITHIN_REACH).values()
    ]
    every_bound = [bounds(world, scene, points, seed=0) for scene in scenes]
    found = [accounts[name].figures() for accounts in every_bound for name in BOUNDS]
    least, rival_ms = least_mean_ms(found, whole), least_mean_ms(rivals.values(), whole)
    rival = next(name for name, one in rivals.items() if one['latency_ms_mean'] == rival_ms)
    return {
        'link': link.name,
        'rival': rival,
        'rival_ms': round(rival_ms, 1),
        'reachable_ms': round(least, 1),
        'ratio': round(least / rival_ms, 3),
    }


def scene_of(
    link: Row,
    held: int,
    speed: tuple[float, float],
    jitter: float,
    live: dict,
    *,
    count: int = WORLDS,
    wanted: Preference = DEFAULT,
) -> Scene:
    """Give worlds that differ by chance alone; what is not judged live is not judged here."""
    worlds = alike(
        count, wanted, held=held,
        period=1 / live['rate_hz'], deadline=live['deadline_ms'] / 1e3,
        head_slowdown=speed[0] * SLOWDOWN, tail_slowdown=speed[1], jitter=jitter,
        loss=link.loss,
    )  # fmt: skip
    unjudged = live_links.WARM_UP - SETTLING
    trace = read_trace(link.trace) if link.trace else generators.constant(1e6 * link.rate_mbps)
    starts = np.full(count, link.offset + unjudged)
    duration = live['seconds'] + SETTLING  # of one turn
    return Scene(worlds, [trace] * count, starts, np.full(count, BASE_RTT), duration)


if __name__ == '__main__':
    main()
