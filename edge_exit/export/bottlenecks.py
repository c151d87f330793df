"""ONNX graphs of a checkpoint's bottlenecks, whose initializers are named like the weights."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from edge_exit.export.graphs import to_onnx
from edge_exit.model.macs import count_macs
from edge_exit.model.network import MultiExitNetwork
from edge_exit.training import bottleneck_files


@dataclass(frozen=True)
class Bottlenecks:
    """Trained bottlenecks, ready for a bundle.

    :ivar modules: by split, as text.
    :ivar levels: codec levels that are worth offering: name, coding and width.
    :ivar entries: of each split `shape` [K, h, w], `encoder_macs` and `decoder_macs`.
    :ivar command: that trained them.
    """

    modules: nn.ModuleDict
    levels: list[dict]
    entries: dict[int, dict]
    command: str

    def graphs(self) -> dict[str, onnx.ModelProto]:
        """Give `encoder_S.onnx` (features to code) and `decoder_S.onnx` (code to features)."""
        graphs = {}
        for split, bottleneck in self.modules.items():
            for half, source, target in (
                ('encoder', 'features', 'code'),
                ('decoder', 'code', 'features'),
            ):
                inputs = _example(bottleneck, half)
                module = _Named(split, half, getattr(bottleneck, half))
                # An input and an output of one name would be one value.
                graph = to_onnx(module, (inputs,), [source], [target])
                graphs[f'{half}_{split}.onnx'] = graph
        return graphs

    def tensors(self) -> dict[str, np.ndarray]:
        """Give all weights by name, `bottlenecks.S.encoder...`, float16 beside float32 biases."""
        return {
            f'bottlenecks.{name}': (tensor.half() if tensor.dim() > 1 else tensor).numpy()
            for name, tensor in self.modules.state_dict().items()
        }


class _Named(nn.Module):
    """Holds one half of a bottleneck under the name that its weights have in a bundle."""

    def __init__(self, split: str, half: str, module: nn.Module) -> None:
        super().__init__()
        self.bottlenecks = nn.ModuleDict({split: nn.ModuleDict({half: module})})
        self._path = split, half

    def forward(self, inputs: Tensor) -> Tensor:
        split, half = self._path
        return self.bottlenecks[split][half](inputs)


def load(checkpoint: Path, network: MultiExitNetwork) -> Bottlenecks | None:
    """Read the bottlenecks that lie beside a network; None if there are none.

    :param network: the checkpoint's, its weights not yet rounded.
    :raises ConfigError: if they were trained for other weights.
    """
    found = bottleneck_files.load(checkpoint, network)
    if found is None:
        return None
    modules, record = found
    modules.requires_grad_(False)
    entries = {
        int(split): {
            'shape': list(bottleneck.plan.code_shape),
            'encoder_macs': count_macs(bottleneck.encoder, _example(bottleneck, 'encoder'))[0],
            'decoder_macs': count_macs(bottleneck.decoder, _example(bottleneck, 'decoder'))[0],
        }
        for split, bottleneck in modules.items()
    }
    return Bottlenecks(modules, record.levels, entries, record.command)


def _example(bottleneck: nn.Module, half: str) -> Tensor:
    plan = bottleneck.plan
    shape = (plan.inputs, plan.height, plan.width) if half == 'encoder' else plan.code_shape
    return torch.zeros(2, *shape)
