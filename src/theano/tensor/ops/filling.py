"""Diagonals filled with one value."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES, INTEGER_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew

__all__ = ["fill_diagonal", "fill_diagonal_offset"]


class FillsDiagonal(Op):
    """A tensor with a diagonal set to one value: ``a, val, … -> a.shape``."""

    __props__ = ()

    def take(self, a: Any, val: Any) -> list[Any]:
        """Return the tensor and the value as variables of one dtype.

        Raises
        ------
        TypeError
            The value is no scalar, or of a dtype that that of the tensor cannot hold.
        """
        a, val = as_tensor_variable(a), as_tensor_variable(val)
        if val.type.ndim or upcast(a.type.dtype, val.type.dtype) != a.type.dtype:
            raise usage_error(
                TypeError,
                "a diagonal cannot be filled with this",
                expected=f"a scalar that {a.type.dtype} can hold",
                got=val,
                fix=f"cast it: theano.tensor.cast(val, '{a.type.dtype}')",
            )
        return [a, ew.cast(val, a.type.dtype)]

    def on_diagonal(self, a: Any, rest: Any, numbers: Any) -> Any:
        """Return where ``a`` is filled.

        Parameters
        ----------
        a : array
        rest : sequence
            The inputs after the value.
        numbers : callable
            Of a shape and an axis: the place of each element along it, int64.
        """
        raise NotImplementedError

    def perform(self, node, inputs, output_storage):
        a, val, *rest = inputs
        where = self.on_diagonal(a, rest, lambda shape, axis: np.indices(shape, sparse=True)[axis])
        output_storage[0][0] = np.where(where, val, a)

    def lower(self, ctx, a, val, *rest):
        where = self.on_diagonal(a, rest, lambda *of: lax.broadcasted_iota("int64", *of))
        return lax.select(where, lax.broadcast(val, a.shape), a)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def connection_pattern(self, node):
        return [[True], [True]] + [[False]] * (len(node.inputs) - 2)

    def L_op(self, inputs, outputs, output_grads):
        (a, val, *rest), (g_z,) = inputs, output_grads
        numbers = [disconnected_type() for _ in rest]
        if a.type.dtype in DISCRETE_DTYPES:
            return [*[ew.zeros_like(v, dtype="floatX") for v in (a, val)], *numbers]
        nothing = np.zeros((), g_z.type.dtype)
        filled = self(ew.zeros_like(g_z, dtype="bool"), np.True_, *rest)
        return [self(g_z, nothing, *rest), ew.switch(filled, g_z, nothing).sum(), *numbers]

    def R_op(self, inputs, eval_points):
        a, _, *rest = inputs
        r_a, r_val = eval_points[:2]
        if (r_a is None and r_val is None) or a.type.dtype in DISCRETE_DTYPES:
            return [None]
        r_a = ew.zeros_like(a) if r_a is None else r_a
        return [self(r_a, np.zeros((), a.type.dtype) if r_val is None else r_val, *rest)]


class FillDiagonal(FillsDiagonal):
    """A tensor with its main diagonal set to a value: ``a, val -> a.shape``.

    Raises: ValueError at run time where more than two dimensions have different lengths.
    """

    def make_node(self, a: Any, val: Any) -> Apply:
        a, val = self.take(a, val)
        if a.type.ndim < 2:
            raise usage_error(
                TypeError, "fill_diagonal takes a tensor of two dimensions or more", got=a
            )
        return Apply(self, [a, val], [a.type()])

    def on_diagonal(self, a, rest, numbers):
        if a.ndim > 2 and len(set(a.shape)) > 1:
            raise usage_error(
                ValueError,
                "a diagonal through more than two dimensions needs equal lengths",
                got=f"shape {a.shape}",
            )
        rows = numbers(a.shape, 0)
        where = rows == numbers(a.shape, 1)
        for axis in range(2, a.ndim):
            where = where & (rows == numbers(a.shape, axis))
        return where


class FillDiagonalOffset(FillsDiagonal):
    """A matrix with one of its diagonals set to a value: ``a, val, offset -> a.shape``."""

    def make_node(self, a: Any, val: Any, offset: Any) -> Apply:
        a, val = self.take(a, val)
        offset = as_tensor_variable(offset)
        if a.type.ndim != 2:
            raise usage_error(TypeError, "fill_diagonal_offset takes a matrix", got=a)
        if offset.type.ndim or offset.type.dtype not in INTEGER_DTYPES:
            raise usage_error(
                TypeError,
                "the offset of a diagonal is no integer",
                expected="an integer scalar",
                got=offset,
                fix="theano.tensor.cast(offset, 'int64')",
            )
        return Apply(self, [a, val, ew.cast(offset, "int64")], [a.type()])

    def on_diagonal(self, a, rest, numbers):
        (offset,) = rest
        return numbers(a.shape, 1) - numbers(a.shape, 0) == offset


def fill_diagonal(a: Any, val: Any) -> Any:
    """Return ``a`` with its main diagonal set to ``val``.

    Parameters
    ----------
    a : tensor
        Of two dimensions; or of more, with equal lengths.
    val : scalar
        Of a dtype that that of ``a`` can hold.

    Raises
    ------
    TypeError
        ``a`` has fewer dimensions, or ``val`` does not fit.
    """
    return FillDiagonal()(a, val)


def fill_diagonal_offset(a: Any, val: Any, offset: Any) -> Any:
    """Return a matrix with its diagonal ``offset`` set to ``val``.

    Parameters
    ----------
    a : matrix
    val : scalar
        Of a dtype that that of ``a`` can hold.
    offset : int or integer scalar
        0 for the main diagonal, positive above it. One outside of the matrix changes nothing.

    Raises
    ------
    TypeError
        ``a`` is no matrix, ``val`` does not fit, or ``offset`` is no integer.
    """
    return FillDiagonalOffset()(a, val, offset)
