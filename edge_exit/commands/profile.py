"""`edge_exit profile`: what every split and codec level of a bundle costs on this machine."""

import argparse
import json
from pathlib import Path

from edge_exit.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('bundle', help='name or folder of the bundle')
    parser.add_argument('--codec-level', metavar='NAME', help='look at this codec level only (all)')
    parser.add_argument(
        '--max-loss',
        type=float,
        default=0.5,
        metavar='POINTS',
        help='accuracy that the best choice may lose by being sent (0.5)',
    )
    parser.add_argument(
        '--robot-slower',
        type=float,
        default=1.0,
        metavar='FACTOR',
        help='how many times slower than this machine the robot is (1)',
    )
    parser.add_argument('--threads', type=int, default=1, help='threads of the network (1)')
    parser.add_argument(
        '--keep',
        action='store_true',
        help="write this machine's times into the bundle: policies then reckon with them "
        '(train its policy anew)',
    )
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there too')


def run(arguments: argparse.Namespace) -> int:
    """Profile and print a table."""
    from edge_exit import bundle as bundles
    from edge_exit.evaluation.profiling import profile

    bundle = bundles.load(arguments.bundle)
    if not 0 < arguments.robot_slower < 1e6:
        raise ConfigError(f'--robot-slower is {arguments.robot_slower}, not a factor above 0')
    if not 0 <= arguments.max_loss <= 100:
        raise ConfigError(f'--max-loss is {arguments.max_loss}, not a number of points in 0..100')
    levels = _levels(bundle, arguments.codec_level)
    if arguments.keep:
        bundle = _kept(bundle)
    found = profile(
        bundle,
        levels=levels,
        max_loss=arguments.max_loss / 100,
        robot_slower=arguments.robot_slower,
        threads=arguments.threads,
    )
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(found, indent=2) + '\n')
    print(_text(found, len(bundle.segments)))
    return 0


def _kept(bundle):
    from edge_exit.evaluation.frame_times import soft_picture
    from edge_exit.export.measure import timed

    return timed(bundle, soft_picture(bundle))


def _levels(bundle, wanted: str | None) -> list[int]:
    names = [level.name for level in bundle.codec_levels]
    if wanted is None:
        return list(range(len(names)))
    if wanted not in names:
        raise ConfigError(f'codec level {wanted!r} is not one of {", ".join(names)}')
    return [names.index(wanted)]


def _text(found: dict, count: int) -> str:
    head = f'split  {"level":10}   head ms    bytes   tail ms  accuracy'
    lines = [head, *map(_row, found['splits']), '']
    for best in found['best']:
        where = 'all on the robot'
        if best['split'] < count:
            where = f'split {best["split"]}, {best["level"]}'
        lines.append(f'best at {best["rate_mbps"]:3d} Mbit/s: {where}, {best["total_ms"]:.2f} ms')
    return '\n'.join(lines)


def _row(row: dict) -> str:
    accuracy = '-' if row['accuracy'] is None else f'{100 * row["accuracy"]:.2f} %'
    return (
        f'{row["split"]:5d}  {row["level"]:10}  {row["head_ms"]:8.3f}  {row["bytes"]:7d}  '
        f'{row["tail_ms"]:8.3f}  {accuracy:>8}'
    )
