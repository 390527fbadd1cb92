"""Running sums and products along an axis, and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import COMPLEX_DTYPES, DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.joining import join
from theano.tensor.ops.shape import Reshape, flatten
from theano.tensor.ops.sizes import product, shape
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = ["cumprod", "cumsum", "diff"]


class CumOp(Op):
    """Running sum or product of a tensor along an axis, in its own dtype.

    Parameters
    ----------
    axis : int, optional
        None stands for all elements in C order, as a vector.
    mode : {"add", "mul"}
    """

    __props__ = ("axis", "mode")

    def __init__(self, axis: int | None = None, mode: str = "add") -> None:
        if mode not in ("add", "mul"):
            raise usage_error(
                ValueError, "CumOp was given an unknown mode", expected="'add' or 'mul'", got=mode
            )
        self.axis = axis
        self.mode = mode

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        if self.axis is None:
            return Apply(self, [x], [TensorType(x.type.dtype, [False])()])
        if not -x.type.ndim <= self.axis < x.type.ndim:
            raise usage_error(
                ValueError,
                "a running sum or product names an axis that does not exist",
                expected=f"an axis from {-x.type.ndim} to {x.type.ndim - 1}"
                if x.type.ndim
                else "axis=None",
                got=f"axis={self.axis} on a tensor of {x.type.ndim} dimensions",
            )
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        run = np.cumsum if self.mode == "add" else np.cumprod
        with np.errstate(all="ignore"):
            output_storage[0][0] = np.asarray(run(x, axis=self.axis, dtype=x.dtype))

    def lower(self, ctx, x):
        x, axis = (x.ravel(), 0) if self.axis is None else (x, self.axis % x.ndim)
        if x.dtype == bool:
            run = lax.cummax if self.mode == "add" else lax.cummin
            return run(x.astype("int8"), axis=axis).astype(bool)
        return (lax.cumsum if self.mode == "add" else lax.cumprod)(x, axis=axis)

    def infer_shape(self, node, shapes):
        return [shapes[0] if self.axis is not None else (product(shapes[0]),)]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        axis = 0 if self.axis is None else self.axis % x.type.ndim
        if self.mode == "add":
            g_x = backward(CumOp(axis, "add")(backward(g_z, axis)), axis)
        else:
            # d loss / d x_t = (x_0 … x_{t-1}) (g_t + x_{t+1} (g_{t+1} + x_{t+2} (…))): no division,
            # so that it holds for zeros too.
            factors = conjugate(flatten(x) if self.axis is None else x)
            later = LinearRecurrence(axis)(
                shifted(backward(factors, axis), axis, 0), backward(g_z, axis)
            )
            g_x = shifted(conjugate(z), axis, 1) * backward(later, axis)
        if self.axis is None:
            g_x = Reshape(x.type.ndim)(g_x, shape(x))
        return [rebroadcast_to(g_x, x.type.broadcastable)]

    def R_op(self, inputs, eval_points):
        (x,), (point,) = inputs, eval_points
        if point is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        if self.mode == "add":
            return [self(point)]
        axis = 0 if self.axis is None else self.axis % x.type.ndim
        z = self(x)
        if self.axis is None:
            x, point = flatten(x), flatten(point)
        return [LinearRecurrence(axis)(x, shifted(z, axis, 1) * point)]


class LinearRecurrence(Op):
    """``y_t = a_t y_{t-1} + b_t`` along an axis, from ``y = 0``: ``a, b -> y``, of one shape.

    Computed by a parallel scan: Blelloch, *Prefix sums and their applications*, CMU-CS-90-190.
    """

    __props__ = ("axis",)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def make_node(self, a: Any, b: Any) -> Apply:
        a, b = as_tensor_variable(a), as_tensor_variable(b)
        if a.type.dtype != b.type.dtype or a.type.ndim != b.type.ndim:
            raise usage_error(
                TypeError,
                "the factors and the terms of a recurrence are of one dtype and rank",
                expected=a.type,
                got=b,
            )
        return Apply(self, [a, b], [b.type()])

    def _check(self, a: Any, b: Any) -> None:
        if a.shape != b.shape:
            raise usage_error(
                ValueError,
                "the factors and the terms of a recurrence are of different shapes",
                expected=f"shape {a.shape}",
                got=f"shape {b.shape}",
            )

    def perform(self, node, inputs, output_storage):
        a, b = inputs
        self._check(a, b)
        y = np.array(b)
        steps, factors = np.moveaxis(y, self.axis, 0), np.moveaxis(a, self.axis, 0)
        with np.errstate(all="ignore"):
            for t in range(1, len(steps)):
                steps[t] += factors[t] * steps[t - 1]
        output_storage[0][0] = y

    def lower(self, ctx, a, b):
        self._check(a, b)

        def one_after_another(first: Any, second: Any) -> Any:
            return second[0] * first[0], second[0] * first[1] + second[1]

        return lax.associative_scan(one_after_another, (a, b), axis=self.axis)[1]

    def infer_shape(self, node, shapes):
        return [shapes[1]]

    def L_op(self, inputs, outputs, output_grads):
        (a, _), (y,), (g_y,) = inputs, outputs, output_grads
        following = shifted(backward(conjugate(a), self.axis), self.axis, 0)
        g_b = backward(self(following, backward(g_y, self.axis)), self.axis)
        return [g_b * conjugate(shifted(y, self.axis, 0)), g_b]

    def R_op(self, inputs, eval_points):
        (a, b), (r_a, r_b) = inputs, eval_points
        if r_a is None and r_b is None:
            return [None]
        terms = ew.zeros_like(b) if r_b is None else r_b
        if r_a is not None:
            terms = terms + r_a * shifted(self(a, b), self.axis, 0)
        return [self(a, terms)]


def conjugate(x: Any) -> Any:
    """Return the complex conjugate of complex tensors, others as they are."""
    return ew.FUNCTIONS["conj"](x) if x.type.dtype in COMPLEX_DTYPES else x


def part(x: Any, axis: int, *bounds: Any) -> Any:
    """Return a slice of ``x`` along one axis."""
    return x[(slice(None),) * axis + (slice(*bounds),)]


def backward(x: Any, axis: int) -> Any:
    """Return ``x`` from its last slice along an axis to its first."""
    return part(x, axis, None, None, -1)


def shifted(x: Any, axis: int, first: int) -> Any:
    """Return ``x`` moved one place on along an axis, with ``first`` in front and the last lost.

    The value of ``first`` where ``x`` is empty is nothing: there is none to be moved.
    """
    start = ew.zeros_like(part(x, axis, 0, 1)) + np.asarray(first, x.type.dtype)
    before = part(x, axis, None, -1)
    pattern = [b and i != axis for i, b in enumerate(x.type.broadcastable)]
    return rebroadcast_to(
        join(axis, rebroadcast_to(start, pattern), rebroadcast_to(before, pattern)), pattern
    )


def cumsum(x: Any, axis: int | None = None) -> Any:
    """Return the sums of the elements of ``x`` up to each of them, along ``axis``.

    Parameters
    ----------
    x : tensor
    axis : int, optional
        By default all elements are counted, in C order, and the result is a vector.

    Returns
    -------
    TensorVariable
        Of the dtype of ``x``.

    Raises
    ------
    ValueError
        The axis does not exist.
    """
    return CumOp(axis, "add")(x)


def cumprod(x: Any, axis: int | None = None) -> Any:
    """Return the products of the elements of ``x`` up to each of them, along ``axis``.

    Its derivative is exact where elements are zero. See :func:`cumsum` for the parameters.
    """
    return CumOp(axis, "mul")(x)


def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Return the differences of neighbouring elements along ``axis``, taken ``n`` times.

    Parameters
    ----------
    x : tensor
        Of two booleans it says whether they differ.
    n : int
    axis : int

    Raises
    ------
    ValueError
        ``n`` is negative, or there is no such axis.
    """
    x = as_tensor_variable(x)
    if n < 0 or not -x.type.ndim <= axis < x.type.ndim:
        raise usage_error(
            ValueError,
            "differences cannot be taken",
            expected="a number of times from 0, and an axis of the tensor",
            got=f"n={n}, axis={axis} on a tensor of {x.type.ndim} dimensions",
        )
    axis %= x.type.ndim
    subtract = ew.FUNCTIONS["neq" if x.type.dtype == "bool" else "sub"]
    for _ in range(n):
        x = subtract(part(x, axis, 1, None), part(x, axis, None, -1))
    return x
