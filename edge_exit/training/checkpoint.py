"""A trained network on disk: weights as safetensors, the rest as JSON. Nothing is a pickle."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from edge_exit.errors import ConfigError
from edge_exit.model.build import build
from edge_exit.model.network import MultiExitNetwork

from .config import TrainConfig

_WEIGHTS = 'network.safetensors'
_RECORD = 'record.json'


@dataclass(frozen=True)
class Record:
    """What is known of a trained network.

    `spec` rebuilds it; `temperatures` and `exit_accuracies` have one number per exit, measured on
    `validation_pictures` pictures held out from the training data, and so is `curve` (threshold,
    accuracy, mean_macs). `preprocessing` holds height, width, channels and fit (crop or stretch).
    """

    name: str
    spec: dict
    classes: list[str]
    preprocessing: dict
    temperatures: list[float]
    exit_accuracies: list[float]
    curve: list[dict]
    segment_macs: list[int]
    exit_macs: list[int]
    validation_pictures: int
    data: str
    seed: int
    command: str
    config: dict = field(default_factory=dict)

    @property
    def settings(self) -> TrainConfig:
        """What it was trained with."""
        return TrainConfig.from_json(self.config)


def save(folder: Path, network: MultiExitNetwork, record: Record) -> None:
    """Write weights and record into `folder`, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: t.contiguous() for name, t in network.state_dict().items()}
    save_file(weights, folder / _WEIGHTS)
    (folder / _RECORD).write_text(json.dumps(asdict(record), indent=1) + '\n')


def load(folder: str | Path) -> tuple[MultiExitNetwork, Record]:
    """Return the network, in eval mode with its trained weights, and its record.

    :param folder: as `edge_exit train` writes it (OUT/final).
    :raises ConfigError: if the folder does not hold a trained network.
    """
    folder = Path(folder)
    for name in (_RECORD, _WEIGHTS):
        if not (folder / name).is_file():
            raise ConfigError(
                f'"{folder}" holds no trained network: {name} is missing '
                '(`edge_exit train --out DIR` writes one into DIR/final)'
            )
    record = Record(**json.loads((folder / _RECORD).read_text()))
    network = build(record.spec)
    weights = load_file(folder / _WEIGHTS)
    for index, temperature in enumerate(record.temperatures):
        weights[f'exits.{index}.temperature'] = torch.tensor(temperature)
    network.load_state_dict(weights)
    return network.eval(), record
