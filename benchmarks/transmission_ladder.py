"""Which frames to send over a link that comes and goes: a ladder of decisions on the same pictures.

    python benchmarks/transmission_ladder.py BUNDLE=FOLDER [BUNDLE=FOLDER ...]

Needs torch. After Jankowski, Gunduz and Mikolajczyk (arXiv 2311.18098): each picture of FOLDER, one
folder for each class, stops at the exit before a split and meets every channel: a codec level that
the bundle offers there, and a chance that message or answer gets lost; then the exit's answer
stands. A decision ranks the frames of all channels together; the first of them are sent. What it
learns or counts it takes from the other half of the pictures.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import report
import torch
from pairs import bundles_with_folders
from torch import nn

from edge_exit.bundle import Bundle
from edge_exit.evaluation.labelled import labelled_files
from edge_exit.evaluation.observing import Observed, observe_files
from edge_exit.simulation.asking import ask
from edge_exit.simulation.outcomes import OutcomeTable

SHARES = (0.1, 0.2, 0.3)
LOSSES = (0.0, 0.1, 0.3)
TOP = 5
BINS = 20
NETWORKS, HIDDEN, STEPS = 5, 16, 200


def main() -> None:
    """Judge the decisions at each split of the bundles."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', 1)[0])
    parser.add_argument('pairs', nargs='+', metavar='BUNDLE=FOLDER')
    rows, models = [], {}
    for bundle, folder in bundles_with_folders(parser.parse_args().pairs):
        observed = observe_files(labelled_files(folder, bundle), bundle)
        table = ask(bundle, folder)
        models[bundle.name] = {'model_id': bundle.model_id, 'pictures': len(table)}
        for split in range(1, table.splits):
            rows += list(rows_of(bundle, frames_at(split, observed, table)))
    report.write('transmission_ladder', rows, threads=1, bundles=models, losses=LOSSES)


@dataclass(frozen=True, slots=True)
class Frames:
    """N pictures over C channels at one split.

    :ivar split: where the frames stop.
    :ivar posterior: of the exit before it, (N, classes).
    :ivar growth: how much its margin is above that of the exit before it, (N,).
    :ivar right: whether the exit is right, (N,).
    :ivar channels: codec level and chance of loss, (C, 2).
    :ivar told: how probably a frame that is sent is answered rightly in the end, (N, C).
    :ivar helped: how probably the tail's answer arrives and mends the exit's, (N, C).
    """

    split: int
    posterior: np.ndarray
    growth: np.ndarray
    right: np.ndarray
    channels: np.ndarray
    told: np.ndarray
    helped: np.ndarray


def frames_at(split: int, observed: Observed, table: OutcomeTable) -> Frames:
    """Bring together what the exit before a split and the tail behind it say."""
    mass = observed.beliefs[:, :split, :-1].astype(float)
    posterior = mass / np.maximum(mass.sum(axis=2, keepdims=True), 1e-9)
    margins = np.diff(np.sort(posterior, axis=2)[:, :, -2:], axis=2)[:, :, 0]
    before = margins[:, -2] if split > 1 else np.zeros(len(margins))
    right = observed.believed_right[:, split - 1]
    channels = np.array(list(product(range(table.levels), LOSSES)))
    tail = table.tail_right[:, split, channels[:, 0].astype(int), -1]
    comes = 1 - channels[:, 1]
    stays = right[:, np.newaxis]
    return Frames(
        split=split,
        posterior=posterior[:, -1],
        growth=margins[:, -1] - before,
        right=right,
        channels=channels,
        told=comes * tail + (1 - comes) * stays,
        helped=comes * (tail & ~stays),
    )


def rows_of(bundle: Bundle, frames: Frames) -> Iterator[dict]:
    """Give a row for each decision."""
    ranked = decisions(frames)
    usual = _rights(frames, ranked['margin'], SHARES[1])
    for name, wanted in ranked.items():
        rights = [_rights(frames, wanted, share) for share in SHARES]
        yield _row(bundle, frames, name, rights, usual)
    for name, right in (('always exit', frames.right), ('always send', frames.told.mean(axis=1))):
        yield _row(bundle, frames, name, [right] * len(SHARES), usual)


def _row(bundle: Bundle, frames: Frames, name: str, rights: list, usual: np.ndarray) -> dict:
    """Say how many are right, and how far that is ahead of what is usual at the middle share.

    :param rights: how probably each picture is right, (N,) for each share.
    """
    ahead = 100 * (rights[1] - usual)
    return {
        'bundle': bundle.name,
        'split': frames.split,
        'decision': name,
        **{f'right_at_{share:g}': of.mean() for share, of in zip(SHARES, rights, strict=True)},
        'points_over_margin': round(ahead.mean(), 3),
        'ci95': round(1.96 * ahead.std() / np.sqrt(len(ahead)), 3),
    }


def _rights(frames: Frames, wanted: np.ndarray, share: float) -> np.ndarray:
    """Give how probably each is right, (N,), if the share that is wanted most is sent."""
    sent = wanted >= np.quantile(wanted, 1 - share)
    return np.where(sent, frames.told, frames.right[:, np.newaxis]).mean(axis=1)


def decisions(frames: Frames) -> dict[str, np.ndarray]:
    """Say how much each decision wants to send each picture over each channel, (N, C)."""
    falling = -np.sort(-frames.posterior, axis=1)
    classes = falling.shape[1]
    entropy = -(falling * np.log(np.maximum(falling, 1e-9))).sum(axis=1) / np.log(classes)
    margin = falling[:, 0] - falling[:, 1]
    everywhere = np.ones((1, len(frames.channels)))
    seen = np.column_stack(
        [falling[:, :TOP], np.log(falling[:, :TOP] + 1e-4), entropy, margin, frames.growth]
    )
    return {
        'probability': -falling[:, :1] * everywhere,
        'entropy': entropy[:, np.newaxis] * everywhere,
        'margin': -margin[:, np.newaxis] * everywhere,
        'margin by channel': _crosswise(frames, lambda *of: _by_channel(frames, margin, *of)),
        'learned': _crosswise(frames, lambda *of: _learned(frames, seen, *of)),
        'oracle': frames.told - frames.right[:, np.newaxis],
    }


def _crosswise(frames: Frames, decide) -> np.ndarray:
    """Let each half of the pictures be judged by what the other taught."""
    even = np.arange(len(frames.right)) % 2 == 0
    wanted = np.empty(frames.told.shape)
    for known, other in ((even, ~even), (~even, even)):
        wanted[other] = decide(known, other)
    return wanted


def _by_channel(frames: Frames, margin: np.ndarray, known, other) -> np.ndarray:
    """Expect of each channel what it gained at such margins: a threshold for each follows."""
    edges = np.quantile(margin[known], np.linspace(0, 1, BINS + 1)[1:-1])
    gained = (frames.told - frames.right[:, np.newaxis])[known]
    place = np.digitize(margin[known], edges)
    means = np.stack([gained[place == one].mean(axis=0) for one in range(BINS)])
    # Between two bins a line, so that frames of one bin are not all alike.
    middles = np.stack([margin[known][place == one].mean() for one in range(BINS)])
    columns = [np.interp(margin[other], middles, column) for column in means.T]
    return np.stack(columns, axis=1)


def _learned(frames: Frames, seen: np.ndarray, known, other) -> np.ndarray:
    """Let small networks learn when the tail's answer comes and mends the exit's."""
    levels = np.eye(int(frames.channels[:, 0].max()) + 1)[frames.channels[:, 0].astype(int)]
    channels = np.column_stack([levels, frames.channels[:, 1:]])
    mean, spread = seen[known].mean(axis=0), seen[known].std(axis=0) + 1e-6

    def inputs(which: np.ndarray) -> torch.Tensor:
        rows = ((seen - mean) / spread)[which]
        both = [np.repeat(rows, len(channels), axis=0), np.tile(channels, (len(rows), 1))]
        return torch.tensor(np.column_stack(both), dtype=torch.float32)

    learn, ask_of = inputs(known), inputs(other)
    wanted = torch.tensor(frames.helped[known].reshape(-1, 1), dtype=torch.float32)
    found = sum(_network(learn, wanted, seed)(ask_of) for seed in range(NETWORKS))
    return found.detach().numpy().reshape(-1, len(channels))


def _network(learn: torch.Tensor, wanted: torch.Tensor, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    width = learn.shape[1]
    network = nn.Sequential(nn.Linear(width, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1))
    optimiser = torch.optim.AdamW(network.parameters(), 0.02, weight_decay=0.05)
    for _ in range(STEPS):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(learn), wanted).backward()
        optimiser.step()
    return nn.Sequential(network, nn.Sigmoid())


if __name__ == '__main__':
    main()
