"""`edge_exit average`: a backbone between those of two trainings."""

import argparse
import shlex
import sys

from edge_exit.commands.training_options import say_reached


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('first', help='OUT/final of a training; its exits are kept')
    parser.add_argument('second', help='OUT/final of another, from whose weights the first began')
    parser.add_argument(
        '--share', type=float, default=0.5, help='of the second in the result, 0..1 (0.5)'
    )
    parser.add_argument('--out', required=True, help='folder for the result (OUT/final)')


def run(arguments: argparse.Namespace) -> int:
    """Average, and print what each exit then reaches."""
    from edge_exit.training.averaging import average

    record = average(
        arguments.first, arguments.second, arguments.share, arguments.out,
        command=shlex.join(['edge_exit', *sys.argv[1:]]),
    )  # fmt: skip
    say_reached(record.exit_accuracies, record.validation_pictures, arguments.out)
    return 0
