"""Cross-entropies of distributions and targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import FLOAT_DTYPES, INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
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
        return CrossentropyCategorical1Hot()(coding_dist, true_dist)
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
