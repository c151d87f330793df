"""`edge_exit score`: accuracy and cost of a bundle on labelled pictures."""

import argparse
import json
from pathlib import Path

from edge_exit.errors import ConfigError

_THRESHOLDS = [step / 20 for step in range(20)] + [0.98, 1.0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        '--data', type=Path, required=True, help='folder with one folder of pictures for each class'
    )
    parser.add_argument('--bundle', required=True, help='name or folder of the bundle')
    parser.add_argument(
        '--thresholds',
        type=float,
        nargs='+',
        default=_THRESHOLDS,
        metavar='MARGIN',
        help='exit thresholds of the curve (default: 0 to 1 in steps of 0.05)',
    )
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there too')


def run(arguments: argparse.Namespace) -> int:
    """Score and print a table."""
    from tqdm import tqdm

    from edge_exit import bundle
    from edge_exit.evaluation.scoring import score

    if not all(0 <= threshold <= 2 for threshold in arguments.thresholds):
        raise ConfigError(f'thresholds {arguments.thresholds} are not all in 0..2')
    found = score(
        arguments.data,
        bundle.load(arguments.bundle),
        thresholds=arguments.thresholds,
        progress=tqdm,
    )
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(found, indent=2) + '\n')
    print(_text(found))
    return 0


def _text(found: dict) -> str:
    lines = [
        f'whole backbone: {found["whole_accuracy"]:7.2%}  {found["whole_macs"] / 1e6:9.2f} MMAC'
        f'  {found["whole_ms"]:8.3f} ms',
        *(f'exit {part["exit"]}: {part["accuracy"]:.2%} alone' for part in found['exits']),
        '',
        'threshold  accuracy  mean MMAC   mean ms  of whole',
    ]
    for point in found['curve']:
        lines.append(
            f'{point["threshold"]:9.3f}  {point["accuracy"]:8.2%}  {point["mean_macs"] / 1e6:9.2f}'
            f'  {point["mean_ms"]:8.3f}  {point["mean_ms"] / found["whole_ms"]:8.2f}'
        )
    return '\n'.join(lines)
