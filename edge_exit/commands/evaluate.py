"""`edge_exit evaluate`: what a model, a policy and a link would have made of a recording."""

import argparse
from functools import partial
from pathlib import Path

from edge_exit.commands.option_ranges import check_ranges
from edge_exit.errors import ConfigError

# Of the options that every replay has.
WORLD_RANGES = {
    'rtt_ms': (0.0, 10_000.0),
    'loss': (0.0, 1.0),
    'robot_slowdown': (1e-3, 1e6),
    'server_slowdown': (1e-3, 1e6),
    'seed': (0, 2**31),
    'jobs': (0, 1024),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('bags', nargs='+', metavar='BAG', help='rosbag2 folders or files')
    parser.add_argument('--bundle', required=True, help='name or folder of the bundle')
    parser.add_argument(
        '--policy', nargs='+', metavar='POLICY', help='policies to try (that of the parameters)'
    )
    parser.add_argument(
        '--live', action='store_true', help='judge the results that the bag itself holds'
    )
    parser.add_argument('--topic', help='topic of the images (the only one)')
    parser.add_argument(
        '--labels', metavar='FILE|TOPIC', help="true classes (the bag's own labels, if any)"
    )
    parser.add_argument(
        '--params', type=Path, metavar='FILE', help='ROS parameters of head, tail and policy'
    )
    add_world(parser)
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there')
    parser.add_argument('--html', type=Path, metavar='FILE', help='write the report there')
    parser.add_argument('--frames', type=Path, metavar='FILE', help='write each result there, CSV')


def add_world(parser: argparse.ArgumentParser) -> None:
    """Declare link, speed and chance of a replay."""
    parser.add_argument(
        '--link', default='recorded', metavar='recorded|TRACE.csv|MBPS',
        help='as recorded in the bag, a trace of rates, or one rate in Mbit/s (recorded)',
    )  # fmt: skip
    parser.add_argument(
        '--rtt-ms', type=float, default=5.0, help='round-trip time where a trace has none (5)'
    )
    parser.add_argument('--loss', type=float, default=0.0, help='of frames of the wire, 0..1 (0)')
    parser.add_argument(
        '--robot-slowdown', type=float, default=1.0, metavar='FACTOR',
        help='times slower than the machine of the profile that the robot is (1)',
    )  # fmt: skip
    parser.add_argument(
        '--server-slowdown', type=float, default=1.0, metavar='FACTOR', help='of the server (1)'
    )
    parser.add_argument(
        '--times', choices=('profile', 'real'), default='profile',
        help="take computing times from the bundle's profile, or measure them here (profile)",
    )  # fmt: skip
    parser.add_argument('--seed', type=int, default=0, help='of what the link loses (0)')
    parser.add_argument('--jobs', type=int, default=1, help='processes, 0 for one a core (1)')


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print a table, and write JSON, report and frames."""
    from tqdm import tqdm

    from edge_exit.evaluation.judging import document
    from edge_exit.replay import table

    check_ranges(arguments, WORLD_RANGES)
    if arguments.policy and arguments.live:
        raise ConfigError('--live judges what was recorded: leave out --policy')
    bar = partial(tqdm, disable=None)
    done = list(_live(arguments) if arguments.live else _replayed(arguments, bar))
    judged = document([one.judged for one in done])
    print(table.text(judged['runs']))
    for note in dict.fromkeys(
        f'{run["bag"]}: {note}' for run in judged['runs'] for note in run['notes']
    ):
        print(f'note: {note}')
    _write(arguments, judged, done)
    return 0


def _replayed(arguments: argparse.Namespace, bar):
    from edge_exit.replay import evaluating
    from edge_exit.replay.asked import Asked, values_for

    asked = [
        Asked(policy, parameters=arguments.params, **world_of(arguments))
        for policy in arguments.policy or [None]
    ]
    bundle = evaluating.loaded(arguments.bundle)
    for one in asked:
        values_for(one, bundle)  # before any work, say what is not possible
    sources = _sources(arguments)
    known = evaluating.spread(evaluating.learn, sources, arguments.jobs, bar)
    tasks = [
        evaluating.Task(source, one, what, frames=arguments.frames is not None)
        for source, what in zip(sources, known, strict=True)
        for one in asked
    ]
    return evaluating.spread(evaluating.evaluate, tasks, arguments.jobs, bar)


def _sources(arguments: argparse.Namespace) -> list:
    from edge_exit.replay.evaluating import Source

    return [
        Source(bag, arguments.topic, arguments.labels, arguments.bundle) for bag in arguments.bags
    ]


def world_of(arguments: argparse.Namespace) -> dict:
    """Give what `add_world` declares, as `Asked` takes it."""
    names = ('link', 'rtt_ms', 'loss', 'robot_slowdown', 'server_slowdown', 'times', 'seed')
    return {name: getattr(arguments, name) for name in names}


def _live(arguments: argparse.Namespace):
    from edge_exit.replay.live import judge_live

    for source in _sources(arguments):
        yield judge_live(source, arguments.params, frames=arguments.frames is not None)


def _write(arguments: argparse.Namespace, judged: dict, done: list) -> None:
    from edge_exit.evaluation.bags.camera import open_camera
    from edge_exit.evaluation.files import write_json, write_whole
    from edge_exit.replay.frames_csv import write_frames

    try:
        if arguments.json:
            write_json(arguments.json, judged)
        if arguments.frames:
            runs = list(zip(judged['runs'], (one.frames for one in done), strict=True))
            write_whole(arguments.frames, lambda file: write_frames(file, runs))
        if arguments.html:
            from edge_exit.report import page

            page.write(
                arguments.html,
                judged,
                lambda bag, topic, stamps: open_camera(bag, topic).pictures(stamps),
            )
    except OSError as error:
        raise ConfigError(f'cannot be written, what was there is as before: {error}') from error
    for path in (arguments.json, arguments.frames, arguments.html):
        if path:
            print(f'written: {path}')
