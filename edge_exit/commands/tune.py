"""`edge_exit tune`: the parameters that a recording asks for, and what they cost and gain."""

import argparse
from functools import partial
from pathlib import Path

from edge_exit.commands.option_ranges import check_ranges
from edge_exit.commands.world_options import WORLD_RANGES, add_recording, add_world, world_of
from edge_exit.evaluation.files import check_place

_RANGES = {
    **WORLD_RANGES,
    'max_loss': (0.0, 100.0),
    'latency_ms': (0.1, 60_000.0),
    'points': (1, 10_000),
    'seconds': (1.0, 86_400.0),
}
GOALS = ('energy', 'latency', 'bytes')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('bag', metavar='BAG', help='rosbag2 folder or file')
    add_recording(parser)
    parser.add_argument(
        '--max-loss', type=float, default=0.5, metavar='POINTS',
        help='points of accuracy that may be lost against the whole network (0.5)',
    )  # fmt: skip
    parser.add_argument(
        '--latency-ms', type=float, required=True, metavar='MS',
        help='time from image to result that 9 in 10 frames must keep',
    )  # fmt: skip
    parser.add_argument(
        '--least', choices=GOALS, default=GOALS[0], help='what is made small beside that (energy)'
    )
    parser.add_argument('--out', type=Path, metavar='FILE', help='write the parameters there')
    parser.add_argument(
        '--points', type=int, default=24, help='operating points that are tried at most (24)'
    )
    parser.add_argument(
        '--seconds', type=float, default=300.0, help='of each half that are replayed at most (300)'
    )
    add_world(parser)


def run(arguments: argparse.Namespace) -> int:
    """Search on the first half, write the parameters, and check them on the second.

    :returns: 0, or 1 if the second half does not keep what the first one promised.
    """
    from tqdm import tqdm

    from edge_exit.tuning import parameter_file
    from edge_exit.tuning.tuning import tune

    check_ranges(arguments, _RANGES)
    check_place(arguments.out)
    found = tune(_order(arguments), partial(tqdm, disable=None))
    print(found.text)
    if arguments.out:
        parameter_file.write(arguments.out, found.parameters)
        print(f'written: {arguments.out}; load it: ros2 launch ... params_file:={arguments.out}')
    else:
        print(f'\n{found.parameters}')
    for complaint in found.broken:
        print(f'not kept on the second half: {complaint}')
    return 1 if found.broken else 0


def _order(arguments: argparse.Namespace):
    from edge_exit.replay.asked import Asked
    from edge_exit.replay.evaluating import Source
    from edge_exit.tuning.search import Wish
    from edge_exit.tuning.tuning import Order

    return Order(
        source=Source(arguments.bag, arguments.topic, arguments.labels, arguments.bundle),
        asked=Asked(None, parameters=arguments.params, **world_of(arguments)),
        wish=Wish(arguments.max_loss / 100, arguments.latency_ms, arguments.least),
        points=arguments.points,
        seconds=arguments.seconds,
        jobs=arguments.jobs,
    )
