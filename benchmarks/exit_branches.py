"""How an exit branch should be built: branches of one exit, on a frozen network.

    python benchmarks/exit_branches.py final [--exit 0] [--epochs 4] [--name NAME]

`final` is a trained network (OUT/final of `edge_exit train`). Its features at the exit, and what
its last exit says, are computed once for as many augmented epochs; every branch learns from the
same of them, a tenth from the labels and the rest from the last exit. `macs` is the branch's share
of the backbone's, at most what an exit may cost; `mean_macs` what pictures cost on average if those
leave whose margin is above the threshold that is cheapest among those with at most `loss` points
less than the whole network.
Accuracy, temperature and threshold are of the same held-out pictures: for comparing branches alone.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import report
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, softmax

from edge_exit.evaluation.confidence import fit_temperature
from edge_exit.evaluation.confidence import softmax as softened
from edge_exit.model.build import cost
from edge_exit.model.exits import LAST, Branch, ExitBranch, plan_branch
from edge_exit.model.macs import count_macs
from edge_exit.model.network import MultiExitNetwork
from edge_exit.training import checkpoint, material
from edge_exit.training.batches import Batches
from edge_exit.training.pictures import Pictures

# Channels and depth of 3x3 convolutions; depth and expansion of inverted residual blocks.
CONVOLUTIONS = ((64, 1), (144, 1), (80, 2), (48, 3), (64, 3))
BLOCKS = ((1, 2), (1, 4), (1, 6), (2, 4), (2, 6), (3, 4), (3, 6), (4, 4))
MOST = 0.03
BATCH, RATE, DECAY, WARM_UP = 128, 3e-3, 0.05, 50
AT_ONCE = 400
DISTILLATION = 0.9
LOSSES = (0.0, 0.1, 0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """N pictures: features at the exit (float16), logits of the last exit, labels."""

    features: Tensor
    last: Tensor
    labels: Tensor


@torch.no_grad()
def seen(network: MultiExitNetwork, exit_: int, batches: Iterator[tuple[Tensor, Tensor]]) -> Seen:
    """Run the network on pictures."""
    parts = []
    for pictures, labels in batches:
        features = pictures
        for place, segment in enumerate(network.segments):
            features = segment(features)
            if place == exit_:
                kept = features.half()
        parts.append((kept, network.exits[-1](features)[0], labels))
    return Seen(*(torch.cat(part) for part in zip(*parts, strict=True)))


def trained(branch: ExitBranch, given: Seen, epochs: int) -> ExitBranch:
    """Train a branch once through all that was seen, in the order of its epochs."""
    optimiser = torch.optim.AdamW(branch.parameters(), RATE, weight_decay=DECAY)
    per_epoch, draw = len(given.labels) // epochs, np.random.default_rng(0)
    order = np.concatenate([e * per_epoch + draw.permutation(per_epoch) for e in range(epochs)])
    steps = len(order) // BATCH
    for step in range(steps):
        index = torch.from_numpy(np.sort(order[step * BATCH : (step + 1) * BATCH]))
        factor = min(1.0, (step + 1) / WARM_UP) * (0.5 + 0.5 * np.cos(np.pi * step / steps))
        optimiser.param_groups[0]['lr'] = RATE * factor
        logits, _ = branch(given.features[index].float())
        fit = cross_entropy(logits, given.labels[index], label_smoothing=0.1)
        taught = cross_entropy(logits, softmax(given.last[index], dim=1))
        loss = (1 - DISTILLATION) * fit + DISTILLATION * taught
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return branch.eval()


@torch.no_grad()
def judged(branch: nn.Module, held: Seen, spent: tuple[float, float]) -> dict[str, float]:
    """Say how often a branch is right, and what the cascade of it and the last exit costs.

    :param spent: share of the backbone's MACs until the exit, and its own.
    """
    logits = torch.cat([branch(part.float())[0] for part in held.features.split(1000)]).numpy()
    labels = held.labels.numpy()
    posterior = np.sort(softened(logits, fit_temperature(logits, labels)), axis=1)
    sure = posterior[:, -1] - posterior[:, -2]
    right = logits.argmax(axis=1) == labels
    last_right = held.last.numpy().argmax(axis=1) == labels
    points = []
    for threshold in np.linspace(0, 1, 401):
        leaves = sure >= threshold
        answers = np.where(leaves, right, last_right)
        spent_here = spent[0] + spent[1] + (1 - spent[0]) * float((~leaves).mean())
        points.append((spent_here, 100 * float(answers.mean() - last_right.mean())))
    means = {
        f'mean_macs_at_loss_{loss:g}': min(macs for macs, gain in points if gain >= -loss - 1e-6)
        for loss in LOSSES
    }
    return {'accuracy': float(right.mean()), 'macs': spent[1], **means}


def in_batches(pictures: Pictures) -> Iterator[tuple[Tensor, Tensor]]:
    """Give pictures as they are."""
    for start in range(0, len(pictures), AT_ONCE):
        part = pictures.pick(np.arange(start, min(start + AT_ONCE, len(pictures))))
        yield torch.from_numpy(part.images), torch.from_numpy(part.labels)


def augmented(batches: Batches, epochs: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Give epochs of training pictures, one after the other."""
    for epoch in range(epochs):
        yield from batches.epoch(epoch)


def shapes(features: Tensor) -> Iterator[Branch]:
    """Give what is tried on features (1, C, H, W)."""
    inputs, side = features.shape[1], min(features.shape[2:])
    for channels, depth in CONVOLUTIONS:
        yield Branch(pool=max(1, round(side / 7)), channels=channels, depth=depth)
    pool = plan_branch(features, 0.0).pool
    for depth, expansion in BLOCKS:
        yield Branch(pool=pool, channels=LAST * inputs, depth=depth, expansion=expansion)


def main() -> None:
    """Train and judge branches."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', 1)[0])
    parser.add_argument('final')
    parser.add_argument('--exit', type=int, default=0)
    parser.add_argument('--epochs', type=int, default=4)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--name', help='of the result; that of the training if none')
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    network, record = checkpoint.load(arguments.final)
    network.to(memory_format=torch.channels_last)
    training, validation = material.load_pictures(record.settings)
    batches = material.make_batches(record.settings, training, batch_size=AT_ONCE, seed=record.seed)
    held = seen(network, arguments.exit, in_batches(validation))
    given = seen(network, arguments.exit, augmented(batches, arguments.epochs))
    costs, rows = cost(network), []
    until = sum(costs.segments[: arguments.exit + 1]) / costs.backbone
    for shape in shapes(held.features[:1].float()):
        torch.manual_seed(0)
        branch = ExitBranch(given.features.shape[1], shape, len(record.classes))
        share = count_macs(branch.eval(), held.features[:1].float())[0] / costs.backbone
        if share > MOST:
            continue
        trained(branch.train().to(memory_format=torch.channels_last), given, arguments.epochs)
        figures = judged(branch, held, (until, share))
        rows.append({**asdict(shape), **figures})
        print(rows[-1], flush=True)
    report.write(
        f'exit_branches_{arguments.name or record.name}',
        rows,
        exit=arguments.exit, until=until, epochs=arguments.epochs, threads=arguments.threads,
        whole=float((held.last.argmax(1) == held.labels).float().mean()),
    )  # fmt: skip


if __name__ == '__main__':
    main()
