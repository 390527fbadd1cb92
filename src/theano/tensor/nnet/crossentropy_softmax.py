"""The cross-entropy of classes under a softmax, with the softmax itself and the likeliest class."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jax import lax
from jax import nn as jnn
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected
from theano.scalar.type import DISCRETE_DTYPES, FLOAT_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.crossentropy import column_numbers
from theano.tensor.nnet.softmaxes import (
    biased,
    check_biased,
    check_columns,
    shifted,
    softmax_op,
    sum_of_points,
)
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.reduction import max_and_argmax
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.ops.shape import alloc
from theano.tensor.ops.sizes import ShapeI
from theano.tensor.type import TensorType


class CrossentropySoftmaxArgmax1HotWithBias(Op):
    """Cross-entropies, softmax and likeliest classes: ``(n, k), (k,), (n,) -> (n,), (n, k), (n,)``.

    Parameters
    ----------
    x : matrix of floats
        An example in each row.
    b : vector of floats
        Is added to each row.
    y_idx : vector of integers
        The right class of each row, from 0.

    Returns
    -------
    nll : vector, dtype of ``x``
        ``-log(softmax(x + b)[i, y_idx[i]])``, finite where the softmax underflows.
    sm : matrix, dtype of ``x``
        ``softmax(x + b)``.
    am : vector, dtype of ``y_idx``
        The first largest element of each row of ``x + b``.

    Notes
    -----
    Raises ValueError for ranks and dtypes that do not fit, and at run time for lengths that do not
    and for a class that does not exist.
    """

    __props__ = ()

    def make_node(self, x: Any, b: Any, y_idx: Any) -> Apply:
        x, b, y_idx = (as_tensor_variable(v) for v in (x, b, y_idx))
        check_biased(x, b, "crossentropy_softmax_1hot_with_bias")
        check_classes(y_idx)
        nll = TensorType(x.type.dtype, y_idx.type.broadcastable)
        return Apply(self, [x, b, y_idx], [nll(), x.type(), y_idx.type()])

    def perform(self, node, inputs, output_storage):
        x, b, y_idx = inputs
        check_columns(x.shape, b.shape)
        check_rows(x.shape, y_idx.shape)
        check_range(y_idx, x.shape[1])
        rows = x + b
        with np.errstate(all="ignore"):
            s = shifted(rows)
            e = np.exp(s)
            total = e.sum(axis=1)
            nll = np.log(total) - s[np.arange(len(rows)), y_idx.astype("int64")]
            output_storage[0][0] = nll.astype(x.dtype)
            output_storage[1][0] = (e / total[:, None]).astype(x.dtype)
        output_storage[2][0] = np.argmax(rows, axis=1).astype(y_idx.dtype)

    def lower(self, ctx, x, b, y_idx):
        check_columns(x.shape, b.shape)
        check_rows(x.shape, y_idx.shape)
        rows = biased(x, b)
        classes = existing_classes(ctx, y_idx, x.shape[1])
        logs = jnn.log_softmax(rows, axis=1)
        nll = -jnp.take_along_axis(logs, classes[:, None], axis=1, mode="clip")[:, 0]
        likeliest = lax.convert_element_type(jnp.argmax(rows, axis=1), y_idx.dtype)
        nll, sm = (lax.convert_element_type(v, x.dtype) for v in (nll, jnp.exp(logs)))
        return nll, sm, likeliest

    def infer_shape(self, node, shapes):
        return [(shapes[0][0],), shapes[0], shapes[2]]

    def connection_pattern(self, node):
        return [[True] * 3, [True] * 3, [False] * 3]

    def L_op(self, inputs, outputs, output_grads):
        (x, _, y_idx), (_, sm, _), (g_nll, g_sm, _) = inputs, outputs, output_grads
        terms = []
        if not is_disconnected(g_nll):
            terms.append(crossentropy_softmax_1hot_with_bias_dx(g_nll, sm, y_idx))
        if not is_disconnected(g_sm):
            terms += softmax_op.L_op([x], [sm], [g_sm])
        g_x = sum(terms[1:], terms[0]) if terms else ew.zeros_like(x)
        return [g_x, tensor_sum(g_x, axis=0), disconnected_type()]

    def R_op(self, inputs, eval_points):
        point = sum_of_points(inputs, eval_points)
        if point is None:
            return [None, None, None]
        _, sm, _ = self(*inputs)
        slope = crossentropy_softmax_1hot_with_bias_dx(np.float32(1), sm, inputs[2])
        (sm_point,) = softmax_op.L_op(inputs[:1], [sm], [point])
        return [tensor_sum(slope * point, axis=1), sm_point, None]


class CrossentropySoftmax1HotWithBiasDx(Op):
    """The gradient of these cross-entropies: ``dy * (sm - one_hot(y_idx))``, ``(n, k)``.

    Parameters
    ----------
    dy : vector of floats, or one float
        The gradient of the cross-entropies; one element stands for all rows.
    sm : matrix of floats
        The softmax.
    y_idx : vector of integers
        The classes.

    Notes
    -----
    Raises ValueError for ranks and dtypes that do not fit, and at run time for lengths that do not
    and for a class that does not exist.
    """

    __props__ = ()

    def make_node(self, dy: Any, sm: Any, y_idx: Any) -> Apply:
        dy, sm, y_idx = (as_tensor_variable(v) for v in (dy, sm, y_idx))
        for v, ranks in ((dy, (0, 1)), (sm, (2,))):
            if v.type.ndim not in ranks or v.type.dtype not in FLOAT_DTYPES:
                raise usage_error(
                    ValueError,
                    "the gradient of a cross-entropy was given something that does not fit",
                    expected=f"{' or '.join(map(str, ranks))} dimensions, a float dtype",
                    got=v,
                )
        check_classes(y_idx)
        return Apply(self, [dy, sm, y_idx], [sm.type()])

    def _check(self, dy_shape, sm_shape, index_shape):
        check_rows(sm_shape, index_shape)
        if dy_shape and dy_shape[0] not in (1, sm_shape[0]):
            raise usage_error(
                ValueError,
                "a gradient of cross-entropies has another length than there are rows",
                expected=f"{sm_shape[0]} elements, or one for all",
                got=f"{dy_shape[0]} elements",
            )

    def perform(self, node, inputs, output_storage):
        dy, sm, y_idx = inputs
        self._check(dy.shape, sm.shape, y_idx.shape)
        check_range(y_idx, sm.shape[1])
        difference = sm.copy()
        difference[np.arange(len(sm)), y_idx.astype("int64")] -= 1
        output_storage[0][0] = (np.reshape(dy, (-1, 1)) * difference).astype(sm.dtype)

    def lower(self, ctx, dy, sm, y_idx):
        self._check(dy.shape, sm.shape, y_idx.shape)
        classes = existing_classes(ctx, y_idx, sm.shape[1])
        hit = lax.broadcasted_iota("int64", sm.shape, 1) == classes[:, None]
        scale = lax.convert_element_type(lax.reshape(dy, (dy.size, 1)), sm.dtype)
        return scale * (sm - lax.convert_element_type(hit, sm.dtype))

    def infer_shape(self, node, shapes):
        return [shapes[1]]

    def connection_pattern(self, node):
        return [[True], [True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (dy, sm, y_idx), (g_z,) = inputs, output_grads
        g_scale = tensor_sum(g_z * self._difference(sm, y_idx), axis=1)
        if dy.type.ndim == 0 or dy.type.broadcastable[0]:
            g_scale = tensor_sum(g_scale, axis=0, keepdims=dy.type.ndim == 1)
        return [g_scale, g_z * as_column(dy), disconnected_type()]

    def R_op(self, inputs, eval_points):
        (dy, sm, y_idx), (dy_point, sm_point) = inputs, eval_points[:2]
        terms = []
        if dy_point is not None:
            terms.append(as_column(dy_point) * self._difference(sm, y_idx))
        if sm_point is not None:
            terms.append(as_column(dy) * sm_point)
        return [sum(terms[1:], terms[0]) if terms else None]

    @staticmethod
    def _difference(sm, y_idx):
        hit = ew.eq(ew.cast(y_idx, "int64").dimshuffle(0, "x"), column_numbers(sm))
        return sm - ew.cast(hit, sm.type.dtype)


def as_column(dy: Any) -> Any:
    """Return one number for each row, or for all, as a column."""
    return dy.dimshuffle(0, "x") if dy.type.ndim == 1 else dy


def check_classes(y_idx: Any) -> None:
    """Raise ValueError unless ``y_idx`` is a vector of integers."""
    if y_idx.type.ndim != 1 or y_idx.type.dtype not in DISCRETE_DTYPES:
        raise usage_error(
            ValueError,
            "classes are given as a vector of integers",
            expected="1 dimension, an integer dtype",
            got=y_idx,
        )


def check_rows(shape: Any, index_shape: Any) -> None:
    """Raise ValueError unless there is one class for each row."""
    if shape[0] != index_shape[0]:
        raise usage_error(
            ValueError,
            "a crossentropy was given another number of classes than of rows",
            expected=f"{shape[0]} classes, one for each row",
            got=f"{index_shape[0]} classes",
        )


def no_such_class(k: int, source: Any, wrong: int) -> ValueError:
    """Return the error of a class that does not exist."""
    where = f", at {source}" if source else ""
    return usage_error(
        ValueError,
        f"a crossentropy was given a class that does not exist{where}",
        expected=f"classes from 0 to {k - 1}",
        got=str(wrong),
    )


def check_range(y_idx: np.ndarray, k: int) -> None:
    """Raise ValueError for the first class that does not exist."""
    bad = (y_idx < 0) | (y_idx >= k)
    if bad.any():
        raise no_such_class(k, None, int(y_idx[bad][0]))


def existing_classes(ctx: Any, y_idx: Any, k: int) -> Any:
    """Return classes as int64, once it is checked that they exist."""
    if isinstance(y_idx, np.ndarray):
        check_range(y_idx, k)
        return y_idx.astype("int64")
    classes = lax.convert_element_type(y_idx, "int64")
    if classes.size:
        error: Callable[[int], ValueError] = partial(no_such_class, k, ctx.node.source)
        low, high = jnp.min(classes), jnp.max(classes)
        ctx.check((low >= 0) & (high < k), jnp.where(low < 0, low, high), error)
    return classes


crossentropy_softmax_argmax_1hot_with_bias = CrossentropySoftmaxArgmax1HotWithBias()
crossentropy_softmax_1hot_with_bias_dx = CrossentropySoftmax1HotWithBiasDx()


def crossentropy_softmax_1hot_with_bias(x: Any, b: Any, y_idx: Any) -> list[Any]:
    """Return cross-entropies and softmax of ``x + b``: ``(n, k), (k,), (n,) -> (n,), (n, k)``."""
    nll, sm, _ = crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)
    return [nll, sm]


def crossentropy_softmax_1hot(x: Any, y_idx: Any) -> list[Any]:
    """Return cross-entropies and softmax of rows: ``(n, k), (n,) -> (n,), (n, k)``.

    Raises
    ------
    ValueError
        ``x`` is no matrix of floats, or ``y_idx`` no vector of integers; at run time, there is
        another number of classes than of rows, or a class does not exist.
    """
    return crossentropy_softmax_1hot_with_bias(x, no_bias(x), y_idx)


def crossentropy_softmax_max_and_argmax_1hot_with_bias(
    x: Any, b: Any, y_idx: Any
) -> tuple[Any, Any, Any, Any]:
    """Return cross-entropies, softmax, its largest element in each row, and where that is."""
    nll, sm = crossentropy_softmax_1hot_with_bias(x, b, y_idx)
    largest, where = max_and_argmax(sm, axis=-1)
    return nll, sm, largest, where


def crossentropy_softmax_max_and_argmax_1hot(x: Any, y_idx: Any) -> tuple[Any, Any, Any, Any]:
    """Return cross-entropies, softmax, its largest element in each row, and where that is."""
    return crossentropy_softmax_max_and_argmax_1hot_with_bias(x, no_bias(x), y_idx)


def no_bias(x: Any) -> Any:
    """Return zeros, one for each column of ``x``."""
    x = as_tensor_variable(x)
    return alloc(np.zeros((), dtype=x.type.dtype), ShapeI(1)(x))
