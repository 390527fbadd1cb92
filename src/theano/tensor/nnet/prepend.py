"""A column put in front of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.type import TensorType


class Prepend_scalar_to_each_row(Op):
    """The matrix ``mat`` with a first column of ``val``: ``(), (n, k) -> (n, k + 1)``.

    The dtype is that of ``mat``. Raises TypeError if ``mat`` is no matrix or ``val`` no number.
    """

    __props__: tuple[str, ...] = ()

    def make_node(self, val: Any, mat: Any) -> Apply:
        val, mat = as_tensor_variable(val), as_tensor_variable(mat)
        for v, ndim, what in ((val, 0, "is a number"), (mat, 2, "stands in front of a matrix")):
            if v.type.ndim != ndim:
                raise usage_error(
                    TypeError,
                    f"what is prepended to each row {what}",
                    expected=f"{ndim} dimensions",
                    got=v,
                )
        pattern = [mat.type.broadcastable[0], False]
        return Apply(self, [val, mat], [TensorType(mat.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        val, mat = inputs
        column = np.full((len(mat), 1), val, dtype=mat.dtype)
        output_storage[0][0] = np.concatenate([column, mat], axis=1)

    def lower(self, ctx, val, mat):
        column = jnp.broadcast_to(lax.convert_element_type(val, mat.dtype), (mat.shape[0], 1))
        return lax.concatenate([column, mat], 1)

    def infer_shape(self, node, shapes):
        n, k = shapes[-1]
        return [(n, k + 1)]

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        return [tensor_sum(g_z[:, 0]), g_z[:, 1:]]

    def R_op(self, inputs, eval_points):
        (val, mat), (val_point, mat_point) = inputs, eval_points
        if val_point is None and mat_point is None:
            return [None]
        val_point = ew.zeros_like(val) if val_point is None else val_point
        return [self(val_point, ew.zeros_like(mat) if mat_point is None else mat_point)]


class Prepend_scalar_constant_to_each_row(Op):
    """The matrix ``mat`` with a first column of the number ``val``: ``(n, k) -> (n, k + 1)``."""

    __props__ = ("val",)

    def __init__(self, val: float = 0) -> None:
        self.val = float(val)

    def make_node(self, mat: Any) -> Apply:
        mat = as_tensor_variable(mat)
        (output,) = prepend_scalar_to_each_row.make_node(np.float32(0), mat).outputs
        return Apply(self, [mat], [output.type()])

    def perform(self, node, inputs, output_storage):
        prepend_scalar_to_each_row.perform(node, [self.val, *inputs], output_storage)

    def lower(self, ctx, mat):
        return prepend_scalar_to_each_row.lower(ctx, np.float64(self.val), mat)

    def infer_shape(self, node, shapes):
        return prepend_scalar_to_each_row.infer_shape(node, shapes)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0][:, 1:]]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None:
            return [None]
        return [Prepend_scalar_constant_to_each_row(0.0)(eval_points[0])]


prepend_scalar_to_each_row = Prepend_scalar_to_each_row()
prepend_0_to_each_row = Prepend_scalar_constant_to_each_row(0.0)
prepend_1_to_each_row = Prepend_scalar_constant_to_each_row(1.0)
