"""Watch robot and server work over a changing link."""

import argparse
import importlib.util
import os
from pathlib import Path

from edge_exit.errors import ConfigError

SECONDS = 60.0
SHORTEST, LONGEST = 5.0, 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `edge_exit demo`."""
    parser.add_argument(
        '--seconds',
        default=os.environ.get('DEMO_S') or SECONDS,
        help='how long the five phases run together (default: $DEMO_S, or 60)',
    )
    parser.add_argument(
        '--out', type=Path, default=Path('out/demo'), help='folder of results (default: out/demo)'
    )
    parser.add_argument(
        '--domain', type=int, help='ROS domain of the demo (default: one that nobody here uses)'
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the demo.

    :returns: 0; 1 if a node died or a taken frame had not exactly one result; 130 after Ctrl-C.
    :raises EdgeExitError: if it cannot start.
    """
    seconds = _seconds(arguments.seconds)
    _check_ros()
    from edge_exit.demo.domain import check_domain, free_domain
    from edge_exit.demo.report import present
    from edge_exit.demo.settings import Settings

    domain = free_domain() if arguments.domain is None else check_domain(arguments.domain)
    return present(Settings(seconds, arguments.out, domain))


def _seconds(text: str | float) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ConfigError(f'the demo cannot run for "{text}" seconds: give a number') from None
    if not SHORTEST <= seconds <= LONGEST:
        raise ConfigError(
            f'the demo cannot run for {seconds:g} s: choose {SHORTEST:g} to {LONGEST:g} s'
        )
    return seconds


def _check_ros() -> None:
    for module in ('rclpy', 'edge_exit_interfaces', 'rich', 'matplotlib', 'rosbags'):
        if importlib.util.find_spec(module) is None:
            raise ConfigError(
                f'the demo needs {module}, which is not installed here: `make demo` installs it'
            )
