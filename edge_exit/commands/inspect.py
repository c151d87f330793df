"""`edge_exit inspect`: what a bundle is made of, what it costs and how sure its exits are."""

import argparse
import importlib.util
from pathlib import Path

from edge_exit.commands.exit_tables import curve_lines, threshold_lines
from edge_exit.errors import ConfigError
from edge_exit.rules.registry import DEFAULT, NAMES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('bundle', help='name or folder of the bundle')
    parser.add_argument(
        '--data', type=Path,
        help='measure exits on these pictures, one folder for each class (default: as stored)',
    )  # fmt: skip
    parser.add_argument(
        '--rule', choices=NAMES, default=DEFAULT,
        help=f'rule whose curve is shown, with --data ({DEFAULT})',
    )  # fmt: skip
    parser.add_argument(
        '--png', type=Path, metavar='FILE',
        help='draw accuracy against cost, and the confidence of each exit',
    )  # fmt: skip
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there too')


def run(arguments: argparse.Namespace) -> int:
    """Inspect and print what is known."""
    from edge_exit import bundle as bundles
    from edge_exit.evaluation.files import write_json
    from edge_exit.evaluation.inspecting import inspect

    if arguments.png and importlib.util.find_spec('matplotlib') is None:
        raise ConfigError('--png needs matplotlib: pip install matplotlib')
    bundle = bundles.load(arguments.bundle)
    measured = _measured(arguments, bundle) if arguments.data else None
    report = inspect(bundle, measured)
    print(_text(report))
    if arguments.json:
        write_json(arguments.json, report)
    if arguments.png:
        _draw(report, arguments.png)
    return 0


def _measured(arguments: argparse.Namespace, bundle) -> dict:
    from tqdm import tqdm

    from edge_exit.evaluation import calibrating, labelled
    from edge_exit.evaluation.observing import observe_files

    files = labelled.labelled_files(arguments.data, bundle)
    observed = observe_files(files, bundle, progress=tqdm)
    return calibrating.summary(observed, bundle, rule=arguments.rule)


def _draw(report: dict, path: Path) -> None:
    from edge_exit.evaluation.inspection_plot import draw

    if report['calibration'] is None:
        raise ConfigError(
            f'bundle "{report["name"]}" holds no calibration to draw: give --data FOLDER, '
            'or keep one in it with `edge_exit calibrate`'
        )
    draw(report, path)
    print(f'\nwritten: {path}')


def _text(report: dict) -> str:
    whole, found = report['whole'], report['calibration']
    lines = [
        f'{report["name"]}: model {report["model_id"][:12]}..., {report["classes"]} classes, '
        f'picture {_shape(report["picture"])}, {report["size_bytes"] / 1e6:.2f} MB',
        f'whole network without exits: {whole["macs"] / 1e6:.2f} MMAC, {whole["parameters"]} '
        f'parameters, {whole["reference_ms"]:.3f} ms, {whole["accuracy"]:.2%}',
        '',
        'segment      MMAC  exit MMAC  of whole  parameters       ms  accuracy      ECE'
        '  belief ECE',
        *(_segment_row(index, row) for index, row in enumerate(report['segments'])),
        '',
        'bytes sent at each split by codec level (accuracy of the whole network on what arrives)',
        *_split_rows(report['splits']),
    ]
    if found is None:
        return '\n'.join([*lines, '', 'no calibration stored: give --data FOLDER for the curve'])
    lines += ['', f'{found["pictures"]} pictures; whole network {found["whole_accuracy"]:.2%}']
    lines += [*curve_lines(found, whole['macs']), '']
    return '\n'.join([*lines, *threshold_lines(found, whole['macs'])])


def _segment_row(index: int, row: dict) -> str:
    return (
        f'{index:7d}  {row["macs"] / 1e6:8.2f}  {row["exit_macs"] / 1e6:9.3f}'
        f'  {row["spent_of_whole"]:8.3f}  {row["parameters"]:10d}  {row["reference_ms"]:7.3f}'
        f'  {row["accuracy"]:8.2%}  {_error(row["ece"]):>7}  {_error(row["believed_ece"]):>10}'
    )


def _split_rows(splits: list[dict]) -> list[str]:
    cells = [['split', 'shape', *(level['name'] for level in splits[0]['levels']), 'encoder MMAC']]
    for row in splits:
        macs = row['encoder_macs']
        levels = [_level(level) for level in row['levels']]
        encoder = '' if macs is None else f'{macs / 1e6:.3f}'
        cells.append([str(row['split']), _shape(row['shape']), *levels, encoder])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        '  '.join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _level(level: dict) -> str:
    share = level['accuracy']
    return f'{level["bytes"]}' + ('' if share is None else f' ({share:.1%})')


def _error(value: float | None) -> str:
    return '-' if value is None else f'{value:.4f}'


def _shape(axes: list[int]) -> str:
    return 'x'.join(map(str, axes))
