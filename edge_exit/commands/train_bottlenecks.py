"""`edge_exit train-bottlenecks`: teach a trained network to send few bytes at its splits."""

import argparse
import dataclasses
import shlex
import sys
from pathlib import Path

from edge_exit.commands.training_options import (
    given_settings,
    number_or_text,
    refuse_changes,
    several,
)
from edge_exit.errors import ConfigError

_HELP = {
    'checkpoint': 'trained network (OUT/final of `edge_exit train`), which stays as it is',
    'out': 'folder to write into; the checkpoint by default, where `edge_exit export` looks',
    'splits': 'cut points that get a bottleneck, as in 1,2; all by default',
    'widths': "shares of a code's channels that are measured and may be offered, as in 0.25,0.5,1",
    'lr': 'peak learning rate',
    'encoder_share': "share of the head's MACs that an encoder may cost",
    'least_width': "smallest share of a code's channels that it is trained to be sent with",
    'temperature': 'of the answers that are compared',
    'early_weight': 'weight of the exits after a split, beside 1 of the last',
    'features_weight': "weight of the features' own error",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options; every setting of BottleneckConfig is one."""
    from edge_exit.training.bottleneck_config import BottleneckConfig

    lists = {'splits': several(int), 'widths': several(float)}
    for field in dataclasses.fields(BottleneckConfig):
        reader = lists.get(field.name) or number_or_text(field)
        name = '--' + field.name.replace('_', '-')
        parser.add_argument(name, dest=field.name, type=reader, help=_HELP.get(field.name))
    parser.add_argument('--resume', action='store_true', help='go on with the training in --out')
    parser.add_argument('--threads', type=int, default=0, help='CPU threads; 0 takes them all')


def run(args: argparse.Namespace) -> int:
    """Train and print what each level costs and loses.

    :raises ConfigError: for settings that cannot be meant.
    """
    import torch

    from edge_exit.training import bottlenecks
    from edge_exit.training.stopping import Interrupted

    if args.threads:
        torch.set_num_threads(args.threads)
    config = _config(args)
    command = shlex.join(['edge_exit', *sys.argv[1:]])
    try:
        record = bottlenecks.train(config, command=command, resume=args.resume)
    except Interrupted:
        print(
            f'stopped; go on with: edge_exit train-bottlenecks --checkpoint {config.checkpoint} '
            f'--out {config.out} --resume',
            file=sys.stderr,
        )
        return 130
    for row in record.table:
        print(f'split {row["split"]} {row["level"]}: {row["bytes"]:.0f} B, {row["accuracy"]:.2%}')
    print(f'written: {config.out}/bottlenecks.safetensors')
    return 0


def _config(args: argparse.Namespace):
    from edge_exit.training.bottleneck_config import BottleneckConfig
    from edge_exit.training.bottleneck_files import read_state

    given = given_settings(args, BottleneckConfig)
    if 'checkpoint' not in given:
        raise ConfigError('--checkpoint (the trained network, OUT/final of a training) is needed')
    given.setdefault('out', given['checkpoint'])
    if not args.resume:
        return BottleneckConfig(**given)
    config = read_state(Path(given['out']))[0]
    refuse_changes(config, given, besides=('out', 'checkpoint'))
    return config
