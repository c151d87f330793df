"""`edge_exit profile`: what every split of a bundle costs on this machine."""

import argparse
import json
from pathlib import Path

from edge_exit.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('bundle', help='name or folder of the bundle')
    parser.add_argument('--codec-level', default='8bit', help='how features are coded (8bit)')
    parser.add_argument(
        '--robot-slower',
        type=float,
        default=1.0,
        metavar='FACTOR',
        help='how many times slower than this machine the robot is (1)',
    )
    parser.add_argument('--threads', type=int, default=1, help='threads of the network (1)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there too')


def run(arguments: argparse.Namespace) -> int:
    """Profile and print a table."""
    from edge_exit import bundle as bundles
    from edge_exit.evaluation.profiling import profile

    bundle = bundles.load(arguments.bundle)
    levels = [level.name for level in bundle.codec_levels]
    if arguments.codec_level not in levels:
        raise ConfigError(
            f'codec level {arguments.codec_level!r} is not one of {", ".join(levels)}'
        )
    if not 0 < arguments.robot_slower < 1e6:
        raise ConfigError(f'--robot-slower is {arguments.robot_slower}, not a factor above 0')
    found = profile(
        bundle,
        level=levels.index(arguments.codec_level),
        robot_slower=arguments.robot_slower,
        threads=arguments.threads,
    )
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(found, indent=2) + '\n')
    print(_text(found, arguments.codec_level, len(bundle.segments)))
    return 0


def _text(found: dict, level: str, count: int) -> str:
    lines = ['split   head ms    bytes   tail ms', *map(_row, found['splits']), '']
    for best in found['best']:
        where = f'split {best["split"]}' if best['split'] < count else 'all on the robot'
        lines.append(
            f'best at {best["rate_mbps"]:3d} Mbit/s ({level}): {where}, {best["total_ms"]:.2f} ms'
        )
    return '\n'.join(lines)


def _row(row: dict) -> str:
    return f'{row["split"]:5d}  {row["head_ms"]:8.3f}  {row["bytes"]:7d}  {row["tail_ms"]:8.3f}'
