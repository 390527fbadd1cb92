"""Reductions along axes: sums, products, extrema and their positions, means, logical ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import NeedsPerform, usage_error
from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.careduce import (
    LogicalAll,
    LogicalAny,
    Max,
    Min,
    Sum,
    named_dtype,
    normalize_axes,
    restore_axes,
)
from theano.tensor.ops.joining import concatenate
from theano.tensor.ops.linear import dot
from theano.tensor.ops.product import Prod
from theano.tensor.ops.sizes import ShapeI, product
from theano.tensor.type import TensorType

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "cov",
    "max",
    "max_and_argmax",
    "mean",
    "min",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]


class Argmax(Op):
    """The position of the first largest element, int64; NaN counts as the largest.

    Several axes are taken as one, in C order.

    Raises: ValueError at run time where there is no element.
    """

    __props__ = ("axis",)

    def __init__(self, axis: Any) -> None:
        self.axis = tuple(axis)

    def make_node(self, x):
        x = as_tensor_variable(x)
        pattern = [b for i, b in enumerate(x.type.broadcastable) if i not in self.axis]
        return Apply(self, [x], [TensorType("int64", pattern)()])

    def _flat(self, x):
        kept = [i for i in range(x.ndim) if i not in self.axis]
        lengths = [x.shape[i] for i in kept]
        n = int(np.prod([x.shape[i] for i in self.axis], dtype="int64"))
        if n == 0:
            raise usage_error(
                ValueError,
                "no elements have no largest one",
                expected=f"at least one element along axis {self.axis}",
                got=f"a tensor of shape {tuple(x.shape)}",
            )
        return x.transpose(*kept, *self.axis).reshape(*lengths, n)

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(np.argmax(self._flat(inputs[0]), axis=-1), dtype="int64")

    def lower(self, ctx, x):
        if jnp.iscomplexobj(x):
            raise NeedsPerform("XLA has no order of complex numbers, which argmax needs")
        flat = self._flat(jnp.asarray(x))
        return lax.platform_dependent(flat, cpu=first_largest, default=_argmax)

    def infer_shape(self, node, shapes):
        return [tuple(n for i, n in enumerate(shapes[0]) if i not in self.axis)]

    def L_op(self, inputs, outputs, output_grads):
        return [ew.zeros_like(inputs[0], dtype="floatX")]

    def R_op(self, inputs, eval_points):
        return [None]


def _argmax(x: Any) -> Any:
    return jnp.argmax(x, axis=-1).astype("int64")


def first_largest(x: Any) -> Any:
    """Return the places that ``jnp.argmax(x, axis=-1)`` does, int64, by two plain reductions.

    On a CPU, XLA vectorizes these and not the one of numbers with their places: 20 times less.
    """
    largest = jnp.max(x, axis=-1, keepdims=True)
    hits = x == largest
    if jnp.issubdtype(x.dtype, jnp.floating):
        hits = hits | jnp.isnan(x)  # if there is a NaN, it is the largest, and nothing equals it
    dtype = np.dtype("int32" if x.shape[-1] < 2**31 else "int64")
    places = lax.broadcasted_iota(dtype, x.shape, x.ndim - 1)
    return jnp.min(jnp.where(hits, places, dtype.type(x.shape[-1])), axis=-1).astype("int64")


def _reduction(op: Any, x: Any, axis: Any, keepdims: bool, **kwargs: Any) -> Any:
    x = as_tensor_variable(x)
    axes = normalize_axes(axis, x.type.ndim)
    z = op(None if axis is None else axes, **kwargs)(x)
    return restore_axes(z, axes, x.type.ndim) if keepdims else z


def extremum_axes(axis: Any) -> Any:
    """Return ``axis`` as extrema take it: an empty list means all axes."""
    return None if isinstance(axis, (tuple, list)) and not axis else axis


def sum(
    input: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
) -> Any:
    """Return the sum along ``axis``.

    Parameters
    ----------
    input : tensor
    axis : int or list of int, optional
        All axes for None, none for an empty list.
    dtype : str, optional
        Of the result. By default that of the input; integers and booleans widen to 64 bits.
    keepdims : bool
        Leave the reduced axes in, with length 1 and broadcastable.
    acc_dtype : str, optional
        In which the sum is computed. By default float64 for float32, float32 for float16,
        complex128 for complex64.

    Raises
    ------
    ValueError
        An axis does not exist.
    TypeError
        ``acc_dtype`` cannot hold the input.
    """
    return _reduction(Sum, input, axis, keepdims, dtype=dtype, acc_dtype=acc_dtype)


def prod(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    acc_dtype: Any = None,
    no_zeros_in_input: bool = False,
) -> Any:
    """Return the product along ``axis``; see :func:`sum` for the parameters.

    Derivatives of any order are exact where elements are zero, so that ``no_zeros_in_input``
    changes nothing.
    """
    return _reduction(Prod, input, axis, keepdims, dtype=dtype, acc_dtype=acc_dtype)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the largest element along ``axis`` (all axes for None or an empty list)."""
    return _reduction(Max, x, extremum_axes(axis), keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the smallest element along ``axis`` (all axes for None or an empty list)."""
    return _reduction(Min, x, extremum_axes(axis), keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return whether no element along ``axis`` is zero."""
    return _reduction(LogicalAll, x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return whether an element along ``axis`` is not zero."""
    return _reduction(LogicalAny, x, axis, keepdims)


def argmax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the position of the first largest element along ``axis``; int64.

    Several axes, or all of them for None or an empty list, are counted as one in C order.
    """
    x = as_tensor_variable(x)
    axes = normalize_axes(extremum_axes(axis), x.type.ndim)
    z = Argmax(axes)(x)
    return restore_axes(z, axes, x.type.ndim) if keepdims else z


def argmin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the position of the first smallest element along ``axis``; int64."""
    x = as_tensor_variable(x)
    if x.type.dtype in DISCRETE_DTYPES:
        # Unlike the negative, the complement of an integer is defined for all of them.
        return argmax(ew.FUNCTIONS["invert"](x), axis, keepdims)
    return argmax(-x, axis, keepdims)


def max_and_argmax(a: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """Return the largest element along ``axis`` and the position of the first one."""
    return [max(a, axis, keepdims), argmax(a, axis, keepdims)]


def mean(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: Any = None,
) -> Any:
    """Return the mean along ``axis`` (all axes for None).

    Parameters
    ----------
    input : tensor
    axis, keepdims, acc_dtype
        As for :func:`sum`.
    dtype : str, optional
        In which elements are summed, and that of the result if it is a float. Discrete inputs are
        averaged in float64, float16 is summed in float32.
    op : bool
        Kept for programs that give it.
    """
    x = as_tensor_variable(input)
    dtype = named_dtype(dtype)
    sum_dtype = dtype
    if dtype is None:
        sum_dtype = {"float16": "float32"}.get(x.type.dtype)
        if x.type.dtype in DISCRETE_DTYPES:
            sum_dtype = "float64"
    total = sum(x, axis, sum_dtype, keepdims, acc_dtype)
    if total.type.dtype in DISCRETE_DTYPES:
        total = ew.cast(total, "float64")
    narrow = total.type.dtype in ("float16", "float32", "complex64")
    for a in normalize_axes(axis, x.type.ndim):
        count = ew.cast(ShapeI(a)(x), "float32" if narrow else "float64")
        total = ew.FUNCTIONS["true_div"](total, count)
    return ew.cast(total, "float16") if "float16" in (dtype or x.type.dtype) else total


def var(
    input: Any,
    axis: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
    corrected: bool = False,
) -> Any:
    """Return the variance along ``axis``: squares of distances from the mean, over ``n - ddof``.

    Parameters
    ----------
    input : tensor
    axis, keepdims
        As for :func:`sum`.
    ddof : int
        What is taken off the number of elements. With one the result is of the dtype that a
        division of the input's by int64 has: float64 for float32.
    corrected : bool
        Subtract the square of the mean distance, which is zero but for rounding.
    """
    x = as_tensor_variable(input)
    axes = normalize_axes(axis, x.type.ndim)
    centered = x - mean(x, axes, keepdims=True)
    squares = ew.FUNCTIONS["sqr"](centered)
    if ddof == 0:
        v = mean(squares, axes, keepdims=keepdims)
    else:
        count = product(ShapeI(a)(x) for a in axes)
        v = ew.FUNCTIONS["true_div"](sum(squares, axes, keepdims=keepdims), count - ddof)
    if corrected:
        v = v - ew.FUNCTIONS["sqr"](mean(centered, axes, keepdims=keepdims))
    return v


def std(
    input: Any,
    axis: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
    corrected: bool = False,
) -> Any:
    """Return the standard deviation along ``axis``, the root of :func:`var`."""
    return ew.FUNCTIONS["sqrt"](var(input, axis, ddof, keepdims, corrected))


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: float | None = None,
    fweights: None = None,
    aweights: None = None,
) -> Any:
    """Return the covariances of quantities that were observed together: ``(k, n) -> (k, k)``.

    Parameters
    ----------
    m : matrix or vector
        One quantity in each row, one observation in each column.
    y : matrix or vector, optional
        More quantities, of the same observations.
    rowvar : bool
        False where quantities are in columns and observations in rows.
    bias : bool
        Divide by the number of observations ``n`` instead of ``n - 1``.
    ddof : float, optional
        Divide by ``n - ddof``, whatever ``bias`` says.

    Raises
    ------
    ValueError
        A tensor has more than two dimensions.
    NotImplementedError
        Weights are given.
    """
    if fweights is not None or aweights is not None:
        raise usage_error(NotImplementedError, "cov does not weigh observations")
    quantities = [as_tensor_variable(v) for v in (m, y) if v is not None]
    for v in quantities:
        if v.type.ndim > 2:
            raise usage_error(ValueError, "cov takes matrices or vectors", got=v)
    rows = [v.T if v.type.ndim == 2 and not rowvar else v for v in quantities]
    x = concatenate([as_tensor_variable(v, ndim=2) for v in rows], axis=0)
    centered = x - mean(x, axis=1, keepdims=True)
    count = ShapeI(1)(x) - (int(not bias) if ddof is None else ddof)
    return dot(centered, ew.FUNCTIONS["conj"](centered).T) / count


def ptp(a: Any, axis: Any = None) -> Any:
    """Return the largest element along ``axis`` less the smallest one."""
    a = as_tensor_variable(a)
    return max(a, axis) - min(a, axis)
