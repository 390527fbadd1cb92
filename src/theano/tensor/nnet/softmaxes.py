"""The softmax of rows, its logarithm, and its derivative."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from jax import lax
from jax import nn as jnn
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import FLOAT_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.careduce import ACCUMULATORS
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.ops.shape import shape_padleft


def as_rows(x: Any, name: str) -> Any:
    """Return ``x`` as a matrix of floats; a vector is one row.

    Raises
    ------
    ValueError
        ``x`` is neither a vector nor a matrix of floats.
    """
    x = as_tensor_variable(x)
    if x.type.ndim not in (1, 2) or x.type.dtype not in FLOAT_DTYPES:
        raise usage_error(
            ValueError,
            f"{name} takes a vector or a matrix of floats",
            expected="1 or 2 dimensions, a float dtype",
            got=x,
        )
    return shape_padleft(x) if x.type.ndim == 1 else x


def widened(x: Any) -> Any:
    """Return float16 as float32, in which exponentials of a row are summed."""
    return lax.convert_element_type(x, "float32") if x.dtype == "float16" else x


def shifted(x: np.ndarray) -> np.ndarray:
    """Return rows less their largest element, in the dtype in which they are summed."""
    wide = x.astype(ACCUMULATORS.get(x.dtype.name, x.dtype.name))
    return wide - wide.max(axis=-1, keepdims=True, initial=-np.inf)


class RowOp(Op):
    """An op on each row of a matrix that keeps its shape: ``(n, k) -> (n, k)``."""

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_rows(x, self.__class__.__name__.lower())
        return Apply(self, [x], [x.type()])

    def infer_shape(self, node, shapes):
        return [shapes[0]]


class Softmax(RowOp):
    """``exp(x) / sum(exp(x))`` of each row, safe at any magnitude: ``(n, k) -> (n, k)``."""

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        with np.errstate(all="ignore"):
            e = np.exp(shifted(x))
            output_storage[0][0] = (e / e.sum(axis=-1, keepdims=True)).astype(x.dtype)

    def lower(self, ctx, x):
        return lax.convert_element_type(jnn.softmax(widened(x), axis=-1), x.dtype)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [(g_z - tensor_sum(g_z * z, axis=1, keepdims=True)) * z]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None:
            return [None]
        return self.L_op(inputs, [self(*inputs)], eval_points)  # its Jacobian is symmetric


class LogSoftmax(RowOp):
    """``x - log(sum(exp(x)))`` of each row: finite where the softmax underflows to zero."""

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        with np.errstate(all="ignore"):
            s = shifted(x)
            z = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
            output_storage[0][0] = z.astype(x.dtype)

    def lower(self, ctx, x):
        return lax.convert_element_type(jnn.log_softmax(widened(x), axis=-1), x.dtype)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z - tensor_sum(g_z, axis=1, keepdims=True) * ew.FUNCTIONS["exp"](z)]

    def R_op(self, inputs, eval_points):
        (x,), (point,) = inputs, eval_points
        if point is None:
            return [None]
        return [point - tensor_sum(softmax_op(x) * point, axis=1, keepdims=True)]


class SoftmaxWithBias(Op):
    """The softmax of each row of ``x + b``: ``(n, k), (k,) -> (n, k)``, dtype of ``x``."""

    __props__ = ()

    def make_node(self, x: Any, b: Any) -> Apply:
        x, b = as_tensor_variable(x), as_tensor_variable(b)
        check_biased(x, b, "softmax_with_bias")
        return Apply(self, [x, b], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, b = inputs
        check_columns(x.shape, b.shape)
        with np.errstate(all="ignore"):
            e = np.exp(shifted(x + b))
            output_storage[0][0] = (e / e.sum(axis=-1, keepdims=True)).astype(x.dtype)

    def lower(self, ctx, x, b):
        check_columns(x.shape, b.shape)
        return lax.convert_element_type(jnn.softmax(biased(x, b), axis=-1), x.dtype)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        g_x = softmax_op.L_op(inputs[:1], outputs, output_grads)[0]
        return [g_x, tensor_sum(g_x, axis=0)]

    def R_op(self, inputs, eval_points):
        point = sum_of_points(inputs, eval_points)
        return [None] if point is None else softmax_op.L_op(inputs, [self(*inputs)], [point])


class SoftmaxGrad(Op):
    """``(dy - sum(dy * sm)) * sm`` of each row: a gradient ``dy``, through a softmax ``sm``."""

    __props__ = ()

    def make_node(self, dy: Any, sm: Any) -> Apply:
        dy, sm = as_rows(dy, "softmax_grad"), as_rows(sm, "softmax_grad")
        return Apply(self, [dy, sm], [sm.type()])

    def perform(self, node, inputs, output_storage):
        dy, sm = inputs
        output_storage[0][0] = self._value(dy, sm, np.sum).astype(sm.dtype)

    def lower(self, ctx, dy, sm):
        wide = np.promote_types(dy.dtype, sm.dtype)
        both = (lax.convert_element_type(v, wide) for v in (dy, sm))
        return lax.convert_element_type(self._value(*both, jnp.sum), sm.dtype)

    @staticmethod
    def _value(dy, sm, total):
        return (dy - total(dy * sm, axis=1, keepdims=True)) * sm

    def infer_shape(self, node, shapes):
        return [shapes[1]]

    def L_op(self, inputs, outputs, output_grads):
        (dy, sm), (g_z,) = inputs, output_grads
        inner = tensor_sum(dy * sm, axis=1, keepdims=True)
        along = tensor_sum(g_z * sm, axis=1, keepdims=True)
        return [(g_z - along) * sm, (g_z - along) * dy - g_z * inner]

    def R_op(self, inputs, eval_points):
        (dy, sm), (dy_point, sm_point) = inputs, eval_points
        terms = []
        if dy_point is not None:
            terms.append(self(dy_point, sm))
        if sm_point is not None:
            inner = tensor_sum(dy * sm, axis=1, keepdims=True)
            along = tensor_sum(dy * sm_point, axis=1, keepdims=True)
            terms.append((dy - inner) * sm_point - along * sm)
        return [sum(terms[1:], terms[0]) if terms else None]


def check_biased(x: Any, b: Any, name: str) -> None:
    """Raise ValueError unless ``x`` is a matrix and ``b`` a vector of floats."""
    for v, ndim, what in ((x, 2, "rows are a matrix"), (b, 1, "bias is a vector")):
        if v.type.ndim != ndim or v.type.dtype not in FLOAT_DTYPES:
            raise usage_error(
                ValueError,
                f"{name}: the {what} of floats",
                expected=f"{ndim} dimensions, a float dtype",
                got=v,
            )


def check_columns(x_shape: Any, b_shape: Any) -> None:
    """Raise ValueError unless a bias has one element for each column."""
    if x_shape[1] != b_shape[0]:
        raise usage_error(
            ValueError,
            "a bias does not fit the rows that it is added to",
            expected=f"{x_shape[1]} elements, one for each column",
            got=f"{b_shape[0]} elements",
        )


def biased(x: Any, b: Any) -> Any:
    """Return ``x + b`` in JAX, in a dtype that holds both and sums exponentials."""
    wide = np.promote_types(np.promote_types(x.dtype, b.dtype), widened(x).dtype)
    return lax.convert_element_type(x, wide) + lax.convert_element_type(b, wide)[None, :]


def sum_of_points(inputs: Any, eval_points: Any) -> Any:
    """Return the direction of ``x + b``, where it has one."""
    x_point, b_point = eval_points[:2]
    if b_point is None:
        return x_point
    return b_point + (ew.zeros_like(inputs[0]) if x_point is None else x_point)


softmax_op = Softmax()
logsoftmax_op = LogSoftmax()
softmax_with_bias = SoftmaxWithBias()
softmax_grad = SoftmaxGrad()


def softmax(c: Any) -> Any:
    """Return the softmax of each row of a matrix ``(n, k)``; a vector ``(k,)`` gives ``(1, k)``.

    Warns where rows are known to have one element, of which the softmax is always 1.

    Raises
    ------
    ValueError
        ``c`` is neither a vector nor a matrix of floats.
    """
    c = as_tensor_variable(c)
    if c.type.broadcastable[-1:] == (True,):
        warnings.warn("the softmax of rows of one element is always 1", stacklevel=2)
    return softmax_op(c)


def logsoftmax(c: Any) -> Any:
    """Return the logarithm of the softmax of each row; a vector ``(k,)`` gives ``(1, k)``.

    It is finite where the softmax underflows to zero.

    Raises
    ------
    ValueError
        ``c`` is neither a vector nor a matrix of floats.
    """
    return logsoftmax_op(c)


def softmax_graph(c: Any) -> Any:
    """Return the softmax along the last axis of ``c``, written out in exponentials.

    Rules recognize it and compute it safely at any magnitude.
    """
    e = ew.FUNCTIONS["exp"](c)
    return e / tensor_sum(e, axis=-1, keepdims=True)
