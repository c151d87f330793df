"""numpy code that is traced into a graph gives there what numpy gives."""

from collections.abc import Callable

import numpy as np
import pytest

onnx = pytest.importorskip('onnx', reason='makes graphs')
from onnx import TensorProto, helper

from edge_exit.inference.onnx_runtime import session_of
from edge_exit.simulation.tracing import Graph, needed

WEIGHTS = np.arange(6.0).reshape(2, 3) - 2


def run(code: Callable, *rows: np.ndarray) -> np.ndarray:
    """Run code as a graph, on float32 inputs."""
    graph = Graph()
    taken = {f'x{place}': np.asarray(row, np.float32) for place, row in enumerate(rows)}
    made = code(*(graph.input(name, row.shape) for name, row in taken.items()))
    kind = TensorProto.BOOL if made.truth else TensorProto.FLOAT
    about = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            'traced',
            [about(name, TensorProto.FLOAT, row.shape) for name, row in taken.items()],
            [about(made.name, kind, made.shape)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid('', 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return session_of(model.SerializeToString(), 1).run(None, taken)[0]


@pytest.mark.parametrize(
    'code',
    [
        lambda a, b: 2 * a + b / 3 - (1 - a) * b,
        lambda a, b: np.minimum(a, 0.5) + np.maximum(b, a),
        lambda a, b: np.tanh(a) + np.log(b * b + 1) + np.log10(np.abs(3.0) + b * b),
        lambda a, b: np.where((a > 0) & (b < 1) | ~(a >= b), a, -1.0),
        lambda a, b: np.where(np.isfinite(a / b), 1.0, 0.0),
        lambda a, b: np.clip(a, -0.2, [[0.3, 0.1, 0.2]]) + b,
        lambda a, b: np.matmul(np.concatenate((a, b), axis=0), WEIGHTS.T),
        lambda a, b: a - (a * b).max(axis=1, keepdims=True),
        lambda a, b: np.stack([a, np.broadcast_to(b.max(axis=1, keepdims=True), (1, 3))], axis=2),
        lambda a, b: (np.arange(3) == np.maximum(b, a) * 0 + 1) * a,
        lambda a, b: np.array([[True, False, True]]) | (a > b),
        lambda a, b: np.concatenate((a, b > 0), axis=1).astype(np.float32) - b.shape[1],
    ],
)
def test_a_graph_gives_what_numpy_gives(code):
    random = np.random.default_rng(0)
    for _ in range(20):
        a, b = np.float32(random.standard_normal((2, 1, 3)))
        b[0, 1] = 0.0
        with np.errstate(all='ignore'):
            assert run(code, a, b) == pytest.approx(code(a, b), rel=1e-5, abs=1e-5)


def test_what_is_not_finite_stays_so():
    values = np.float32([[np.nan, np.inf, -np.inf, 3.0]])
    assert run(np.isfinite, values).tolist() == [[False, False, False, True]]
    assert run(lambda a: np.where(np.isfinite(a), a, 7.0), values).tolist() == [[7, 7, 7, 3]]


@pytest.mark.parametrize('code', [np.sin, np.cumsum, np.sort, lambda a: a.astype(np.float64)])
def test_what_has_no_node_is_refused_by_name(code):
    with pytest.raises(NotImplementedError):
        run(code, np.ones((1, 3)))


def test_what_no_output_hangs_on_is_left_out_in_order():
    graph = Graph()
    one = graph.input('one', (1, 3))
    np.tanh(one)
    two = one * 2
    three = two + one
    np.log(three)
    assert [node.op_type for node in needed(graph.nodes, [three.name])] == ['Mul', 'Add']
    assert [node.op_type for node in needed(graph.nodes, [two.name])] == ['Mul']
