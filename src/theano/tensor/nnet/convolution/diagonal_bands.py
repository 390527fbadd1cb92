"""Bands of tensors along a diagonal, with which convolutions in time were written."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import numpy as jnp
from numpy.lib.stride_tricks import as_strided

from theano.errors import NotScalarConstantError, usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.facts import get_scalar_constant_value
from theano.tensor.type import TensorType

__all__ = [
    "DiagonalSubtensor",
    "IncDiagonalSubtensor",
    "diagonal_subtensor",
    "get_diagonal_subtensor_view",
    "inc_diagonal_subtensor",
]


def band_length(rows: int, columns: int) -> int:
    """Return how long a band is that goes from the first column to the last.

    Raises
    ------
    NotImplementedError
        There are fewer rows than columns.
    """
    if rows < columns:
        raise usage_error(
            NotImplementedError,
            "a band along a diagonal does not reach the last column",
            expected=f"at least {columns} elements along i0, as many as along i1",
            got=str(rows),
        )
    return rows - max(columns, 1) + 1


def get_diagonal_subtensor_view(x: np.ndarray, i0: Any, i1: Any) -> np.ndarray:
    """Return the view of an array in which column ``j`` begins at row ``columns - 1 - j``.

    Parameters
    ----------
    x : array
    i0, i1 : int
        The axes that are called rows and columns here. The first gets shorter by the length of the
        second, less one.

    Raises
    ------
    NotImplementedError
        There are fewer rows than columns.
    """
    i0, i1 = int(i0), int(i1)
    length = band_length(x.shape[i0], x.shape[i1])
    whole = (slice(None),) * (i0 % x.ndim)
    part = x[(*whole, slice(x.shape[i0] - length, None))]
    strides = list(part.strides)
    strides[i1] -= strides[i0]
    return as_strided(part, part.shape, strides)


class BandOp(Op):
    """An op on a band of its first input; the next two are constants, the axes.

    Parameters
    ----------
    inplace : bool
        No effect: what is updated in place is decided elsewhere.
    """

    __props__ = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def take(self, x: Any, *axes: Any) -> list[Any]:
        """Return a tensor and two of its axes as variables.

        Raises
        ------
        TypeError
            An axis is no constant.
        ValueError
            They are not two axes of the tensor.
        """
        x = as_tensor_variable(x)
        try:
            numbers = [int(get_scalar_constant_value(axis)) for axis in axes]
        except NotScalarConstantError as error:
            raise usage_error(
                TypeError, "the axes of a band are not known", expected="two int", got=axes
            ) from error
        if not set(numbers) <= set(range(x.type.ndim)) or numbers[0] == numbers[1]:
            raise usage_error(
                ValueError,
                "a band lies along two axes of a tensor",
                expected=f"two of the axes from 0 to {x.type.ndim - 1}",
                got=str(tuple(numbers)),
            )
        return [x, *map(as_tensor_variable, numbers)]

    def axes(self, node: Apply) -> list[int]:
        """Return the two axes."""
        return [int(axis.data) for axis in node.inputs[1:3]]  # type: ignore[attr-defined]

    def places(self, rows: int, columns: int) -> tuple[Any, Any]:
        """Return the row and the column of each element of a band."""
        column = np.arange(columns)
        row = np.arange(band_length(rows, columns))[:, None] + (columns - 1 - column)
        return row, column


class DiagonalSubtensor(BandOp):
    """A band along a diagonal: ``x, i0, i1 ->`` a tensor that is shorter along ``i0``.

    Element ``(t, j)`` along the two axes is element ``(t + columns - 1 - j, j)`` of ``x``.

    Raises: NotImplementedError at run time where there are fewer rows than columns.
    """

    def make_node(self, x: Any, i0: Any, i1: Any) -> Apply:
        inputs = self.take(x, i0, i1)
        kind = inputs[0].type
        i0, i1 = (int(axis.data) for axis in inputs[1:])
        pattern = list(kind.broadcastable)
        pattern[i0] = pattern[i0] and pattern[i1]
        return Apply(self, inputs, [TensorType(kind.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = get_diagonal_subtensor_view(*inputs).copy()

    def lower(self, ctx, x, *_):
        axes = self.axes(ctx.node)
        front = jnp.moveaxis(x, axes, (0, 1))
        return jnp.moveaxis(front[self.places(*front.shape[:2])], (0, 1), axes)

    def infer_shape(self, node, shapes):
        i0, i1 = self.axes(node)
        shape = list(shapes[0])
        shape[i0] = shape[i0] - ew.FUNCTIONS["maximum"](shape[i1], 1) + 1
        return [tuple(shape)]

    def L_op(self, inputs, outputs, output_grads):
        x, *axes = inputs
        g_x = inc_diagonal_subtensor(ew.zeros_like(x), *axes, output_grads[0])
        return [g_x, disconnected_type(), disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]

    def connection_pattern(self, node):
        return [[True], [False], [False]]


class IncDiagonalSubtensor(BandOp):
    """A tensor with a band increased: ``x, i0, i1, amount -> x.shape``; see the op above.

    Raises: NotImplementedError at run time where there are fewer rows than columns.
    """

    def make_node(self, x: Any, i0: Any, i1: Any, amt: Any) -> Apply:
        inputs = [*self.take(x, i0, i1), as_tensor_variable(amt)]
        return Apply(self, inputs, [inputs[0].type()])

    def perform(self, node, inputs, output_storage):
        x, i0, i1, amount = inputs
        output_storage[0][0] = total = x.copy()
        get_diagonal_subtensor_view(total, i0, i1)[...] += amount

    def lower(self, ctx, x, i0, i1, amount):
        axes = self.axes(ctx.node)
        front, added = (jnp.moveaxis(v, axes, (0, 1)) for v in (x, amount))
        places = self.places(*front.shape[:2])
        return jnp.moveaxis(front.at[places].add(added.astype(x.dtype)), (0, 1), axes)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        _, *axes, _ = inputs
        (g_z,) = output_grads
        none = disconnected_type()
        return [g_z, none, none, diagonal_subtensor(g_z, *axes)]

    def R_op(self, inputs, eval_points):
        x, *axes, amount = inputs
        r_x, r_amount = eval_points[0], eval_points[3]
        if r_x is None and r_amount is None:
            return [None]
        r_x = ew.zeros_like(x) if r_x is None else r_x
        return [self(r_x, *axes, ew.zeros_like(amount) if r_amount is None else r_amount)]

    def connection_pattern(self, node):
        return [[True], [False], [False], [True]]


diagonal_subtensor = DiagonalSubtensor()
inc_diagonal_subtensor = IncDiagonalSubtensor()
