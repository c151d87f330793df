"""Train the bottlenecks of a finished network, which itself stays as it is, bit by bit."""

from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from edge_exit.model.network import MultiExitNetwork

from . import bottleneck_files as files
from . import bottleneck_table as table
from . import checkpoint
from .bottleneck_config import BottleneckConfig
from .bottleneck_loop import Loop
from .bottleneck_setup import new_bottlenecks
from .material import load_pictures, make_batches
from .pictures import Pictures

# Enough to tell levels apart; more would take as long as the training.
_MEASURED_PICTURES = 2000


def train(
    config: BottleneckConfig, *, command: str, resume: bool = False
) -> files.BottleneckRecord:
    """Train, and write weights and record into `config.out`.

    :param command: the command line, for the record.
    :param resume: go on from the saved state; `config` must then be the one that it was begun with.
    :raises ConfigError: if the checkpoint, its pictures and the settings do not fit each other.
    :raises Interrupted: on SIGINT or SIGTERM, once the state has been saved.
    """
    torch.manual_seed(config.seed)
    network, record = checkpoint.load(config.checkpoint)
    network.requires_grad_(False).to(memory_format=torch.channels_last)
    training, validation = load_pictures(record.settings)
    batches = make_batches(
        record.settings, training, batch_size=config.batch_size, seed=config.seed
    )
    position = files.Position(0, 0, command)
    if resume:
        _, position, bottlenecks = files.read_state(Path(config.out))
    else:
        bottlenecks = new_bottlenecks(network, config, batches)
    loop = Loop(config, network, bottlenecks, batches, validation, position)
    if resume:
        files.restore_moments(Path(config.out), loop.optimiser)
    loop.run()
    return _finish(config, network, bottlenecks, validation, position.command)


def _finish(
    config: BottleneckConfig,
    network: MultiExitNetwork,
    bottlenecks: nn.ModuleDict,
    validation: Pictures,
    command: str,
) -> files.BottleneckRecord:
    """Round the weights as a bundle holds them, measure, and write."""
    with torch.no_grad():
        for weight in bottlenecks.parameters():
            if weight.dim() > 1:
                weight.copy_(weight.half())
    some = validation.some(_MEASURED_PICTURES)
    rows = table.measure(network, bottlenecks, some, table.levels_of(config.widths))
    offered = table.worth_offering(rows, table.slim_levels(config.widths))
    record = files.BottleneckRecord(
        backbone=files.backbone_hash(network),
        plans={split: asdict(bottleneck.plan) for split, bottleneck in bottlenecks.items()},
        levels=[
            {'name': level.name, 'coding': int(level.coding), 'width': level.width}
            for level in (*table.FEATURES, *offered)
        ],
        table=rows,
        validation_pictures=len(some),
        command=command,
        config=asdict(replace(config, splits=tuple(int(split) for split in bottlenecks))),
    )
    files.save(Path(config.out), bottlenecks, record)
    files.remove_state(Path(config.out))
    return record
