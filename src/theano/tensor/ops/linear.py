"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.shape import transpose
from theano.tensor.type import TensorType

__all__ = ["dot"]


class Dot(Op):
    """The product of vectors and matrices: ``(m, k), (k, n) -> (m, n)``, and with either a vector.

    Raises: TypeError for other ranks, ValueError at run time where the inner lengths differ.
    """

    __props__ = ()

    def make_node(self, x: Any, y: Any) -> Apply:
        x, y = as_tensor_variable(x), as_tensor_variable(y)
        for operand in (x, y):
            if operand.type.ndim not in (1, 2):
                raise usage_error(
                    TypeError,
                    "Dot takes vectors and matrices",
                    expected="1 or 2 dimensions",
                    got=operand,
                    fix="use theano.tensor.dot or tensordot for other ranks",
                )
        pattern = (*x.type.broadcastable[:-1], *y.type.broadcastable[1:])
        return Apply(self, [x, y], [TensorType(upcast(x.type.dtype, y.type.dtype), pattern)()])

    def _check(self, node: Apply, x_shape: Any, y_shape: Any) -> None:
        if x_shape[-1] != y_shape[0]:
            raise usage_error(
                ValueError,
                "a product of tensors whose inner lengths differ",
                expected="x.shape[-1] == y.shape[0]",
                got=f"{node.inputs[0]} of shape {tuple(x_shape)} and {node.inputs[1]} of shape "
                f"{tuple(y_shape)}" + (f" at {node.source}" if node.source else ""),
            )

    def perform(self, node, inputs, output_storage):
        x, y = (np.asarray(v, dtype=node.outputs[0].type.dtype) for v in inputs)
        self._check(node, x.shape, y.shape)
        output_storage[0][0] = np.asarray(np.dot(x, y))

    def lower(self, ctx, x, y):
        self._check(ctx.node, x.shape, y.shape)
        dtype = ctx.node.outputs[0].type.dtype
        x, y = lax.convert_element_type(x, dtype), lax.convert_element_type(y, dtype)
        if dtype == "bool":
            return lax.gt(lax.dot(x.astype("int32"), y.astype("int32")), np.int32(0))
        return lax.dot(x, y)

    def infer_shape(self, node, shapes):
        return [(*shapes[0][:-1], *shapes[1][1:])]

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (g_z,) = inputs, output_grads
        if outputs[0].type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(v, dtype="floatX") for v in inputs]
        if x.type.ndim == 1 and y.type.ndim == 1:
            g_x, g_y = g_z * y, g_z * x
        elif x.type.ndim == 1:
            g_x, g_y = self(y, g_z), outer(x, g_z)
        elif y.type.ndim == 1:
            g_x, g_y = outer(g_z, y), self(transpose(x), g_z)
        else:
            g_x, g_y = self(g_z, transpose(y)), self(transpose(x), g_z)
        return [g_x, g_y]

    def R_op(self, inputs, eval_points):
        (x, y), (r_x, r_y) = inputs, eval_points
        terms = []
        if r_x is not None:
            terms.append(self(r_x, y))
        if r_y is not None:
            terms.append(self(x, r_y))
        return [None if not terms else terms[0] if len(terms) == 1 else terms[0] + terms[1]]

    def __str__(self):
        return "dot"


def outer(x: Any, y: Any) -> Any:
    """Return the outer product of two vectors: ``(m,), (n,) -> (m, n)``."""
    return x.dimshuffle(0, "x") * y.dimshuffle("x", 0)


def dot(x: Any, y: Any) -> Any:
    """Return the product of two tensors of at most two dimensions.

    A scalar multiplies element by element.

    Raises
    ------
    TypeError
        A tensor has more than two dimensions.
    """
    if hasattr(x, "__dot__"):
        return x.__dot__(y)
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    if x.type.ndim == 0 or y.type.ndim == 0:
        return ew.FUNCTIONS["mul"](x, y)
    return Dot()(x, y)
