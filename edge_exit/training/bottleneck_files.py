"""Trained bottlenecks on disk, beside the network that they belong to; and unfinished ones."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from edge_exit.errors import ConfigError
from edge_exit.evaluation.files import write_json, write_whole
from edge_exit.folders import put_in_place
from edge_exit.model.bottleneck import Bottleneck, BottleneckPlan
from edge_exit.model.network import MultiExitNetwork

from .bottleneck_config import BottleneckConfig
from .progress import Position, contiguous, read_json

WEIGHTS, RECORD = 'bottlenecks.safetensors', 'bottlenecks.json'
_STATE = 'bottlenecks.resume'


@dataclass(frozen=True)
class BottleneckRecord:
    """What is known of trained bottlenecks.

    :ivar backbone: SHA-256 of the weights that they were trained for.
    :ivar plans: of each split, by its number as text.
    :ivar levels: codec levels worth offering: name, coding, width.
    :ivar table: bytes and accuracy of each split and level, on the validation pictures.
    """

    backbone: str
    plans: dict[str, dict]
    levels: list[dict]
    table: list[dict]
    validation_pictures: int
    command: str
    config: dict = field(default_factory=dict)

    @property
    def widths(self) -> tuple[float, ...]:
        """Widths that were measured; of a record that does not say, the default ones."""
        return tuple(self.config.get('widths', BottleneckConfig.widths))


def backbone_hash(network: MultiExitNetwork) -> str:
    """Return the SHA-256 of the backbone's weights; exits may be calibrated anew."""
    digest = hashlib.sha256()
    for module in (network.segments, network.exits[-1].classifier):
        for name, tensor in sorted(module.state_dict().items()):
            digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def make(plans: dict[int, BottleneckPlan]) -> nn.ModuleDict:
    """Return bottlenecks with random weights, by split; `bottlenecks['2'].encoder`."""
    return nn.ModuleDict({str(split): Bottleneck(plan) for split, plan in plans.items()})


def save(folder: Path, bottlenecks: nn.ModuleDict, record: BottleneckRecord) -> None:
    """Write weights and record; each file is whole at any moment, and a crash leaves no record."""
    (folder / RECORD).unlink(missing_ok=True)
    weights = to_bytes(contiguous(bottlenecks.state_dict()))
    write_whole(folder / WEIGHTS, lambda file: file.write(weights))
    write_json(folder / RECORD, asdict(record))


def record_of(checkpoint: Path) -> BottleneckRecord | None:
    """Return the record of a checkpoint's bottlenecks; None if it has none."""
    if not (checkpoint / RECORD).is_file():
        return None
    return BottleneckRecord(**json.loads((checkpoint / RECORD).read_text()))


def load(
    checkpoint: Path, network: MultiExitNetwork
) -> tuple[nn.ModuleDict, BottleneckRecord] | None:
    """Return a checkpoint's bottlenecks, in eval mode, and their record; None if it has none.

    :param network: the checkpoint's.
    :raises ConfigError: if they were trained for other weights than lie beside them.
    """
    record = record_of(checkpoint)
    if record is None:
        return None
    if record.backbone != backbone_hash(network):
        raise ConfigError(
            f'the bottlenecks in "{checkpoint}" were trained for another network: train them anew '
            f'(edge_exit train-bottlenecks --checkpoint {checkpoint}) or delete {RECORD}'
        )
    bottlenecks = make({int(s): BottleneckPlan(**plan) for s, plan in record.plans.items()})
    bottlenecks.load_state_dict(load_file(checkpoint / WEIGHTS))
    return bottlenecks.eval(), record


def save_state(
    config: BottleneckConfig,
    position: Position,
    bottlenecks: nn.ModuleDict,
    optimiser: torch.optim.Optimizer,
) -> None:
    """Write the state beside the old one, then swap them: a crash leaves one of the two whole."""
    new = Path(config.out, f'{_STATE}.new')
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    save_file(contiguous(bottlenecks.state_dict()), new / 'weights.safetensors')
    moments = optimiser.state_dict()['state']
    flat = {f'{index}.{name}': t for index, entry in moments.items() for name, t in entry.items()}
    save_file(contiguous(flat), new / 'moments.safetensors')
    plans = {split: asdict(b.plan) for split, b in bottlenecks.items()}
    state = {'config': asdict(config), 'position': asdict(position), 'plans': plans}
    (new / 'state.json').write_text(json.dumps(state, indent=1))
    put_in_place(new, Path(config.out, _STATE))


def read_state(out: Path) -> tuple[BottleneckConfig, Position, nn.ModuleDict]:
    """Return settings, position and bottlenecks of an unfinished training.

    :raises ConfigError: if there is none in `out`.
    """
    state = read_json(out, _STATE)
    bottlenecks = make({int(s): BottleneckPlan(**plan) for s, plan in state['plans'].items()})
    bottlenecks.load_state_dict(load_file(out / _STATE / 'weights.safetensors'))
    lists = {name: tuple(v) for name, v in state['config'].items() if isinstance(v, list)}
    return BottleneckConfig(**state['config'] | lists), Position(**state['position']), bottlenecks


def restore_moments(out: Path, optimiser: torch.optim.Optimizer) -> None:
    """Load the optimiser's moments of an unfinished training."""
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in load_file(out / _STATE / 'moments.safetensors').items():
        index, name = key.split('.')
        moments.setdefault(int(index), {})[name] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {'state': moments})


def remove_state(out: Path) -> None:
    """Forget an unfinished training, once it has been finished."""
    shutil.rmtree(out / _STATE, ignore_errors=True)
