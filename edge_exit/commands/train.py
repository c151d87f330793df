"""`edge_exit train`: train a backbone with recursive early exits."""

import argparse
import dataclasses
import shlex
import sys
from pathlib import Path

from edge_exit.commands.training_options import (
    given_settings,
    number_or_text,
    refuse_changes,
    say_reached,
    several,
)
from edge_exit.errors import ConfigError

_HELP = {
    'data': 'folder of class folders (itself or train/ in it), or cifar10, cifar100, fashion_mnist',
    'out': 'folder for checkpoints and the result (OUT/final)',
    'root': 'where named data sets lie or are downloaded to',
    'backbone': 'convnet, convnet_tapered, cifar_resnet20, resnet18, mobilenet_v2, ...',
    'weights': 'begin with .safetensors, a torch state dict, OUT/final of a training or a bundle',
    'teacher': 'OUT/final of a training or a bundle that all exits learn from, the last one too',
    'width': 'multiplier of the channels',
    'cuts': 'exact cut points instead of --exits: counts of body units, as in 4,9,13',
    'exit_share': "share of the backbone's MACs that one exit may cost",
    'size': "height and width of the network's input; that of the data by default",
    'small_size': 'height and width of the pictures in the first epochs, which it makes cheaper',
    'small_epochs': 'how many epochs see pictures of --small-size',
    'freeze': 'body units from the input on that stay as they begin; if all, the classifier too',
    'fit': 'how pictures come to that size: crop or stretch',
    'validation': 'share of the training pictures held out to measure and calibrate on',
    'regime': 'what learns when: joint, weighted, frozen (backbone, then exits on it) or mixed',
    'backbone_epochs': 'epochs in which the backbone learns alone; for frozen and mixed',
    'lr': 'peak learning rate',
    'backbone_lr': 'share of the learning rate for the backbone; 0 freezes its weights',
    'bias_lr': 'factor on the learning rate of normalisation biases',
    'combined_weight': 'weight of the halting-weighted combination of early exits in the loss',
    'exit_weight': "weight of early exits' own cross-entropy: one for all, or as in 0.5,0.3",
    'halting_weight': 'weight of the halting scores in the loss',
    'distillation': 'share of what early exits learn from the last exit instead of the labels',
    'shift': 'pictures are moved by up to so many pixels',
    'zoom': "least share of a picture's side that is enlarged to the whole; 1 turns it off",
    'sharpness': 'how much sharper or softer pictures become at random, at most; 0 turns it off',
    'ema': 'decay of the average of weights',
    'precision': 'float32, or bfloat16: half the time on a CPU that computes in it (avx512_bf16)',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options; every setting of TrainConfig is one."""
    from edge_exit.training.config import TrainConfig

    for field in dataclasses.fields(TrainConfig):
        name = 'exits' if field.name == 'shares' else field.name
        options: dict = {'dest': field.name, 'help': _HELP.get(field.name), 'default': None}
        if field.name == 'shares':
            options['help'] = 'shares of the MACs after which early exits stand, as in 0.25,0.5,0.7'
        if field.name == 'flip':
            parser.add_argument('--no-flip', dest='flip', action='store_false', default=None)
            continue
        parser.add_argument('--' + name.replace('_', '-'), type=_reader(field), **options)
    parser.add_argument('--resume', action='store_true', help='go on with the training in --out')
    parser.add_argument('--threads', type=int, default=0, help='CPU threads; 0 takes them all')


def _reader(field: dataclasses.Field):
    if field.name in ('shares', 'cuts'):
        return several(float if field.name == 'shares' else int)
    if field.name == 'exit_weight':
        return _one_or_more
    if field.name in ('size', 'small_size'):
        return int
    return number_or_text(field)


def _one_or_more(text: str) -> float | tuple[float, ...]:
    numbers = tuple(float(part) for part in text.split(','))
    return numbers if len(numbers) > 1 else numbers[0]


def run(args: argparse.Namespace) -> int:
    """Train and print what each exit reached.

    :raises ConfigError: for settings that cannot be meant.
    """
    import torch

    from edge_exit.training import progress
    from edge_exit.training.config import TrainConfig
    from edge_exit.training.stopping import Interrupted
    from edge_exit.training.trainer import train

    if args.threads:
        torch.set_num_threads(args.threads)
    given = given_settings(args, TrainConfig)
    if 'out' not in given or ('data' not in given and not args.resume):
        raise ConfigError('--data (what to train on) and --out (where to write) are needed')
    if args.resume:
        config = progress.read_state(Path(given['out']))[0]
        refuse_changes(config, given, besides=('out',))
    else:
        config = TrainConfig(**given)
    try:
        record = train(config, command=shlex.join(['edge_exit', *sys.argv[1:]]), resume=args.resume)
    except Interrupted:
        print(f'stopped; go on with: edge_exit train --out {config.out} --resume', file=sys.stderr)
        return 130
    say_reached(record.exit_accuracies, record.validation_pictures, config.out)
    return 0
