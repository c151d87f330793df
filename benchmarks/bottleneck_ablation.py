"""What each method of a bottleneck's training adds: one at a time left out, all trained as briefly.

    python benchmarks/bottleneck_ablation.py final [--split 1] [--pictures 20000] [--threads 2]

`final` is a trained network (OUT/final of `edge_exit train`). Every variant is trained once through
as many of its training pictures, and judged on held-out ones: accuracy of the last belief at three
widths with 4 bits, and with 20 % of the channels lost.

- `fisher start`: the error of a feature is weighed by what the answer hangs on; left out, the
  encoder begins with plain principal components, or at random;
- `sandwich`: thirds of a batch at the full, the least and a random width; left out, all random;
- `log of thirds`: each third asked for the same relative gain; left out, the plain mean;
- `quantiser`: trained through the codec's own; left out, through the unrounded code;
- `lost channels`: in a fifth of the steps some do not arrive; left out, all do.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import report
import torch
from torch import Tensor, nn

from edge_exit.model.network import MultiExitNetwork
from edge_exit.training import (
    bottleneck_files,
    bottleneck_loop,
    bottleneck_loss,
    bottleneck_setup,
    bottleneck_start,
    bottleneck_table,
    checkpoint,
    material,
)
from edge_exit.training.bottleneck_config import BottleneckConfig
from edge_exit.training.pictures import Pictures

LEVELS = tuple(bottleneck_table.slim(*about) for about in ((1, 4), (0.5, 4), (0.25, 4)))
LEVELS += (bottleneck_table.slim(1, 4, 0.2), bottleneck_table.slim(0.5, 4, 0.2))
JUDGED = 2000


def plain_roots(gradients: Tensor) -> list[Tensor]:
    """Weigh the errors of all features alike."""
    return [torch.eye(gradients.shape[1], dtype=gradients.dtype)] * 2


def begin_at_random(*_: Any) -> None:
    """Leave the weights as they were made."""


def received_at_random(bottleneck: Any, features: Tensor, rng: np.random.Generator, least: int):
    """Send every third of a batch at a random width."""
    code = bottleneck.encoder(features)
    parts = [
        bottleneck_loss._journey(part, int(rng.integers(least, code.shape[1] + 1)), rng)
        for part in code.tensor_split(3)
    ]
    return bottleneck.decoder(torch.cat(parts))


# What is put in the place of which function; nothing of it is used anywhere else.
VARIANTS: Mapping[str, tuple[tuple[Any, str, Any], ...]] = {
    'all of them': (),
    'no fisher start: principal components': ((bottleneck_start, '_roots', plain_roots),),
    'no fisher start: random': ((bottleneck_setup, 'begin_with_components', begin_at_random),),
    'no sandwich': ((bottleneck_loop, 'received', received_at_random),),
    'no log of thirds': ((bottleneck_loop, 'even_out', lambda losses: losses.mean()),),
    'no quantiser': ((bottleneck_loss, 'code_and_back', lambda code, bits: code),),
    'no lost channels': ((bottleneck_loss, '_LOSSY_STEPS', 0.0),),
}


@contextmanager
def without(replaced: tuple[tuple[Any, str, Any], ...]) -> Iterator[None]:
    """Leave a method out."""
    with ExitStack() as stack:
        for module, name, other in replaced:
            stack.enter_context(patch.object(module, name, other))
        yield


def trained(
    network: MultiExitNetwork, record: checkpoint.Record, config: BottleneckConfig, given: Pictures
) -> nn.ModuleDict:
    """Train bottlenecks once through the pictures."""
    torch.manual_seed(config.seed)
    batches = material.make_batches(
        record.settings, given, batch_size=config.batch_size, seed=config.seed
    )
    bottlenecks = bottleneck_setup.new_bottlenecks(network, config, batches)
    position = bottleneck_files.Position(0, 0, '')
    bottleneck_loop.Loop(config, network, bottlenecks, batches, given, position).run()
    return bottlenecks


def main() -> None:
    """Train and judge each variant."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', 1)[0])
    parser.add_argument('final')
    parser.add_argument('--split', type=int, default=1)
    parser.add_argument('--pictures', type=int, default=20_000)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--name', help='of the result; that of the training if none')
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    network, record = checkpoint.load(arguments.final)
    network.requires_grad_(False).to(memory_format=torch.channels_last)
    training, validation = material.load_pictures(record.settings)
    given, judged, rows = training.some(arguments.pictures), validation.some(JUDGED), []
    for name, replaced in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder, without(replaced):
            config = BottleneckConfig(
                checkpoint=arguments.final, out=folder, splits=(arguments.split,), epochs=1,
                seed=arguments.seed,
            )  # fmt: skip
            bottlenecks = trained(network, record, config, given)
        found = bottleneck_table.measure(network, bottlenecks, judged, LEVELS)
        rows.append({'variant': name} | {row['level']: row['accuracy'] for row in found})
        print(rows[-1], flush=True)
    report.write(
        f'bottleneck_ablation_{arguments.name or record.name}',
        rows,
        split=arguments.split, pictures=len(given), judged=len(judged),
        threads=arguments.threads, seed=arguments.seed,
    )  # fmt: skip


if __name__ == '__main__':
    main()
