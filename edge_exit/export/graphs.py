"""ONNX graphs of a network's segments, whose initializers are named like its weights."""

import io

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from edge_exit.model.network import MultiExitNetwork, Step

_OPSET = 17


class _LastStep(Step):
    """The last segment, whose features nobody needs."""

    def forward(self, inputs: Tensor, beliefs: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(inputs, beliefs)[1:]


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
    graphs['backbone.onnx'] = to_onnx(_Backbone(network), (inputs,), ['picture'], ['logits'])
    beliefs = torch.zeros(2, network.spec['classes'] + 1)
    last = len(network.segments) - 1
    for index in range(last + 1):
        step = _LastStep(network, index) if index == last else network.step(index)
        names = ['believed', 'said'] if index == last else ['out', 'believed', 'said']
        sources = ['picture' if index == 0 else 'features', 'belief']
        graphs[f'segment_{index}.onnx'] = to_onnx(step, (inputs, beliefs), sources, names)
        inputs = network.segments[index](inputs)
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


def to_onnx(
    module: nn.Module, inputs: tuple[Tensor, ...], sources: list[str], names: list[str]
) -> onnx.ModelProto:
    """Turn a module into a graph with an open batch axis, whose outputs state their other axes.

    :param inputs: of the right shapes, more than one picture.
    :param sources: names of the inputs.
    :param names: names of the outputs.
    """
    content = io.BytesIO()
    torch.onnx.export(
        module.eval(),
        inputs,
        content,
        input_names=sources,
        output_names=names,
        dynamic_axes={name: {0: 'batch'} for name in (*sources, *names)},
        opset_version=_OPSET,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        dynamo=False,
    )
    model = onnx.load_from_string(content.getvalue())
    _state_shapes(model)
    return model


def _state_shapes(model: onnx.ModelProto) -> None:
    """Write the known axes of the outputs into the graph, so that a loader can check them."""
    del model.graph.value_info[:]
    inferred = onnx.shape_inference.infer_shapes(model)
    known = {output.name: output for output in inferred.graph.output}
    for output in model.graph.output:
        output.CopyFrom(known[output.name])
