"""The learned policy as a file: an ONNX graph from what is known of the world to scores."""

import json
from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edge_exit.policy.learned_known import GIVEN, taken_apart
from edge_exit.policy.learned_model import INPUT, KEY, OUTPUTS, VERSION
from edge_exit.simulation.chosen import Candidates
from edge_exit.simulation.features import forecast, inputs
from edge_exit.simulation.tracing import Graph, Traced, needed

# Name of the file in a bundle.
FILE = 'policy.onnx'
_OPSET, _IR_VERSION = 17, 8


def content(
    weights: Mapping[str, np.ndarray],
    candidates: Candidates,
    bounds: dict[str, tuple[float, float]],
    model_id: str,
) -> bytes:
    """Give the file.

    :param weights: of the scorer, by name.
    :param bounds: lowest and highest value that training has seen, by name of the measurement.
    :param model_id: of the bundle that it has learned with.
    """
    graph = Graph()
    known, energy = taken_apart(_apart(graph, graph.input(INPUT, (1, GIVEN))))
    if weights['out.weight'].any():
        features, world, allowed = inputs(candidates, known, energy)
        scoring = _scoring(features, world)
    else:
        worth, allowed = forecast(candidates, known, energy)
        scoring = _planned(worth.name, 'out.bias')
    constants = {
        **weights,
        'first': np.zeros(1, np.int64),
        'matrix': np.array([len(candidates), -1], np.int64),
        'row': np.array([len(candidates)], np.int64),
    }
    nodes = needed([*graph.nodes, *scoring, *_results(allowed, len(candidates))], OUTPUTS)
    taken = {name for node in nodes for name in node.input}
    named = [numpy_helper.from_array(np.ascontiguousarray(w), n) for n, w in constants.items()]
    made = helper.make_graph(
        nodes,
        'learned_policy',
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [1, GIVEN])],
        [
            helper.make_tensor_value_info(OUTPUTS[0], TensorProto.FLOAT, [len(candidates)]),
            helper.make_tensor_value_info(OUTPUTS[1], TensorProto.BOOL, [len(candidates)]),
        ],
        [one for one in (*graph.constants, *named) if one.name in taken],
    )
    return _file(made, _about(candidates, bounds, model_id))


def _apart(graph: Graph, whole: Traced) -> list[Traced]:
    """Split the input into its numbers, (1, 1) each."""
    names = [f'known_{place}' for place in range(GIVEN)]
    graph.nodes.append(helper.make_node('Split', [whole.name], names, axis=1))
    return [graph.input(name, (1, 1)) for name in names]


def _scoring(features: Traced, world: Traced) -> list[onnx.NodeProto]:
    """Give what `Scorer.forward` does, of one world."""

    def gemm(values: list[str], output: str):
        return helper.make_node('Gemm', values, [output], transB=1)

    return [
        helper.make_node('Reshape', [features.name, 'matrix'], ['features']),
        gemm(['features', 'of_candidate.weight', 'of_candidate.bias'], 'own'),
        gemm([world.name, 'of_world.weight'], 'common'),
        helper.make_node('Add', ['own', 'common'], ['sum']),
        helper.make_node('Relu', ['sum'], ['seen']),
        gemm(['seen', 'hidden.weight', 'hidden.bias'], 'deep'),
        helper.make_node('Relu', ['deep'], ['deeper']),
        gemm(['deeper', 'out.weight', 'out.bias'], 'learned'),
        helper.make_node('Gather', ['features', 'first'], ['forecast'], axis=1),
        *_planned('forecast', 'learned'),
    ]


def _planned(worth: str, learned: str) -> list[onnx.NodeProto]:
    """Add what was learned to the forecast; without a learned network that is a constant."""
    return [
        helper.make_node('Mul', [worth, 'steepness'], ['planned']),
        helper.make_node('Add', [learned, 'planned'], ['scored']),
    ]


def _results(allowed: Traced, count: int) -> list[onnx.NodeProto]:
    if allowed.shape != (1, count):
        raise ValueError(f'what is allowed is of shape {allowed.shape}, not {(1, count)}')
    return [
        helper.make_node('Reshape', ['scored', 'row'], [OUTPUTS[0]]),
        helper.make_node('Reshape', [allowed.name, 'row'], [OUTPUTS[1]]),
    ]


def _about(
    candidates: Candidates, bounds: dict[str, tuple[float, float]], model_id: str
) -> dict[str, object]:
    return {
        'version': VERSION,
        'model_id': model_id,
        'candidates': {
            'split': candidates.split.tolist(),
            'exit_threshold': candidates.exit_threshold.tolist(),
            'codec_level': candidates.level.tolist(),
            'offload': candidates.offload.tolist(),
        },
        'bounds': {name: list(ends) for name, ends in bounds.items()},
    }


def _file(graph: onnx.GraphProto, about: dict[str, object]) -> bytes:
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid('', _OPSET)], ir_version=_IR_VERSION
    )
    helper.set_model_props(model, {KEY: json.dumps(about)})
    onnx.checker.check_model(model)
    return model.SerializeToString()
