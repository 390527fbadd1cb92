"""``MaxAndArgmax``: the largest elements and their places, as one op."""

from __future__ import annotations

from typing import Any

from theano.graph import Apply, Op
from theano.graph.op import is_disconnected, perform_node
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.careduce import Max, normalize_axes
from theano.tensor.ops.reduction import Argmax

__all__ = ["MaxAndArgmax"]


class MaxAndArgmax(Op):
    """The largest element along ``axis``, and its place as int64; two outputs.

    Parameters
    ----------
    axis : int or sequence of int, optional
        All axes, as one in C order, for None.
    """

    __props__ = ("axis",)

    def __init__(self, axis: Any = None) -> None:
        alone = axis is None or not isinstance(axis, (list, tuple))
        self.axis = axis if alone else tuple(sorted(int(a) for a in axis))

    def _parts(self, x: Any) -> list[Any]:
        axes = normalize_axes(self.axis, x.type.ndim)
        return [Max(axes)(x), Argmax(axes)(x)]

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        return Apply(self, [x], [part.type() for part in self._parts(x)])

    def expand(self, node):
        return self._parts(node.inputs[0])

    def perform(self, node, inputs, output_storage):
        for storage, part in zip(output_storage, self._parts(node.inputs[0]), strict=True):
            (storage[0],) = perform_node(part.owner, inputs)

    def infer_shape(self, node, shapes):
        axes = normalize_axes(self.axis, node.inputs[0].type.ndim)
        return [tuple(n for i, n in enumerate(shapes[0]) if i not in axes)] * 2

    def connection_pattern(self, node):
        return [[True, False]]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (largest, _), (g_largest, _) = inputs, outputs, output_grads
        if is_disconnected(g_largest):
            return [g_largest]
        axes = normalize_axes(self.axis, x.type.ndim)
        return Max(axes).L_op(inputs, [largest], [g_largest])

    def R_op(self, inputs, eval_points):
        axes = normalize_axes(self.axis, inputs[0].type.ndim)
        return [*Max(axes).R_op(inputs, eval_points), None]
