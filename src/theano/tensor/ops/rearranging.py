"""Elements in other places: ``roll``, ``swapaxes``, ``squeeze``, ``compress``, permutations."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.along_axis import AddAlong, TakeAlong
from theano.tensor.ops.brackets import take
from theano.tensor.ops.creation import arange
from theano.tensor.ops.nonzero import nonzero
from theano.tensor.ops.shape import Reshape, flatten
from theano.tensor.ops.sizes import ShapeI, shape
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = [
    "compress",
    "inverse_permutation",
    "permute_row_elements",
    "roll",
    "squeeze",
    "swapaxes",
]


class Roll(Op):
    """A tensor with its slices moved on along an axis, the last ones to the front: ``x, shift``.

    One program serves every shift.
    """

    __props__ = ("axis",)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def make_node(self, x: Any, shift: Any) -> Apply:
        x, shift = as_tensor_variable(x), as_tensor_variable(shift)
        if shift.type.ndim or shift.type.dtype not in INTEGER_DTYPES:
            raise usage_error(
                TypeError, "roll takes an integer shift", expected="an integer scalar", got=shift
            )
        pattern = [b and i != self.axis for i, b in enumerate(x.type.broadcastable)]
        shift = ew.cast(shift, "int64")
        return Apply(self, [x, shift], [TensorType(x.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        x, shift = inputs
        output_storage[0][0] = np.roll(x, int(shift), axis=self.axis)

    def lower(self, ctx, x, shift):
        return jnp.roll(x, shift, axis=self.axis)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def connection_pattern(self, node):
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        x, shift = inputs
        return [
            rebroadcast_to(self(output_grads[0], -shift), x.type.broadcastable),
            disconnected_type(),
        ]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], inputs[1])]


def roll(x: Any, shift: Any, axis: int | None = None) -> Any:
    """Return ``x`` with its elements moved on along ``axis``, those at the end to the front.

    Parameters
    ----------
    x : tensor
    shift : int or integer scalar
        By how many places; negative ones move back.
    axis : int, optional
        By default the elements move through all of ``x``, in C order.

    Raises
    ------
    IndexError
        The axis does not exist.
    TypeError
        ``shift`` is no integer.
    """
    x = as_tensor_variable(x)
    if axis is None:
        if x.type.ndim == 1:
            return roll(x, shift, axis=0)
        rolled = Reshape(x.type.ndim)(Roll(0)(flatten(x), shift), shape(x))
        return rebroadcast_to(rolled, x.type.broadcastable)
    return Roll(existing_axis(axis, x, "roll"))(x, shift)


def existing_axis(axis: int, x: Any, what: str) -> int:
    """Return an axis as a non-negative int.

    Raises
    ------
    IndexError
        It does not exist.
    """
    if not -x.type.ndim <= axis < x.type.ndim:
        raise usage_error(
            IndexError,
            f"{what} names an axis that does not exist",
            expected=f"an axis from {-x.type.ndim} to {x.type.ndim - 1}"
            if x.type.ndim
            else "a tensor with axes",
            got=f"axis {axis} of {x} of type {x.type}",
        )
    return axis % x.type.ndim


def swapaxes(y: Any, axis1: int, axis2: int) -> Any:
    """Return ``y`` with two axes exchanged.

    Raises
    ------
    IndexError
        One does not exist.
    """
    y = as_tensor_variable(y)
    one, two = (existing_axis(axis, y, "swapaxes") for axis in (axis1, axis2))
    order = list(range(y.type.ndim))
    order[one], order[two] = two, one
    return DimShuffle(y.type.broadcastable, order)(y)


def squeeze(x: Any) -> Any:
    """Return ``x`` without its broadcastable dimensions."""
    x = as_tensor_variable(x)
    kept = [i for i, b in enumerate(x.type.broadcastable) if not b]
    return DimShuffle(x.type.broadcastable, kept)(x)


def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """Return the slices of ``x`` along ``axis`` for which ``condition`` is not zero.

    Parameters
    ----------
    condition : vector
        It may be shorter than the axis; what it does not reach is left out.
    x : tensor
    axis : int, optional
        By default elements are chosen, in C order.

    Raises
    ------
    IndexError
        At run time, ``condition`` chooses a slice that does not exist.
    """
    (places,) = nonzero(flatten(as_tensor_variable(condition)))
    return take(x, places, axis)


def permute_row_elements(x: Any, y: Any, inverse: Any = 0) -> Any:
    """Return ``x`` with the elements of its rows, along the last axis, in the order ``y``.

    Parameters
    ----------
    x : tensor
    y : integer tensor
        For each place of a row, which element comes there. Missing leading dimensions of either,
        and broadcastable ones, are repeated.
    inverse : bool, int or integer scalar
        Undo the permutation if it is not zero.

    Raises
    ------
    TypeError
        ``y`` is no integer tensor.
    IndexError
        At run time, it names an element that does not exist.
    """
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    if y.type.dtype not in INTEGER_DTYPES:
        raise usage_error(TypeError, "a permutation is made of integers", got=y)
    ndim = max(x.type.ndim, y.type.ndim, 1)
    x, y = (as_tensor_variable(v, ndim=ndim) for v in (x, y))
    x, y = ew.fill(y, x), ew.fill(x, y)
    inverse = as_tensor_variable(int(inverse) if isinstance(inverse, bool) else inverse)
    last = ndim - 1
    there = TakeAlong(last)(x, y)
    if getattr(inverse, "data", None) == 0:
        return there
    # As every place is named once, adding to zeros puts each element where it came from.
    back = AddAlong(last)(ew.zeros_like(x), y, x)
    if hasattr(inverse, "data"):
        return back
    return ew.switch(ew.FUNCTIONS["neq"](inverse, 0), back, there)


def inverse_permutation(perm: Any) -> Any:
    """Return the permutations that undo those in the rows of ``perm``.

    Parameters
    ----------
    perm : integer tensor
        Each row, along the last axis, has every number from 0 once.

    Raises
    ------
    TypeError
        ``perm`` is no integer tensor.
    """
    perm = as_tensor_variable(perm)
    if perm.type.dtype not in INTEGER_DTYPES or perm.type.ndim == 0:
        raise usage_error(TypeError, "a permutation is made of integers", got=perm)
    places = arange(ShapeI(perm.type.ndim - 1)(perm), dtype=perm.type.dtype)
    return permute_row_elements(places, perm, inverse=1)
