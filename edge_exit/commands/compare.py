"""`edge_exit compare`: all policies over link traces, preferences, robots and round-trip times."""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from edge_exit.commands.option_ranges import check_ranges
from edge_exit.errors import ConfigError

_RANGES = {
    'tail_slowdown': (1e-3, 1e6),
    'loss': (0.0, 0.99),
    'rate_hz': (0.1, 240.0),
    'deadline_ms': (10.0, 60_000.0),
    'worlds': (1, 1000),
    'seconds': (5.0, 86_400.0),
    'local_segments': (0, 64),
    'jobs': (0, 1024),
    'seed': (0, 2**31),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('--bundle', required=True, help='name or folder of the bundle')
    parser.add_argument('--traces', type=Path, metavar='FOLDER', help='trace files (*.csv)')
    parser.add_argument(
        '--part', choices=('all', 'training', 'test'), default='all',
        help='part of each trace file in time: the first 60 %%, the rest, or all (all)',
    )  # fmt: skip
    parser.add_argument(
        '--outcomes', type=Path, metavar='FILE',
        help="outcome table of other pictures (the bundle's own, every other picture)",
    )  # fmt: skip
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there')
    parser.add_argument('--png', type=Path, metavar='FILE', help='draw them there (as the JSON)')
    parser.add_argument('--families', nargs='+', help='trace families (all)')
    parser.add_argument(
        '--preferences', nargs='+',
        help='what users want: names (all), or weights as accuracy=10,latency=5',
    )  # fmt: skip
    parser.add_argument('--policies', nargs='+', help='policies (all)')
    parser.add_argument(
        '--slowdowns', type=float, nargs='+', default=[1, 8, 32], metavar='FACTOR',
        help="times slower than the server's core that the robot is (1 8 32)",
    )  # fmt: skip
    parser.add_argument(
        '--rtts', type=float, nargs='+', default=[5, 50], metavar='MS',
        help='base round-trip times, ms (5 50)',
    )  # fmt: skip
    parser.add_argument('--tail-slowdown', type=float, default=1.0, help='of the server (1)')
    parser.add_argument('--local-segments', type=int, default=0, help='that the robot holds (all)')
    parser.add_argument('--loss', type=float, default=0.0, help='of frames of the wire (0)')
    parser.add_argument('--rate-hz', type=float, default=15.0, help="the camera's (15)")
    parser.add_argument('--deadline-ms', type=float, default=200.0, help='of each frame (200)')
    parser.add_argument('--worlds', type=int, default=4, help='episodes of each cell (4)')
    parser.add_argument('--seconds', type=float, default=20.0, help='of each episode (20)')
    parser.add_argument('--no-bounds', action='store_true', help='no oracle, no fixed points')
    parser.add_argument('--jobs', type=int, default=0, help='processes, 0 for one a core (0)')
    parser.add_argument('--seed', type=int, default=0)


def run(arguments: argparse.Namespace) -> int:
    """Compare, print a table, and write JSON and picture."""
    from edge_exit import bundle as bundles
    from edge_exit.evaluation.files import write_json
    from edge_exit.simulation import comparison_table
    from edge_exit.simulation.candidates import candidates
    from edge_exit.simulation.setting import world_of

    _check(arguments)
    bundle = bundles.load(arguments.bundle)
    world = world_of(bundle, arguments.outcomes)
    families = _families(arguments)
    contenders = _contenders(arguments.policies)
    plan = _plan(arguments, bundle)
    tried = () if arguments.no_bounds else candidates(world.table)
    rows = _rows(
        arguments,
        [
            (cell, world, families[cell.trace], plan, contenders, tried)
            for cell in _cells(arguments, families)
        ],
    )
    print(comparison_table.text(rows))
    if arguments.json:
        about = {'bundle': bundle.name, 'model_id': bundle.model_id, **_about(arguments, world)}
        write_json(arguments.json, {**about, 'rows': rows})
    picture = arguments.png or (arguments.json and arguments.json.with_suffix('.png'))
    if picture:
        _draw(rows, picture, f'{bundle.name}: policies in simulated worlds')
    return 0


def _rows(arguments: argparse.Namespace, tasks: list[tuple]) -> list[dict]:
    """Work on all cells, a process each, so many at a time."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from tqdm import tqdm

    jobs = min(arguments.jobs or len(os.sched_getaffinity(0)), len(tasks))
    shown = {'desc': 'compare', 'unit': 'cell', 'total': len(tasks)}
    if jobs == 1:
        return [row for found in tqdm(map(_rows_of, tasks), **shown) for row in found]
    with ProcessPoolExecutor(jobs, mp_context=get_context('spawn')) as pool:
        return [row for found in tqdm(pool.map(_rows_of, tasks), **shown) for row in found]


def _rows_of(task: tuple) -> list[dict]:
    from edge_exit.simulation.comparison import rows

    return list(rows(*task))


def _check(arguments: argparse.Namespace) -> None:
    check_ranges(arguments, _RANGES)
    if not all(1e-3 <= factor <= 1e6 for factor in arguments.slowdowns):
        raise ConfigError(f'--slowdowns {arguments.slowdowns} are not all in 0.001..1000000')
    if not all(0 <= rtt <= 10_000 for rtt in arguments.rtts):
        raise ConfigError(f'--rtts {arguments.rtts} are not all in 0..10000 ms')


def _families(arguments: argparse.Namespace) -> dict:
    from edge_exit.simulation import families

    found = families.gathered(
        arguments.seed + 1000, arguments.worlds, arguments.traces, arguments.part
    )
    return _chosen(found, arguments.families, '--families')


def _contenders(names: list[str] | None) -> dict:
    from edge_exit.simulation.contenders import contenders

    return _chosen(contenders(), names, '--policies')


def _cells(arguments: argparse.Namespace, families: dict) -> list:
    from edge_exit.simulation.comparison import cells
    from edge_exit.simulation.preferences import preferences_of

    wanted = preferences_of(arguments.preferences)
    rtts = [rtt / 1e3 for rtt in arguments.rtts]
    return cells(list(families), wanted, arguments.slowdowns, rtts)


def _chosen(of_all: dict, names: list[str] | None, option: str) -> dict:
    unknown = [name for name in names or () if name not in of_all]
    if unknown:
        raise ConfigError(f'{option}: {", ".join(unknown)} is not one of {", ".join(of_all)}')
    return {name: of_all[name] for name in names or of_all}


def _plan(arguments: argparse.Namespace, bundle):
    from edge_exit.policy.interface import Settings
    from edge_exit.simulation.comparison import Plan

    held = arguments.local_segments or len(bundle.segments)
    if held > len(bundle.segments):
        raise ConfigError(f'--local-segments is {held}, the model has {len(bundle.segments)}')
    settings = Settings(deadline=arguments.deadline_ms / 1e3)
    return Plan(
        worlds=arguments.worlds,
        seconds=arguments.seconds,
        period=1 / arguments.rate_hz,
        settings=replace(settings, local_segments=arguments.local_segments),
        held=held,
        tail_slowdown=arguments.tail_slowdown,
        loss=arguments.loss,
        seed=arguments.seed,
    )


def _about(arguments: argparse.Namespace, world) -> dict:
    names = (
        'part', 'worlds', 'seconds', 'rate_hz', 'deadline_ms', 'tail_slowdown',
        'local_segments', 'loss', 'seed',
    )  # fmt: skip
    return {'pictures': len(world.table), **{name: getattr(arguments, name) for name in names}}


def _draw(rows: list[dict], path: Path, title: str) -> None:
    try:
        from edge_exit.simulation.comparison_plot import draw
    except ImportError:
        print('no picture: matplotlib is missing (extra `demo` or `train`)')
        return
    draw(rows, path, title)
    print(f'written: {path}')
