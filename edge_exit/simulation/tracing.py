"""numpy code as nodes of an ONNX graph: the code runs once, on tensors that have names alone.

So that a formula is written once, for arrays, and runs on a robot in one call. Known are the few
functions of numpy that such formulas take; any other is refused by name.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

# numpy's functions by name: node, and whether it gives truth values.
_NODES = {
    'add': ('Add', False), 'subtract': ('Sub', False), 'multiply': ('Mul', False),
    'divide': ('Div', False), 'minimum': ('Min', False), 'maximum': ('Max', False),
    'tanh': ('Tanh', False), 'log': ('Log', False), 'negative': ('Neg', False),
    'greater': ('Greater', True), 'greater_equal': ('GreaterOrEqual', True),
    'less': ('Less', True), 'equal': ('Equal', True),
    'bitwise_and': ('And', True), 'bitwise_or': ('Or', True),
}  # fmt: skip
_OF_TRUTHS = ('And', 'Or')


class Graph:
    """Nodes and constants in the making."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def input(self, name: str, shape: Sequence[int]) -> 'Traced':
        """Give what stands for an input of the graph, float32."""
        return Traced(self, name, tuple(shape))

    def node(self, kind: str, inputs: Sequence, shape: tuple, *, truth: bool = False, **about):
        """Add a node; constants among its inputs are added with it."""
        name = f't{len(self.nodes)}'
        self.nodes.append(helper.make_node(kind, list(map(self._name, inputs)), [name], **about))
        return Traced(self, name, shape, truth)

    def _name(self, value: Any) -> str:
        if isinstance(value, Traced):
            return value.name
        name = f'c{len(self.constants)}'
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A tensor of a graph that numpy takes for an array.

    :ivar truth: whether it holds truth values; else it is float32.
    """

    def __init__(self, graph: Graph, name: str, shape: tuple, truth: bool = False) -> None:
        self.graph, self.name, self.shape, self.truth = graph, name, shape, truth

    def __len__(self) -> int:
        return self.shape[0]

    def __array_ufunc__(self, function, method: str, *inputs, **_: Any):
        """Become a node where numpy would compute element by element."""
        if method != '__call__':
            return NotImplemented
        if function is np.matmul:
            return self._product(*inputs)
        return self._elementwise(function.__name__, inputs)

    def __array_function__(self, function, _types, inputs, about):
        """Become nodes where numpy would call one of its functions."""
        known: dict[str, Callable] = {
            'where': self._where, 'clip': self._clip, 'stack': self._stack,
            'broadcast_to': self._broadcast, 'concatenate': self._concatenate,
            'shape': lambda array: array.shape,
        }  # fmt: skip
        if function.__name__ not in known:
            raise NotImplementedError(f'{function.__name__} has no nodes')
        return known[function.__name__](*inputs, **about)

    def max(self, *, axis: int, keepdims: bool) -> 'Traced':
        """Give the largest values along an axis."""
        shape = tuple(1 if place == axis else size for place, size in enumerate(self.shape))
        return self.graph.node('ReduceMax', [self], shape, axes=[axis], keepdims=int(keepdims))

    def astype(self, kind) -> 'Traced':
        """Give numbers; there are no others than float32."""
        if kind is not np.float32:
            raise NotImplementedError(f'a graph holds float32, not {kind}')
        return self._number(self)

    def _product(self, one, other) -> 'Traced':
        shape = (np.shape(one)[0], np.shape(other)[1])
        return self.graph.node('MatMul', [self._number(one), self._number(other)], shape)

    def _elementwise(self, name: str, inputs: Sequence) -> 'Traced':
        shape = np.broadcast_shapes(*map(np.shape, inputs))
        if name == 'isfinite':
            return self._finite()
        if name == 'log10':
            return self._elementwise('log', inputs) * (1 / np.log(10.0))
        if name == 'invert':
            return self.graph.node('Not', inputs, shape, truth=True)
        if name not in _NODES:
            raise NotImplementedError(f'{name} has no node')
        kind, truth = _NODES[name]
        convert = self._truth if kind in _OF_TRUTHS else self._number
        return self.graph.node(kind, list(map(convert, inputs)), shape, truth=truth)

    def _finite(self) -> 'Traced':
        """NaN is not smaller than anything."""
        size = self.graph.node('Abs', [self], self.shape)
        return self._elementwise('less', (size, np.inf))

    def _number(self, value: Any) -> Any:
        if not isinstance(value, Traced):
            return np.asarray(value, np.float32)
        if not value.truth:
            return value
        return self.graph.node('Cast', [value], value.shape, to=TensorProto.FLOAT)

    def _truth(self, value: Any) -> Any:
        return value if isinstance(value, Traced) else np.asarray(value, bool)

    def _where(self, condition, this, other) -> 'Traced':
        shape = np.broadcast_shapes(*map(np.shape, (condition, this, other)))
        inputs = [self._truth(condition), self._number(this), self._number(other)]
        return self.graph.node('Where', inputs, shape)

    def _clip(self, values, low, high) -> 'Traced':
        return np.minimum(np.maximum(values, low), high)

    def _broadcast(self, values, shape) -> 'Traced':
        if values.shape == tuple(shape):
            return values
        inputs = [self._number(values), np.array(shape, np.int64)]
        return self.graph.node('Expand', inputs, tuple(shape))

    def _concatenate(self, parts, axis: int) -> 'Traced':
        parts = [self._number(part) for part in parts]
        shape = list(np.shape(parts[0]))
        shape[axis] = sum(np.shape(part)[axis] for part in parts)
        return self.graph.node('Concat', parts, tuple(shape), axis=axis)

    def _stack(self, parts, axis: int) -> 'Traced':
        """Stack the rows of one world: (1, A) each, along the last axis."""
        if axis != 2 or any(np.shape(part)[0] != 1 for part in parts):
            raise NotImplementedError('stack: only rows of one world, along a third axis')
        rows = self._concatenate([np.ascontiguousarray(p) if isinstance(p, np.ndarray) else p
                                  for p in parts], axis=0)  # fmt: skip
        columns = self.graph.node('Transpose', [rows], rows.shape[::-1], perm=[1, 0])
        shape = (1, *columns.shape)
        return self.graph.node('Reshape', [columns, np.array(shape, np.int64)], shape)


def needed(nodes: Sequence[NodeProto], outputs: Sequence[str]) -> list[NodeProto]:
    """Leave out the nodes that no output hangs on; the order stays."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]
