"""Diagonals: read from a tensor, and put into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

__all__ = ["AllocDiag", "ExtractDiag", "diag", "diagonal"]


class OfDiagonal(Op):
    """What reading, setting and making a diagonal share.

    Parameters
    ----------
    offset : int
        Which diagonal: 0 for the main one, positive above it.
    axis1, axis2 : int
        The two axes in which the diagonal lies.
    """

    __props__: tuple[str, ...] = ("offset", "axis1", "axis2")

    def __init__(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> None:
        numbers = offset, axis1, axis2
        if not all(hasattr(number, "__index__") for number in numbers):
            raise usage_error(
                TypeError,
                "a diagonal is named by integers that are known when the graph is built",
                got=next(number for number in numbers if not hasattr(number, "__index__")),
                fix="fill_diagonal_offset and theano.tensor.tri take symbolic ones",
            )
        self.offset, self.axis1, self.axis2 = map(int, numbers)

    def axes(self, ndim: int) -> tuple[int, int]:
        """Return the two axes of a tensor of ``ndim`` dimensions, counted from the first.

        Raises
        ------
        ValueError
            They are not two axes of it.
        """
        axes = self.axis1, self.axis2
        if not all(-ndim <= a < ndim for a in axes) or len({a % ndim for a in axes}) < 2:
            raise usage_error(
                ValueError,
                "a diagonal lies in two different axes",
                expected=f"two of the axes from {-ndim} to {ndim - 1}",
                got=f"axis1={self.axis1}, axis2={self.axis2}",
            )
        return axes[0] % ndim, axes[1] % ndim

    def start(self) -> tuple[int, int]:
        """Return the row and the column in which the diagonal starts."""
        return max(-self.offset, 0), max(self.offset, 0)

    def length(self, n: Any, m: Any) -> Any:
        """Return how long the diagonal is in ``n`` rows and ``m`` columns: ints, or symbolic."""
        row, column = self.start()
        if isinstance(n, int):
            return max(min(n - row, m - column), 0)
        smaller = ew.FUNCTIONS["minimum"](n - np.int64(row), m - np.int64(column))
        return ew.FUNCTIONS["maximum"](smaller, np.int64(0))


class ExtractDiag(OfDiagonal):
    """A diagonal of a tensor, as the last axis: ``(…, n, …, m, …) -> (…, length)``.

    ``view`` is kept for programs that give it.
    """

    __props__ = ("offset", "axis1", "axis2", "view")

    def __init__(self, offset: int = 0, axis1: int = 0, axis2: int = 1, view: bool = False) -> None:
        super().__init__(offset, axis1, axis2)
        self.view = view

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        if x.type.ndim < 2:
            raise usage_error(
                ValueError,
                "a diagonal is taken of a tensor of two dimensions or more",
                got=x,
            )
        rest = self._rest(x.type.broadcastable)
        return Apply(self, [x], [TensorType(x.type.dtype, [*rest, False])()])

    def _rest(self, along: Sequence[Any]) -> list[Any]:
        axes = self.axes(len(along))
        return [v for i, v in enumerate(along) if i not in axes]

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        output_storage[0][0] = np.array(np.diagonal(x, self.offset, *self.axes(x.ndim)))

    def lower(self, ctx, x):
        axes = self.axes(x.ndim)
        if self.length(*[x.shape[a] for a in axes]) == 0:
            return jnp.zeros([*self._rest(x.shape), 0], x.dtype)
        return jnp.diagonal(x, self.offset, *axes)

    def infer_shape(self, node, shapes):
        lengths = shapes[0]
        n, m = (as_tensor_variable(lengths[a]) for a in self.axes(len(lengths)))
        return [(*self._rest(lengths), self.length(n, m))]

    def L_op(self, inputs, outputs, output_grads):
        (x,) = inputs
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        return [SetDiagonal(self.offset, self.axis1, self.axis2)(ew.zeros_like(x), output_grads[0])]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


class SetDiagonal(OfDiagonal):
    """A tensor with a diagonal set: ``x, d -> x.shape``, ``d`` of the form of ``ExtractDiag(x)``.

    Raises: ValueError at run time where ``d`` is of another shape.
    """

    def make_node(self, x: Any, d: Any) -> Apply:
        x, d = as_tensor_variable(x), as_tensor_variable(d)
        if d.type.dtype != x.type.dtype or d.type.ndim != x.type.ndim - 1:
            raise usage_error(
                TypeError,
                "a diagonal is set to values of the tensor's dtype, and of one dimension less",
                expected=x.type,
                got=d,
            )
        self.axes(x.type.ndim)
        return Apply(self, [x, d], [x.type()])

    def _check(self, x: Any, d: Any) -> tuple[int, int]:
        axes = self.axes(x.ndim)
        rest = [n for i, n in enumerate(x.shape) if i not in axes]
        expected = (*rest, self.length(*[x.shape[a] for a in axes]))
        if d.shape != expected:
            raise usage_error(
                ValueError,
                "the values for a diagonal do not fit it",
                expected=f"shape {expected}",
                got=f"shape {d.shape}",
            )
        return axes

    def perform(self, node, inputs, output_storage):
        x, d = inputs
        axes = self._check(x, d)
        z = np.array(x)
        (row, column), n = self.start(), d.shape[-1]
        # An index of two arrays beside each other: NumPy puts what they choose in front.
        np.moveaxis(z, axes, (0, 1))[np.arange(row, row + n), np.arange(column, column + n)] = (
            np.moveaxis(d, -1, 0)
        )
        output_storage[0][0] = z

    def lower(self, ctx, x, d):
        axes = self._check(x, d)
        if d.size == 0:
            return x
        n_rows, row = x.shape[axes[0]], self.start()[0]
        # Each row holds one element of the diagonal at most: spread them over their rows.
        padding = [(0, 0, 0)] * (d.ndim - 1) + [(row, n_rows - row - d.shape[-1], 0)]
        by_row = lax.pad(d, np.zeros((), d.dtype), padding)
        order = [i for i in range(x.ndim) if i not in axes]
        by_row = lax.broadcast_in_dim(by_row, x.shape, (*order, axes[0]))
        rows, columns = (lax.broadcasted_iota("int32", x.shape, a) for a in axes)
        return lax.select(columns - rows == np.int32(self.offset), by_row, x)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        (x, _), (g_z,) = inputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(v, dtype="floatX") for v in inputs]
        g_d = ExtractDiag(self.offset, self.axis1, self.axis2)(g_z)
        return [self(g_z, ew.zeros_like(g_d)), g_d]

    def R_op(self, inputs, eval_points):
        if inputs[0].type.dtype in DISCRETE_DTYPES or eval_points == [None, None]:
            return [None]
        points = [
            ew.zeros_like(v) if point is None else point
            for v, point in zip(inputs, eval_points, strict=True)
        ]
        return [self(*points)]


class AllocDiag(OfDiagonal):
    """Zeros around a diagonal, the last axis of what is given: ``(…, n) -> (…, n + |offset|, …)``.

    The two axes of the result in which the diagonal lies have the same length.
    """

    def make_node(self, d: Any) -> Apply:
        d = as_tensor_variable(d)
        if d.type.ndim < 1:
            raise usage_error(
                ValueError, "a diagonal is made of a vector at least", expected="a vector", got=d
            )
        self.axes(d.type.ndim + 1)
        pattern = self._around(d.type.broadcastable[:-1], False)
        return Apply(self, [d], [TensorType(d.type.dtype, pattern)()])

    def _around(self, rest: Sequence[Any], both: Any) -> list[Any]:
        kept = iter(rest)
        axes = self.axes(len(rest) + 2)
        return [both if i in axes else next(kept) for i in range(len(rest) + 2)]

    def perform(self, node, inputs, output_storage):
        (d,) = inputs
        zeros = np.zeros(self._around(d.shape[:-1], d.shape[-1] + abs(self.offset)), d.dtype)
        SetDiagonal(self.offset, self.axis1, self.axis2).perform(node, [zeros, d], output_storage)

    def lower(self, ctx, d):
        zeros = jnp.zeros(self._around(d.shape[:-1], d.shape[-1] + abs(self.offset)), d.dtype)
        return SetDiagonal(self.offset, self.axis1, self.axis2).lower(ctx, zeros, d)

    def infer_shape(self, node, shapes):
        *rest, n = shapes[0]
        return [tuple(self._around(rest, n + np.int64(abs(self.offset))))]

    def L_op(self, inputs, outputs, output_grads):
        (d,) = inputs
        if d.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(d, dtype="floatX")]
        return [ExtractDiag(self.offset, self.axis1, self.axis2)(output_grads[0])]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return a diagonal of ``a``; see :func:`diag` for the main use.

    Parameters
    ----------
    a : tensor
        Of two dimensions or more.
    offset : int
        0 for the main diagonal, positive above it.
    axis1, axis2 : int
        The axes in which it lies; they are taken out, and the diagonal becomes the last axis.

    Raises
    ------
    ValueError
        There are no such axes.
    """
    return ExtractDiag(offset, axis1, axis2)(a)


def diag(v: Any, k: Any = 0) -> Any:
    """Return the ``k``-th diagonal of a tensor, or the matrix around a vector as its diagonal.

    Parameters
    ----------
    v : tensor
        A vector gives a matrix of zeros with ``v`` on the diagonal; more dimensions give the
        diagonal in the first two of them.
    k : int
        0 for the main diagonal, positive above it.

    Raises
    ------
    ValueError
        ``v`` is a scalar.
    """
    v = as_tensor_variable(v)
    if v.type.ndim == 0:
        raise usage_error(ValueError, "a scalar has no diagonal", expected="a vector", got=v)
    return AllocDiag(k)(v) if v.type.ndim == 1 else ExtractDiag(k)(v)


def trace(x: Any) -> Any:
    """Return the sum of the main diagonal of ``x``.

    Raises
    ------
    ValueError
        ``x`` has fewer than two dimensions.
    """
    return diagonal(x).sum()
