"""Cross-entropies of distributions and targets."""

from __future__ import annotations

from typing import Any

from jax import numpy as jnp
import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.reduction import sum as tensor_sum
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
        The ranks do not fit.
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


def one_hot(index: np.ndarray, k: int) -> np.ndarray:
    """Return booleans ``(n, k)`` that are True at ``index``."""
    return np.arange(k) == np.asarray(index)[:, None]


class CrossentropyCategorical1Hot(Op):
    """``-log`` of the probability of the right class: ``(n, k), (n,) -> (n,)``.

    Raises: IndexError at run time in ``perform`` for a class that does not exist.
    """

    __props__ = ()

    def make_node(self, coding_dist: Any, index: Any) -> Apply:
        coding_dist, index = as_tensor_variable(coding_dist), as_tensor_variable(index)
        if coding_dist.type.ndim != 2:
            raise usage_error(TypeError, "class probabilities are a matrix", got=coding_dist)
        if index.type.ndim != 1 or index.type.dtype not in DISCRETE_DTYPES:
            raise usage_error(
                TypeError, "classes are given as a vector of integers", got=index
            )
        pattern = [coding_dist.type.broadcastable[0]]
        return Apply(
            self, [coding_dist, index], [TensorType(coding_dist.type.dtype, pattern)()]
        )

    def _check(self, shape: Any, index_shape: Any) -> None:
        if shape[0] != index_shape[0]:
            raise ValueError(
                f"crossentropy of {shape[0]} rows got {index_shape[0]} classes: one each is needed"
            )

    def perform(self, node, inputs, output_storage):
        coding_dist, index = inputs
        self._check(coding_dist.shape, index.shape)
        rows = np.arange(len(index))
        output_storage[0][0] = -np.log(coding_dist[rows, np.asarray(index, dtype="int64")])

    def lower(self, ctx, coding_dist, index):
        self._check(coding_dist.shape, index.shape)
        rows = jnp.asarray(coding_dist)
        columns = jnp.asarray(index).astype("int64")[:, None]
        return -jnp.log(jnp.take_along_axis(rows, columns, axis=1)[:, 0])

    def infer_shape(self, node, shapes):
        return [(shapes[0][0],)]

    def connection_pattern(self, node):
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        coding_dist, index = inputs
        (g_z,) = output_grads
        classes = as_tensor_variable(index).dimshuffle(0, "x")
        hit = ew.FUNCTIONS["eq"](classes, column_numbers(coding_dist))
        return [hit * (-g_z.dimshuffle(0, "x") / coding_dist), disconnected_type()]

    def R_op(self, inputs, eval_points):
        coding_dist, index = inputs
        point = eval_points[0]
        if point is None:
            return [None]
        hit = ew.FUNCTIONS["eq"](index.dimshuffle(0, "x"), column_numbers(coding_dist))
        return [tensor_sum(hit * (-point / coding_dist), axis=1)]


def column_numbers(x: Any) -> Any:
    """Return the number of its column for each element of a matrix, as a row ``(1, k)``."""
    from theano.tensor.ops.creation import arange

    return arange(x.shape[1]).dimshuffle("x", 0)
