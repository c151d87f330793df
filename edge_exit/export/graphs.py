"""ONNX graphs of a network's segments, whose initializers are named like its weights."""

import io

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from edge_exit.model.network import MultiExitNetwork

_OPSET = 17


class _SegmentWithExit(nn.Module):
    """Holds one segment and its exit under the names that they have in the network."""

    def __init__(self, network: MultiExitNetwork, index: int) -> None:
        super().__init__()
        self.segments = nn.ModuleDict({str(index): network.segments[index]})
        self.exits = nn.ModuleDict({str(index): network.exits[index]})
        self._index = str(index)
        self._last = index == len(network.segments) - 1

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        features = self.segments[self._index](inputs)
        exit_branch = self.exits[self._index]
        return (exit_branch(features)[0],) if self._last else (features, exit_branch.said(features))


class _Backbone(nn.Module):
    """Holds all segments and the last exit under the names that they have in the network."""

    def __init__(self, network: MultiExitNetwork) -> None:
        super().__init__()
        last = str(len(network.segments) - 1)
        self.segments = network.segments
        self.exits = nn.ModuleDict({last: network.exits[-1]})
        self._last = last

    def forward(self, picture: Tensor) -> Tensor:
        features = picture
        for segment in self.segments:
            features = segment(features)
        return self.exits[self._last](features)[0]


@torch.no_grad()
def export_graphs(network: MultiExitNetwork) -> dict[str, onnx.ModelProto]:
    """Give the graph of each segment with its exit, and of the backbone without exits.

    Nothing is folded, so that all graphs share the training's own weights; the runtime folds
    normalisation into convolutions when it loads them.

    :returns: graphs by file name: segment_0.onnx ... and backbone.onnx.
    """
    graphs, inputs = {}, network.example(2)
    graphs['backbone.onnx'] = _export(_Backbone(network), inputs, 'picture', ['logits'])
    for index in range(len(network.segments)):
        module = _SegmentWithExit(network, index).eval()
        outputs = module(inputs)
        names = ['out', 'said'] if len(outputs) == 2 else ['said']
        source = 'picture' if index == 0 else 'features'
        graphs[f'segment_{index}.onnx'] = _export(module, inputs, source, names)
        inputs = outputs[0]
    return graphs


@torch.no_grad()
def round_weights(network: MultiExitNetwork) -> None:
    """Round the weights of convolutions and linear layers to what half precision can hold.

    Halves the bundle; an error of 2**-12 of each weight is far below what training leaves open.
    """
    for weight in network.parameters():
        if weight.dim() > 1:
            weight.copy_(weight.half())


def tensors(network: MultiExitNetwork) -> dict[str, np.ndarray]:
    """Give all weights by name, float16 where `round_weights` rounds, else float32.

    Counters of batches, which no answer needs, are left out.
    """
    return {
        name: (tensor.half() if tensor.dim() > 1 else tensor).detach().numpy()
        for name, tensor in network.state_dict().items()
        if not name.endswith('num_batches_tracked')
    }


def _export(module: nn.Module, inputs: Tensor, source: str, names: list[str]) -> onnx.ModelProto:
    content = io.BytesIO()
    torch.onnx.export(
        module.eval(),
        (inputs,),
        content,
        input_names=[source],
        output_names=names,
        dynamic_axes={name: {0: 'batch'} for name in (source, *names)},
        opset_version=_OPSET,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        dynamo=False,
    )
    model = onnx.load_from_string(content.getvalue())
    _state_shapes(model, inputs.shape[1:], source)
    return model


def _state_shapes(model: onnx.ModelProto, shape: torch.Size, source: str) -> None:
    """Write the known axes of the outputs into the graph, so that a loader can check them."""
    del model.graph.value_info[:]
    inferred = onnx.shape_inference.infer_shapes(model)
    known = {output.name: output for output in inferred.graph.output}
    for output in model.graph.output:
        output.CopyFrom(known[output.name])
