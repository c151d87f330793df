"""Bytes and accuracy of each width and coding at each split, on held-out pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from edge_exit.coding import Coding, decode, encode
from edge_exit.model.bottleneck import sent_channels
from edge_exit.model.network import MultiExitNetwork

from .pictures import Pictures

_CHUNK = 100


@dataclass(frozen=True)
class Level:
    """A codec level: what is sent at a split.

    :ivar width: share of the code's channels, in (0, 1]; None sends the features themselves.
    :ivar lost: share of the channels sent that does not arrive, drawn anew for each picture.
    """

    name: str
    coding: Coding
    width: float | None
    lost: float = 0.0


def slim(width: float, bits: int, lost: float = 0.0) -> Level:
    """Return the level of a width and bits, named as in `w50_4bit`."""
    name = f'w{100 * width:g}_{bits}bit' + (f'_{100 * lost:g}lost' if lost else '')
    return Level(name, Coding(bits), width, lost)


FEATURES = (Level('raw', Coding.RAW, None), Level('8bit', Coding.BITS_8, None))
LOSSY = (slim(1, 4, 0.2), slim(0.5, 4, 0.2))


def slim_levels(widths: tuple[float, ...]) -> tuple[Level, ...]:
    """Return the level of every width at every number of bits, the widest first."""
    return tuple(slim(width, bits) for width in reversed(widths) for bits in (8, 4, 2))


def levels_of(widths: tuple[float, ...]) -> tuple[Level, ...]:
    """Return all levels that are measured: features, every slim one, and with channels lost."""
    return FEATURES + slim_levels(widths) + LOSSY


@torch.no_grad()
def measure(
    network: MultiExitNetwork,
    bottlenecks: nn.ModuleDict,
    pictures: Pictures,
    levels: tuple[Level, ...],
) -> list[dict]:
    """Return a row for each split and level: bytes as coded, accuracy of the last belief.

    :param bottlenecks: by split.
    """
    network.eval(), bottlenecks.eval()
    rows: dict[tuple[int, str], list[float]] = {}
    for split, features, believed, labels in _arrivals(network, bottlenecks, pictures):
        for level in levels:
            sent, sizes = _send(bottlenecks[str(split)], level, features)
            right = (_answers(network, split, sent, believed) == labels).sum().item()
            totals = rows.setdefault((split, level.name), [0.0, 0.0])
            totals[0] += sum(sizes)
            totals[1] += right
    count = len(pictures)
    return [
        {'split': split, 'level': name, 'bytes': total / count, 'accuracy': right / count}
        for (split, name), (total, right) in sorted(rows.items(), key=lambda item: item[0][0])
    ]


def worth_offering(rows: list[dict], slim: tuple[Level, ...]) -> tuple[Level, ...]:
    """Return the slim levels that, at some split, nothing as cheap is as accurate as.

    :param rows: as `measure` returns them.
    :param slim: the levels in question.
    :returns: those of most bytes first.
    """
    slim_rows = [row for row in rows if row['level'] in {level.name for level in slim}]
    best = {row['level'] for row in slim_rows if not _beaten(row, slim_rows)}
    sizes = {name: sum(r['bytes'] for r in slim_rows if r['level'] == name) for name in best}
    offered = [level for level in slim if level.name in best]
    return tuple(sorted(offered, key=lambda level: -sizes[level.name]))


def _beaten(row: dict, rows: list[dict]) -> bool:
    return any(
        other['accuracy'] >= row['accuracy'] and other['bytes'] < row['bytes']
        for other in rows
        if other['split'] == row['split']
    )


def _arrivals(
    network: MultiExitNetwork, bottlenecks: nn.ModuleDict, pictures: Pictures
) -> Iterator[tuple[int, Tensor, Tensor, Tensor]]:
    """Yield (split, features, beliefs, labels) of some pictures at a time, for each split."""
    wanted = {int(split) for split in bottlenecks}
    images, labels = torch.from_numpy(pictures.images), torch.from_numpy(pictures.labels)
    for chunk, true in zip(images.split(_CHUNK), labels.split(_CHUNK), strict=True):
        features, believed = chunk, torch.zeros(len(chunk), len(pictures.classes) + 1)
        believed[:, -1] = 1
        for split in range(1, max(wanted) + 1):
            features, believed, _ = network.step(split - 1)(features, believed)
            if split in wanted:
                yield split, features, believed, true


def _send(bottleneck: nn.Module, level: Level, features: Tensor) -> tuple[Tensor, list[int]]:
    """Return what the tail works with, and the bytes of each picture."""
    if level.width is None:
        coded = [encode(f.contiguous().numpy(), level.coding) for f in features]
        back = [decode(c, shape=features.shape[1:]) for c in coded]
        return torch.from_numpy(np.stack(back)), [c.nbytes for c in coded]
    code = bottleneck.encoder(features)
    width = sent_channels(level.width, code.shape[1])
    coded = [encode(c[:width].contiguous().numpy(), level.coding) for c in code]
    received = torch.zeros(code.shape)
    rng = np.random.default_rng(0)
    for row, one in zip(received, coded, strict=True):
        row[:width] = torch.from_numpy(decode(one, shape=(width, *code.shape[2:])))
        row[rng.permutation(width)[: round(level.lost * width)]] = 0
    return bottleneck.decoder(received), [c.nbytes for c in coded]


def _answers(network: MultiExitNetwork, split: int, features: Tensor, believed: Tensor) -> Tensor:
    for index in range(split, len(network.segments)):
        features, believed, _ = network.step(index)(features, believed)
    return believed[:, :-1].argmax(1)
