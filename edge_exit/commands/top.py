"""Watch a running robot."""

import argparse
import importlib.util
import math
import re
import threading
import time
from pathlib import Path

from edge_exit.commands.option_ranges import check_ranges
from edge_exit.errors import ConfigError
from edge_exit.evaluation.files import check_place, write_whole

_RANGES = {'seconds': (0.0, math.inf), 'wait': (0.0, 3600.0)}
_PERIOD_S = 0.1
_FULL_NAME = re.compile(r'(/[A-Za-z_]\w*)+', re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `edge_exit top`."""
    parser.add_argument(
        '--head', help="the head's full name, as /robot/head (the only one there is)"
    )
    parser.add_argument('--bundle', help='name or folder of its bundle, to name codec levels')
    parser.add_argument(
        '--seconds', type=float, default=math.inf, help='end after so long (until Ctrl-C)'
    )
    parser.add_argument(
        '--wait',
        type=float,
        default=10.0,
        metavar='SECONDS',
        help='for a head, without --head (10)',
    )
    parser.add_argument(
        '--svg', type=Path, metavar='FILE', help='write the last table as a picture'
    )


def run(arguments: argparse.Namespace) -> int:
    """Watch until Ctrl-C, or for as long as is asked.

    :returns: 0, after Ctrl-C too: that is how one leaves it.
    """
    check_ranges(arguments, _RANGES)
    _check_name(arguments.head)
    check_place(arguments.svg)
    for module in ('rclpy', 'edge_exit_interfaces', 'rich'):
        if importlib.util.find_spec(module) is None:
            raise ConfigError(f'watching a robot needs {module}: source ROS 2, or see README.md')
    from edge_exit.demo.isolation import stopped_by_signals
    from edge_exit.nodes.surroundings import find_head

    codecs = _codecs(arguments.bundle)
    stop = threading.Event()
    with stopped_by_signals(stop):
        head = arguments.head or find_head(arguments.wait, stop)
        if head is not None:
            _watch(head, codecs, arguments, stop)
    return 0


def _check_name(head: str | None) -> None:
    if head is not None and not _FULL_NAME.fullmatch(head):
        raise ConfigError(f'--head is "{head}", a full name such as /robot/head is needed')


def _codecs(bundle: str | None) -> list[str]:
    if bundle is None:
        return []
    from edge_exit import bundle as bundles

    return [level.name for level in bundles.load(bundle).codec_levels]


def _watch(
    head: str, codecs: list[str], arguments: argparse.Namespace, stop: threading.Event
) -> None:
    from rich.console import Console

    from edge_exit.nodes.surroundings import Surroundings
    from edge_exit.nodes.watcher import Watcher
    from edge_exit.terminal.dashboard import Dashboard
    from edge_exit.terminal.screen import Screen
    from edge_exit.terminal.seen import Seeing

    seeing, dashboard, console = Seeing(head), Dashboard(codecs), Console()
    watcher = Watcher(head, seeing)
    Surroundings(watcher.node, seeing)
    until = time.monotonic() + arguments.seconds
    with watcher, Screen(console, dashboard) as screen:
        while time.monotonic() < until and not stop.wait(_PERIOD_S):
            screen.show(seeing.look)
    last = dashboard.table(seeing.look())
    if console.is_terminal:
        console.print(last)
    if arguments.svg:
        _draw(last, arguments.svg)


def _draw(table, path: Path) -> None:
    import io

    from rich.console import Console

    console = Console(record=True, width=88, file=io.StringIO(), force_terminal=True)
    console.print(table)
    drawn = console.export_svg(title='edge_exit top')
    # Its fonts would be fetched from the network; any of fixed width does.
    drawn = re.sub(r'@font-face\s*{[^}]*}', '', drawn)
    write_whole(path, lambda file: file.write(drawn.encode()))
