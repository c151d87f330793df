"""`edge_exit calibrate`: temperatures and exit thresholds of a bundle on pictures of one's own."""

import argparse
from pathlib import Path

from edge_exit.commands.exit_tables import curve_lines, threshold_lines
from edge_exit.errors import ConfigError
from edge_exit.rules.registry import DEFAULT, NAMES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('bundle', help='name or folder of the bundle')
    parser.add_argument(
        '--data', type=Path, required=True,
        help='folder with one folder of pictures for each class, none of which it was trained on',
    )  # fmt: skip
    parser.add_argument(
        '--max-loss', type=float, default=0.3, metavar='POINTS',
        help='allowed loss of accuracy against the whole network, percentage points (0.3)',
    )  # fmt: skip
    parser.add_argument(
        '--rule', choices=NAMES, default=DEFAULT, help=f'rule whose curve is shown ({DEFAULT})'
    )
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there too')
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument(
        '--write', action='store_true', help='keep temperatures and thresholds in the bundle itself'
    )
    kept.add_argument(
        '--out', type=Path, metavar='FOLDER', help='write a calibrated copy of the bundle there'
    )


def run(arguments: argparse.Namespace) -> int:
    """Calibrate and print what came of it."""
    from tqdm import tqdm

    from edge_exit import bundle as bundles
    from edge_exit.evaluation.files import write_json
    from edge_exit.evaluation.recalibration import calibrated

    if not 0 <= arguments.max_loss <= 100:
        raise ConfigError(f'--max-loss is {arguments.max_loss}, not percentage points in 0..100')
    bundle = bundles.load(arguments.bundle)
    target = _target(arguments, bundle)
    with calibrated(
        bundle, arguments.data, rule=arguments.rule, max_loss=arguments.max_loss, progress=tqdm
    ) as made:
        print(_text(made.report, arguments.max_loss))
        if arguments.json:
            write_json(arguments.json, made.report)
        if target:
            written = made.keep(target)
            print(f'\nwritten: {written.path}, model {written.model_id[:12]}...')
    return 0


def _target(arguments: argparse.Namespace, bundle) -> Path | None:
    from edge_exit.bundle.loading import OWN_FOLDER

    if arguments.out:
        if arguments.out.exists():
            raise ConfigError(f'--out {arguments.out} exists already: name a folder that does not')
        return arguments.out
    if arguments.write and bundle.path.resolve().parent == OWN_FOLDER.resolve():
        raise ConfigError(
            f'bundle "{bundle.name}" comes with edge_exit and stays as it is: '
            'give --out FOLDER instead of --write'
        )
    return bundle.path if arguments.write else None


def _text(report: dict, max_loss: float) -> str:
    lines = [
        f'{report["pictures"]} pictures; whole network {report["whole_accuracy"]:.2%}, '
        f'{report["whole_macs"] / 1e6:.2f} MMAC',
        '',
        'exit  accuracy  temperature        ECE at 1  as it was      now   belief',
        *(_exit_row(index, row) for index, row in enumerate(report['exits'])),
        '',
        *curve_lines(report, report['whole_macs']),
        '',
        f'exit_threshold for at most {max_loss:g} points less than the whole network:',
        *threshold_lines(report, report['whole_macs'], [max_loss]),
    ]
    return '\n'.join(lines)


def _exit_row(index: int, row: dict) -> str:
    return (
        f'{index:4d}  {row["accuracy"]:8.2%}  {row["temperature_before"]:6.3f} -> '
        f'{row["temperature"]:6.3f}   {row["ece_at_1"]:8.4f}  {row["ece_before"]:9.4f}'
        f'  {row["ece"]:7.4f}  {row["believed_ece"]:7.4f}'
    )
