"""Options of all that replays recordings: what is shown to whom, and in what world."""

import argparse
from pathlib import Path

# What a replay goes through, unless the user says something else.
WORLD = {
    'link': 'recorded',
    'rtt_ms': 5.0,
    'loss': 0.0,
    'robot_slowdown': 1.0,
    'server_slowdown': 1.0,
    'times': 'profile',
    'seed': 0,
}
WORLD_RANGES = {
    'rtt_ms': (0.0, 10_000.0),
    'loss': (0.0, 1.0),
    'robot_slowdown': (1e-3, 1e6),
    'server_slowdown': (1e-3, 1e6),
    'seed': (0, 2**31),
    'jobs': (0, 1024),
}


def add_recording(parser: argparse.ArgumentParser) -> None:
    """Declare the bundle, and which images of a bag it is shown, with their labels."""
    parser.add_argument('--bundle', required=True, help='name or folder of the bundle')
    parser.add_argument('--topic', help='topic of the images (the only one)')
    parser.add_argument(
        '--labels', metavar='FILE|TOPIC', help="true classes (the bag's own labels, if any)"
    )
    parser.add_argument(
        '--params', type=Path, metavar='FILE',
        help='ROS parameters of head, tail and policy to begin with (the defaults)',
    )  # fmt: skip


def add_link(parser: argparse.ArgumentParser, link: str) -> None:
    """Declare the link.

    :param link: the usual one.
    """
    parser.add_argument(
        '--link', default=link, metavar='recorded|TRACE.csv|MBPS',
        help=f'as recorded in the bag, a trace of rates, or one rate in Mbit/s ({link})',
    )  # fmt: skip
    parser.add_argument(
        '--rtt-ms', type=float, default=WORLD['rtt_ms'],
        help='round-trip time where a trace has none (5)',
    )  # fmt: skip
    parser.add_argument(
        '--loss', type=float, default=WORLD['loss'], help='of frames of the wire, 0..1 (0)'
    )


def add_world(parser: argparse.ArgumentParser) -> None:
    """Declare link, speed and chance of a replay on a virtual clock."""
    add_link(parser, WORLD['link'])
    parser.add_argument(
        '--robot-slowdown', type=float, metavar='FACTOR',
        help='times slower than the machine of the profile that the robot is (1)',
    )  # fmt: skip
    parser.add_argument('--server-slowdown', type=float, metavar='FACTOR', help='of the server (1)')
    parser.add_argument(
        '--times', choices=('profile', 'real'),
        help="take computing times from the bundle's profile, or measure them here (profile)",
    )  # fmt: skip
    parser.add_argument('--seed', type=int, help='of what the link loses (0)')
    parser.add_argument('--jobs', type=int, default=1, help='processes, 0 for one a core (1)')
    parser.set_defaults(**WORLD)


def world_of(arguments: argparse.Namespace) -> dict:
    """Give what `add_world` declares, as `Asked` takes it."""
    return {name: getattr(arguments, name) for name in WORLD}
