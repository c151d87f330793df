"""Measure a network on held-out pictures: every exit, and accuracy against cost."""

from dataclasses import dataclass

import torch
from torch import Tensor

from edge_exit.model.belief import beliefs, margin
from edge_exit.model.network import Cost, MultiExitNetwork

from .pictures import Pictures

THRESHOLDS = tuple(i / 20 for i in range(21))


@dataclass(frozen=True)
class Outputs:
    """Of every exit the logits (N, C) and halting logits (N, 1) of all pictures; labels (N,)."""

    logits: list[Tensor]
    halting: list[Tensor]
    labels: Tensor


@torch.no_grad()
def run(network: MultiExitNetwork, pictures: Pictures, batch_size: int = 250) -> Outputs:
    """Return what every exit says of all pictures; the network is left in eval mode."""
    network.eval()
    logits, halting = [], []
    for images in torch.from_numpy(pictures.images).split(batch_size):
        batch_logits, batch_halting = network(images)
        logits.append(batch_logits)
        halting.append(batch_halting)
    return Outputs(
        [torch.cat(exit_logits) for exit_logits in zip(*logits, strict=True)],
        [torch.cat(exit_halting) for exit_halting in zip(*halting, strict=True)],
        torch.from_numpy(pictures.labels),
    )


def accuracies(outputs: Outputs) -> list[float]:
    """Return the share of pictures that each exit alone gets right."""
    return [(y.argmax(1) == outputs.labels).float().mean().item() for y in outputs.logits]


def curve(outputs: Outputs, temperatures: list[float], cost: Cost) -> list[dict[str, float]]:
    """Return threshold, accuracy and mean MACs for each of THRESHOLDS.

    A picture leaves at the first exit whose belief has a margin of at least the threshold.
    """
    posteriors = beliefs(outputs.logits, outputs.halting, temperatures)
    margins = torch.stack([margin(p) for p in posteriors])
    right = torch.stack([p.argmax(1) == outputs.labels for p in posteriors])
    spent = torch.tensor([cost.upto(i) for i in range(len(posteriors))], dtype=torch.float64)
    points = []
    for threshold in THRESHOLDS:
        leaves = margins >= threshold
        leaves[-1] = True
        first = leaves.int().argmax(0)
        points.append(
            {
                'threshold': threshold,
                'accuracy': right.gather(0, first[None]).float().mean().item(),
                'mean_macs': spent[first].mean().item(),
            }
        )
    return points
