"""Bytes and accuracy of what is sent at each split, with learned bottlenecks, beside JPEG.

    python benchmarks/bottlenecks.py RUN/final [--threads 2] [--name BUNDLE]

On held-out pictures of the network's training, all of which travel (up to 2,000): accuracy is that
of the last belief. Needs torch and the training pictures. JPEG: of the picture as the network takes
it, at the smallest quality that loses at most half a point.
"""

import argparse
import shlex
from pathlib import Path

import numpy as np
import report
import torch

from edge_exit.coding import Coding, decode, encode
from edge_exit.errors import ConfigError
from edge_exit.export import bottlenecks
from edge_exit.model.build import cost
from edge_exit.training import bottleneck_files, checkpoint
from edge_exit.training import bottleneck_table as table
from edge_exit.training.material import load_pictures
from edge_exit.training.pictures import Pictures

QUALITIES = (98, 95, 92, 90, 88, 85, 82, 80, 75, 70, 65, 60, 50, 40, 30, 20)
MOST_LOSS = 0.005
PICTURES = 2000
FIGURES = {'bytes of JPEG': '<= 0.3 objects20, <= 0.6 cifar10', 'encoder share of head': '<= 0.05',
           'points lost with 20 % of the channels': '<= 2'}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--name', help="what to call the results (default: the checkpoint's name)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    network, record = checkpoint.load(arguments.checkpoint)
    found = bottlenecks.load(arguments.checkpoint, network)
    if found is None:
        raise ConfigError(
            f'"{arguments.checkpoint}" has no bottlenecks: edge_exit train-bottlenecks'
        )
    validation = load_pictures(record.settings)[1].some(PICTURES)
    plain = accuracy(network, validation, validation.images)
    jpeg = choose_jpeg(network, validation, plain)
    levels = table.levels_of(bottleneck_files.record_of(arguments.checkpoint).widths)
    measured = table.measure(network, found.modules, validation, levels)
    head = [cost(network).upto(index) for index in range(len(network.segments))]
    entries = found.entries
    rows = [row(one, plain, jpeg['bytes']) for one in [jpeg, *measured]]
    report.write(
        f'bottlenecks_{arguments.name or record.name}', rows,
        threads=arguments.threads, pictures=len(validation), accuracy=plain, figures=FIGURES,
        encoder_share_of_head={s: e['encoder_macs'] / head[s - 1] for s, e in entries.items()},
        decoder_mmacs={s: e['decoder_macs'] / 1e6 for s, e in entries.items()},
        code={s: 'x'.join(map(str, e['shape'])) for s, e in entries.items()},
        trained=report.elsewhere(shlex.split(found.command)),
    )  # fmt: skip


def row(measured: dict, plain: float, jpeg_bytes: float) -> dict:
    """Set a level beside the picture as it is and beside its JPEG."""
    return {
        'split': measured['split'],
        'level': measured['level'],
        'bytes': round(measured['bytes']),
        'share_of_jpeg': round(measured['bytes'] / jpeg_bytes, 3),
        'accuracy': round(measured['accuracy'], 4),
        'points_lost': round(100 * (plain - measured['accuracy']), 2),
    }


def choose_jpeg(network, validation: Pictures, plain: float) -> dict:
    """Measure JPEG at falling qualities, until one loses more than it may."""
    best = None
    for quality in QUALITIES:
        coded = [encode(image, Coding.JPEG, quality=quality) for image in validation.images]
        back = np.stack([decode(c, shape=validation.images.shape[1:]) for c in coded])
        reached = accuracy(network, validation, back)
        if reached < plain - MOST_LOSS and best:
            break
        size = float(np.mean([memoryview(c.data).nbytes for c in coded]))
        best = {'split': 0, 'level': f'jpeg {quality}', 'bytes': size, 'accuracy': reached}
    return best


@torch.no_grad()
def accuracy(network, validation: Pictures, images: np.ndarray) -> float:
    """Give the share of pictures that the last belief is right about."""
    right = 0
    for start in range(0, len(images), 100):
        values = torch.from_numpy(np.ascontiguousarray(images[start : start + 100]))
        believed = torch.zeros(len(values), len(validation.classes) + 1)
        believed[:, -1] = 1
        for index in range(len(network.segments)):
            values, believed, _ = network.step(index)(values, believed)
        wanted = torch.from_numpy(validation.labels[start : start + 100])
        right += (believed[:, :-1].argmax(1) == wanted).sum().item()
    return right / len(images)


if __name__ == '__main__':
    main()
