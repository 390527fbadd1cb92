"""Cross-entropies of distributions and targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import nn as jnn
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.exponential import sigmoid
from theano.scalar.op import ScalarOp, require_real
from theano.scalar.type import FLOAT_DTYPES, INTEGER_DTYPES, floating_dtype, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import Elemwise
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.creation import arange
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.ops.sizes import ShapeI
from theano.tensor.type import TensorType


def categorical_crossentropy(coding_dist: Any, true_dist: Any) -> Any:
    """Return ``-sum(true * log(coding), axis=-1)`` of rows.

    Parameters
    ----------
    coding_dist : ``(n, k)`` floats
        A distribution in each row.
    true_dist : ``(n, k)`` floats, or ``(n,)`` integers
        The distributions that are approximated, or the index of the right class of each row.

    Returns
    -------
    ``(n,)`` floats

    Raises
    ------
    TypeError
        The ranks do not fit, or classes are no integers.
    ValueError
        At run time, there is another number of classes than of rows.
    IndexError
        On the host, a class does not exist. On a device its row is NaN, and so is the gradient.
    """
    coding_dist, true_dist = as_tensor_variable(coding_dist), as_tensor_variable(true_dist)
    if true_dist.type.ndim == coding_dist.type.ndim:
        return -tensor_sum(
            true_dist * ew.FUNCTIONS["log"](coding_dist), axis=coding_dist.type.ndim - 1
        )
    if true_dist.type.ndim == coding_dist.type.ndim - 1 == 1:
        return crossentropy_categorical_1hot(coding_dist, true_dist)
    raise usage_error(
        TypeError,
        "categorical_crossentropy got targets whose rank does not fit",
        expected=f"{coding_dist.type.ndim} dimensions, or {coding_dist.type.ndim - 1} of integers",
        got=true_dist,
    )


def binary_crossentropy(output: Any, target: Any) -> Any:
    """Return ``-(target * log(output) + (1 - target) * log(1 - output))``, element by element."""
    output, target = as_tensor_variable(output), as_tensor_variable(target)
    log = ew.FUNCTIONS["log"]
    return -(target * log(output) + (1.0 - target) * log(1.0 - output))


class SigmoidBinaryCrossentropy(ScalarOp):
    """``-(t * log(s) + (1 - t) * log(1 - s))`` for ``s = sigmoid(x)``, at any ``x``."""

    nin = 2
    name = "sigmoid_binary_crossentropy"

    def output_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        require_real(self.name, *dtypes)
        return (upcast(floating_dtype(dtypes[0]), dtypes[1]),)

    def impl(self, x, t):
        return np.logaddexp(-np.abs(x), np.zeros((), x.dtype)) + x * ((x > 0) - t)

    def lower(self, ctx, x, t):
        is_positive = lax.convert_element_type(x > 0, x.dtype)
        return jnn.softplus(-jnp.abs(x)) + x * (is_positive - t)

    def L_op(self, inputs, outputs, output_grads):
        (x, t), (g_z,) = inputs, output_grads
        return [g_z * (sigmoid(x) - t), -g_z * x]


sigmoid_binary_crossentropy_op = Elemwise(SigmoidBinaryCrossentropy())


def sigmoid_binary_crossentropy(output: Any, target: Any) -> Any:
    """Return ``binary_crossentropy(sigmoid(output), target)``, exact where the sigmoid saturates.

    Parameters
    ----------
    output : real tensor
        What the sigmoid is taken of.
    target : real tensor that broadcasts against ``output``
        Probabilities.
    """
    return sigmoid_binary_crossentropy_op(output, target)


class CrossentropyCategorical1HotGrad(Op):
    """The gradient of the cross-entropy of classes: ``(n,), (n, k), (n,) -> (n, k)``.

    It is ``-g / coding_dist`` at the class of each row and zero elsewhere.
    """

    __props__ = ()

    def make_node(self, g_y: Any, coding_dist: Any, true_one_of_n: Any) -> Apply:
        inputs = [as_tensor_variable(v) for v in (g_y, coding_dist, true_one_of_n)]
        return Apply(self, inputs, [inputs[1].type()])

    def perform(self, node, inputs, output_storage):
        g_y, coding_dist, index = inputs
        g = np.zeros_like(coding_dist)
        rows, classes = np.arange(len(g_y)), np.asarray(index, dtype="int64")
        with np.errstate(all="ignore"):
            g[rows, classes] = -g_y / coding_dist[rows, classes]
        output_storage[0][0] = g

    def infer_shape(self, node, shapes):
        return [shapes[1]]

    def expand(self, node):
        return [self._written_out(*node.inputs)]

    @staticmethod
    def _written_out(g_y, coding_dist, index):
        g = minus_reciprocal(coding_dist, index) * g_y.dimshuffle(0, "x")
        return ew.cast(g, coding_dist.type.dtype)

    def connection_pattern(self, node):
        return [[True], [True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (g_y, coding_dist, index), (g_z,) = inputs, output_grads
        slope = minus_reciprocal(coding_dist, index)
        g_coding = g_z * slope * slope * g_y.dimshuffle(0, "x")
        return [tensor_sum(g_z * slope, axis=1), g_coding, disconnected_type()]

    def R_op(self, inputs, eval_points):
        (g_y, coding_dist, index), (g_point, coding_point) = inputs, eval_points[:2]
        slope = minus_reciprocal(coding_dist, index)
        terms = []
        if g_point is not None:
            terms.append(slope * g_point.dimshuffle(0, "x"))
        if coding_point is not None:
            terms.append(slope * slope * coding_point * g_y.dimshuffle(0, "x"))
        return [sum(terms[1:], terms[0]) if terms else None]


class CrossentropyCategorical1Hot(Op):
    """``-log`` of the probability of the right class: ``(n, k), (n,) -> (n,)``.

    A negative class counts from the end, as an index does. One that does not exist raises
    IndexError on the host; on a device, which raises nothing, the row and its gradient are NaN.
    """

    __props__ = ()

    def make_node(self, coding_dist: Any, index: Any) -> Apply:
        coding_dist, index = as_tensor_variable(coding_dist), as_tensor_variable(index)
        if coding_dist.type.ndim != 2 or coding_dist.type.dtype not in FLOAT_DTYPES:
            raise usage_error(
                TypeError,
                "class probabilities are a matrix of floats",
                expected="2 dimensions, a float dtype",
                got=coding_dist,
            )
        if index.type.ndim != 1 or index.type.dtype not in INTEGER_DTYPES:
            raise usage_error(
                TypeError,
                "classes are given as a vector of integers",
                expected="1 dimension, an integer dtype",
                got=index,
            )
        pattern = [coding_dist.type.broadcastable[0]]
        return Apply(self, [coding_dist, index], [TensorType(coding_dist.type.dtype, pattern)()])

    def _check(self, shape: Any, index_shape: Any) -> None:
        if shape[0] != index_shape[0]:
            raise usage_error(
                ValueError,
                "a crossentropy was given another number of classes than of rows",
                expected=f"{shape[0]} classes, one for each row",
                got=f"{index_shape[0]} classes",
            )

    def perform(self, node, inputs, output_storage):
        coding_dist, index = inputs
        self._check(coding_dist.shape, index.shape)
        classes = np.asarray(index, dtype="int64")
        with np.errstate(all="ignore"):
            output_storage[0][0] = -np.log(coding_dist[np.arange(len(classes)), classes])

    def lower(self, ctx, coding_dist, index):
        self._check(coding_dist.shape, index.shape)
        columns = lax.convert_element_type(index, "int64")[:, None]
        chosen = jnp.take_along_axis(coding_dist, columns, axis=1, mode="fill", fill_value=np.nan)
        return -jnp.log(chosen[:, 0])

    def infer_shape(self, node, shapes):
        return [(shapes[0][0],)]

    def connection_pattern(self, node):
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        return [minus_reciprocal(*inputs) * g_z.dimshuffle(0, "x"), disconnected_type()]

    def R_op(self, inputs, eval_points):
        point = eval_points[0]
        return [None if point is None else tensor_sum(minus_reciprocal(*inputs) * point, axis=1)]


crossentropy_categorical_1hot = CrossentropyCategorical1Hot()
crossentropy_categorical_1hot_grad = CrossentropyCategorical1HotGrad()


def minus_reciprocal(coding_dist: Any, index: Any) -> Any:
    """Return ``-1 / coding_dist`` at the given classes, 0 elsewhere; NaN in rows without one."""
    hit, exists = hits(coding_dist, index)
    # Elsewhere nothing is divided: a probability of zero there must not make 0 * inf.
    slope = ew.cast(hit, coding_dist.type.dtype) / ew.switch(
        hit, -coding_dist, ew.ones_like(coding_dist)
    )
    return ew.switch(exists, slope, np.asarray(np.nan, dtype=coding_dist.type.dtype))


def hits(coding_dist: Any, index: Any) -> tuple[Any, Any]:
    """Return where each row has its class, and which rows have one: ``(n, k)``, ``(n, 1)``."""
    k = ShapeI(1)(coding_dist)
    classes = ew.cast(index, "int64").dimshuffle(0, "x")
    classes = ew.switch(ew.FUNCTIONS["lt"](classes, 0), classes + k, classes)
    exists = ew.FUNCTIONS["and_"](ew.FUNCTIONS["ge"](classes, 0), ew.FUNCTIONS["lt"](classes, k))
    return ew.eq(classes, column_numbers(coding_dist)), exists


def column_numbers(x: Any) -> Any:
    """Return the number of its column for each element of a matrix, as a row ``(1, k)``."""
    return arange(ShapeI(1)(x)).dimshuffle("x", 0)
