"""`edge_exit evaluate`: what a model, a policy and a link would have made of a recording."""

import argparse
from functools import partial
from pathlib import Path

from edge_exit.commands.option_ranges import check_ranges, option
from edge_exit.commands.world_options import (
    WORLD,
    WORLD_RANGES,
    add_recording,
    add_world,
    world_of,
)
from edge_exit.errors import ConfigError, EdgeExitError
from edge_exit.evaluation.files import check_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    # Bags first: what follows --policy is taken for policies.
    parser.usage = '%(prog)s BAG [BAG ...] --bundle BUNDLE [options]'
    parser.add_argument('bags', nargs='+', metavar='BAG', help='rosbag2 folders or files')
    add_recording(parser)
    parser.add_argument(
        '--policy', nargs='+', metavar='POLICY', help='policies to try (that of the parameters)'
    )
    parser.add_argument(
        '--live', action='store_true', help='judge the results that the bag itself holds'
    )
    parser.add_argument('--head', help='with --live: full name of the head (the only one)')
    add_world(parser)
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there')
    parser.add_argument('--html', type=Path, metavar='FILE', help='write the report there')
    parser.add_argument('--frames', type=Path, metavar='FILE', help='write each result there, CSV')


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print a table, and write JSON, report and frames."""
    from tqdm import tqdm

    from edge_exit.evaluation.judging import document
    from edge_exit.replay import table

    check_ranges(arguments, WORLD_RANGES)
    _check_live(arguments)
    for path in (arguments.json, arguments.html, arguments.frames):
        check_place(path)
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


def _check_live(arguments: argparse.Namespace) -> None:
    """Refuse options that decide nothing where nothing is replayed."""
    if not arguments.live:
        if arguments.head:
            raise ConfigError(f'--head {arguments.head} chooses a recorded robot: give --live, too')
        return
    given = [name for name, usual in WORLD.items() if getattr(arguments, name) != usual]
    if arguments.policy:
        given.insert(0, 'policy')
    if given:
        raise ConfigError(f'--live judges what was recorded: leave out {option(given[0])}')


def _replayed(arguments: argparse.Namespace, bar):
    from edge_exit.replay import evaluating
    from edge_exit.replay.asked import Asked, values_for

    asked = [
        Asked(policy, parameters=arguments.params, **world_of(arguments))
        for policy in arguments.policy or [None]
    ]
    sources = _sources(arguments)
    # An hour of work must not end at what could be known before.
    for one in asked:
        values_for(one, evaluating.loaded(arguments.bundle))
    for source in sources:
        evaluating.planned(source, asked[0])
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


def _live(arguments: argparse.Namespace):
    from edge_exit.replay.live import judge_live

    for source in _sources(arguments):
        yield judge_live(
            source, arguments.params, head=arguments.head, frames=arguments.frames is not None
        )


def _write(arguments: argparse.Namespace, judged: dict, done: list) -> None:
    """Write what is asked for; what cannot be written does not keep the rest from it."""
    from edge_exit.evaluation.bags.camera import open_camera
    from edge_exit.evaluation.files import write_json, write_whole
    from edge_exit.replay.frames_csv import write_frames
    from edge_exit.report import page

    def pictures(bag: str, topic: str, stamps):
        return open_camera(bag, topic).pictures(stamps)

    runs = list(zip(judged['runs'], (one.frames for one in done), strict=True))
    failures = []
    for path, write in (
        (arguments.json, lambda path: write_json(path, judged)),
        (arguments.frames, lambda path: write_whole(path, lambda file: write_frames(file, runs))),
        (arguments.html, lambda path: page.write(path, judged, pictures)),
    ):
        try:
            if path:
                write(path)
                print(f'written: {path}')
        except EdgeExitError as error:
            failures.append(str(error))
    if failures:
        raise EdgeExitError('; '.join(failures))
