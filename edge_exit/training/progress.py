"""The state of an unfinished training on disk, from which it goes on as if it had not stopped."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from edge_exit.errors import ConfigError
from edge_exit.folders import put_in_place
from edge_exit.model.network import MultiExitNetwork

from .config import TrainConfig

_FOLDER = 'resume'


@dataclass
class Position:
    """Where a training stands: the epoch, the step within it, the command that began it."""

    epoch: int
    step: int
    command: str


def save(
    out: Path,
    config: TrainConfig,
    position: Position,
    network: MultiExitNetwork,
    average: MultiExitNetwork,
    optimiser: torch.optim.SGD,
) -> None:
    """Write the state beside the old one, then swap them: a crash leaves one of the two whole."""
    new = out / f'{_FOLDER}.new'
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    save_file(contiguous(network.state_dict()), new / 'network.safetensors')
    save_file(contiguous(average.state_dict()), new / 'average.safetensors')
    save_file(_momentum(network, optimiser), new / 'momentum.safetensors')
    state = {'config': asdict(config), 'position': asdict(position), 'spec': network.spec}
    (new / 'state.json').write_text(json.dumps(state, indent=1))
    put_in_place(new, out / _FOLDER)


def read_state(out: Path) -> tuple[TrainConfig, Position, dict]:
    """Return the settings, the position and the network's spec of an unfinished training.

    :raises ConfigError: if there is none in `out`.
    """
    state = read_json(out, _FOLDER)
    config = TrainConfig.from_json(state['config'])
    return config, Position(**state['position']), state['spec']


def read_json(out: Path, folder: str) -> dict:
    """Return what the state of an unfinished training says of itself.

    :param folder: of the state, in `out`.
    :raises ConfigError: if there is none.
    """
    path = out / folder / 'state.json'
    if not path.is_file():
        raise ConfigError(
            f'nothing to resume in "{out}": {path} is missing; train without --resume'
        )
    return json.loads(path.read_text())


def restore(
    out: Path,
    network: MultiExitNetwork,
    average: MultiExitNetwork,
    optimiser: torch.optim.SGD,
) -> None:
    """Load weights, their average and the optimiser's momentum."""
    folder = out / _FOLDER
    network.load_state_dict(load_file(folder / 'network.safetensors'))
    average.load_state_dict(load_file(folder / 'average.safetensors'))
    momentum = load_file(folder / 'momentum.safetensors')
    for name, parameter in network.named_parameters():
        if name in momentum:
            # the layout of the parameter: arithmetic in another one may round differently
            buffer = torch.empty_like(parameter).copy_(momentum[name])
            optimiser.state[parameter]['momentum_buffer'] = buffer


def _momentum(network: MultiExitNetwork, optimiser: torch.optim.SGD) -> dict[str, torch.Tensor]:
    buffers = {
        name: optimiser.state.get(parameter, {}).get('momentum_buffer')
        for name, parameter in network.named_parameters()
    }
    return contiguous({name: b for name, b in buffers.items() if b is not None})


def contiguous(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return tensors as safetensors takes them."""
    return {name: t.detach().contiguous() for name, t in tensors.items()}
