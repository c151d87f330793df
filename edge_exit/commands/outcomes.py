"""`edge_exit outcomes`: what a bundle answers to labelled pictures, for the simulation."""

import argparse
from pathlib import Path

from edge_exit.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('--bundle', required=True, help='name or folder of the bundle')
    parser.add_argument(
        '--data', type=Path, required=True,
        help='folder with one folder of pictures for each class, none of which it was trained on',
    )  # fmt: skip
    kept = parser.add_mutually_exclusive_group(required=True)
    kept.add_argument('--out', type=Path, metavar='FILE', help='write the table there, .npz')
    kept.add_argument(
        '--keep', action='store_true',
        help='put the table, and what policies may know of it, into the bundle: same model id',
    )  # fmt: skip
    parser.add_argument(
        '--pictures', type=int, default=0, help='so many of them, spread evenly, 0 for all (0)'
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the table and say what is in it."""
    from tqdm import tqdm

    from edge_exit import bundle as bundles
    from edge_exit.simulation import outcomes
    from edge_exit.simulation.asking import ask
    from edge_exit.simulation.counting import keep_counts

    if arguments.pictures < 0:
        raise ConfigError(f'--pictures is {arguments.pictures}, not a number from 0 on')
    bundle = bundles.load(arguments.bundle)
    table = ask(bundle, arguments.data, pictures=arguments.pictures, progress=tqdm)
    if arguments.keep:
        keep_counts(table, outcomes.keep(table, bundle))
    else:
        outcomes.save(table, arguments.out)
    right = ', '.join(f'{share:.2%}' for share in table.right.mean(axis=0))
    print(f'{len(table)} pictures; right after each exit: {right}')
    print(f'written: {arguments.out or bundle.path / outcomes.FILE}')
    return 0
