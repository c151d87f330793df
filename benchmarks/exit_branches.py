"""How deep and wide an exit branch should be: branches of one exit, on a frozen network.

    python benchmarks/exit_branches.py final [--exit 0] [--epochs 4] [--name NAME]

`final` is a trained network (OUT/final of `edge_exit train`). Its features at the exit, and what
its last exit says, are computed once for as many augmented epochs; every branch learns from the
same of them, half from the labels and half from the last exit. `macs` is the branch's share of the
backbone's; `mean_macs` what pictures cost on average if those leave whose margin is above the
threshold that is cheapest among those with at most `loss` points less than the whole network.
Accuracy, temperature and threshold are of the same held-out pictures: for comparing branches alone.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import report
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, softmax

from edge_exit.evaluation.confidence import fit_temperature
from edge_exit.evaluation.confidence import softmax as softened
from edge_exit.model.build import cost
from edge_exit.model.exits import Branch, ExitBranch
from edge_exit.model.macs import count_macs
from edge_exit.model.network import MultiExitNetwork
from edge_exit.training import checkpoint, material
from edge_exit.training.batches import Batches
from edge_exit.training.pictures import Pictures

# Channels and depth; the first is what `edge_exit train` made before branches had a depth.
SHAPES = ((64, 1), (144, 1), (80, 2), (48, 3), (64, 3), (48, 4))
BATCH, RATE, DECAY, WARM_UP = 400, 4e-3, 0.02, 50
LOSSES = (0.0, 0.1, 0.3)


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
        loss = 0.5 * fit + 0.5 * cross_entropy(logits, softmax(given.last[index], dim=1))
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
    for start in range(0, len(pictures), BATCH):
        part = pictures.pick(np.arange(start, min(start + BATCH, len(pictures))))
        yield torch.from_numpy(part.images), torch.from_numpy(part.labels)


def augmented(batches: Batches, epochs: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Give epochs of training pictures, one after the other."""
    for epoch in range(epochs):
        yield from batches.epoch(epoch)


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
    batches = material.make_batches(record.settings, training, batch_size=BATCH, seed=record.seed)
    held = seen(network, arguments.exit, in_batches(validation))
    given = seen(network, arguments.exit, augmented(batches, arguments.epochs))
    costs, rows = cost(network), []
    until = sum(costs.segments[: arguments.exit + 1]) / costs.backbone
    pool = network.spec['exits'][arguments.exit]['pool']
    for channels, depth in SHAPES:
        torch.manual_seed(0)
        shape = Branch(pool=pool, channels=channels, depth=depth)
        branch = ExitBranch(given.features.shape[1], shape, len(record.classes))
        share = count_macs(branch.eval(), held.features[:1].float())[0] / costs.backbone
        trained(branch.train().to(memory_format=torch.channels_last), given, arguments.epochs)
        figures = judged(branch, held, (until, share))
        rows.append({'channels': channels, 'depth': depth, **figures})
        print(rows[-1], flush=True)
    report.write(
        f'exit_branches_{arguments.name or record.name}',
        rows,
        exit=arguments.exit, until=until, epochs=arguments.epochs, threads=arguments.threads,
        whole=float((held.last.argmax(1) == held.labels).float().mean()),
    )  # fmt: skip


if __name__ == '__main__':
    main()
