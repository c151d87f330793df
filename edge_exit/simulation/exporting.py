"""The learned policy as a file: the scorer as an ONNX graph, written node by node."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edge_exit.policy.learned_inputs import FEATURES, GLOBALS, Candidates
from edge_exit.policy.learned_model import KEY, VERSION
from edge_exit.simulation.scorer import Scorer

# Name of the file in a bundle.
FILE = 'policy.onnx'
_OPSET, _IR_VERSION = 17, 8


def content(
    scorer: Scorer, candidates: Candidates, bounds: dict[str, tuple[float, float]], model_id: str
) -> bytes:
    """Give the file.

    :param bounds: lowest and highest value that training has seen, by name of the measurement.
    :param model_id: of the bundle that it has learned with.
    """
    weights = {name: tensor.detach().numpy() for name, tensor in scorer.state_dict().items()}
    graph = helper.make_graph(
        _nodes(),
        'learned_policy',
        [_value('features', ['candidates', FEATURES]), _value('world', [1, GLOBALS])],
        [_value('scores', ['candidates', 1])],
        [numpy_helper.from_array(np.ascontiguousarray(w), name) for name, w in weights.items()]
        + [numpy_helper.from_array(np.zeros(1, np.int64), 'first')],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid('', _OPSET)], ir_version=_IR_VERSION
    )
    about = {
        'version': VERSION,
        'model_id': model_id,
        'candidates': candidates.as_json(),
        'bounds': {name: list(ends) for name, ends in bounds.items()},
    }
    helper.set_model_props(model, {KEY: json.dumps(about)})
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _nodes() -> list:
    """Give what `Scorer.forward` does, of one world."""

    def gemm(inputs: list[str], output: str):
        return helper.make_node('Gemm', inputs, [output], transB=1)

    return [
        gemm(['features', 'of_candidate.weight', 'of_candidate.bias'], 'own'),
        gemm(['world', 'of_world.weight'], 'common'),
        helper.make_node('Add', ['own', 'common'], ['sum']),
        helper.make_node('Relu', ['sum'], ['seen']),
        gemm(['seen', 'hidden.weight', 'hidden.bias'], 'deep'),
        helper.make_node('Relu', ['deep'], ['deeper']),
        gemm(['deeper', 'out.weight', 'out.bias'], 'learned'),
        helper.make_node('Gather', ['features', 'first'], ['forecast'], axis=1),
        helper.make_node('Mul', ['forecast', 'steepness'], ['planned']),
        helper.make_node('Add', ['learned', 'planned'], ['scores']),
    ]


def _value(name: str, shape: list):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
