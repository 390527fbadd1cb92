"""The softmax of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import nn as jnn

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import FLOAT_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.careduce import ACCUMULATORS
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.ops.shape import shape_padleft


class Softmax(Op):
    """``exp(x) / sum(exp(x))`` of each row, safe at any magnitude: ``(n, k) -> (n, k)``."""

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        if x.type.ndim not in (1, 2) or x.type.dtype not in FLOAT_DTYPES:
            raise usage_error(
                ValueError,
                "softmax takes a vector or a matrix of floats",
                expected="1 or 2 dimensions, a float dtype",
                got=x,
            )
        if x.type.ndim == 1:
            x = shape_padleft(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        wide = x.astype(ACCUMULATORS.get(x.dtype.name, x.dtype.name))
        with np.errstate(all="ignore"):
            e = np.exp(wide - wide.max(axis=-1, keepdims=True, initial=-np.inf))
            output_storage[0][0] = (e / e.sum(axis=-1, keepdims=True)).astype(x.dtype)

    def lower(self, ctx, x):
        if x.dtype == "float16":
            wide = lax.convert_element_type(x, "float32")
            return lax.convert_element_type(jnn.softmax(wide, axis=-1), "float16")
        return jnn.softmax(x, axis=-1)

    def infer_shape(self, node, shapes):
        return list(shapes)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [(g_z - tensor_sum(g_z * z, axis=1, keepdims=True)) * z]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None:
            return [None]
        return self.L_op(inputs, [self(*inputs)], eval_points)  # its Jacobian is symmetric


def softmax(x: Any) -> Any:
    """Return the softmax of each row of a matrix ``(n, k)``; a vector ``(k,)`` gives ``(1, k)``.

    Raises
    ------
    ValueError
        ``x`` is neither a vector nor a matrix of floats.
    """
    return Softmax()(x)
