"""`edge_exit export`: a trained checkpoint becomes a bundle."""

import argparse
import shlex
import sys
from pathlib import Path

from edge_exit.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('checkpoint', type=Path, help='folder that `edge_exit train` wrote')
    parser.add_argument('--name', help="name of the bundle (default: the checkpoint's)")
    parser.add_argument(
        '--out', type=Path, required=True, help='folder of the bundle; call it like the bundle'
    )


def run(arguments: argparse.Namespace) -> int:
    """Export and say what came of it."""
    try:
        from edge_exit.export.bundling import export
    except ModuleNotFoundError as error:
        raise ConfigError(
            f'export needs {error.name}: run pip install ".[train]" in a clone of edge_exit'
        ) from error
    command = shlex.join(['edge_exit', *sys.argv[1:]])
    bundle = export(arguments.checkpoint, arguments.out, name=arguments.name, command=command)
    size = sum(file.stat().st_size for file in bundle.path.iterdir())
    print(
        f'{bundle.path}: {len(bundle.segments)} segments, {size / 1e6:.2f} MB, '
        f'model {bundle.model_id[:12]}..., answers as torch does'
    )
    return 0
