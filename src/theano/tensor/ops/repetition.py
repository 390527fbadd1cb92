"""Elements and tensors again and again: ``repeat`` and ``tile``."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES, INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.along_axis import AddAlong, filled_places
from theano.tensor.ops.assertions import Assert
from theano.tensor.ops.creation import arange
from theano.tensor.ops.shape import Alloc, Reshape, flatten
from theano.tensor.ops.sizes import (
    ShapeI,
    as_size,
    constant_size,
    lengths_of,
    product,
    vector_length,
)
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = ["repeat", "tile"]


class RepeatOp(Op):
    """Each slice of a tensor along an axis as often as its count says: ``x, counts, total``.

    Parameters
    ----------
    axis : int, optional
        None stands for the elements, in C order.

    Notes
    -----
    ``total`` is the sum of the counts, which is added where it is not given. It alone fixes the
    length of the result: one program serves all counts that have it. One count stands for all.

    Raises: ValueError at run time where a count is negative, or there are more or fewer counts than
    slices.
    """

    __props__ = ("axis",)

    def __init__(self, axis: int | None = None) -> None:
        self.axis = axis

    def make_node(self, x: Any, repeats: Any, total: Any = None) -> Apply:
        x = as_tensor_variable(x)
        x = x if self.axis is not None else flatten(x)
        counts = as_counts(repeats)
        once = not counts.type.ndim and constant_size(counts) == 1
        counts = counts if counts.type.ndim else DimShuffle((), ("x",))(counts)
        if total is None:
            n = ShapeI(self._axis(x.type.ndim))(x)
            for_all = ew.FUNCTIONS["eq"](ShapeI(0)(counts), 1)
            total = counts.sum() * ew.FUNCTIONS["switch"](for_all, n, np.int64(1))
        pattern = list(x.type.broadcastable)
        pattern[self._axis(x.type.ndim)] &= once
        return Apply(
            self, [x, counts, as_size(total, "repeat")], [TensorType(x.type.dtype, pattern)()]
        )

    def _axis(self, ndim: int) -> int:
        return 0 if self.axis is None else repeated_axis(self.axis, ndim)

    @staticmethod
    def _check_number(n_counts: int, length: int) -> None:
        if n_counts not in (1, length):
            raise usage_error(
                ValueError,
                "a tensor cannot be repeated with this number of counts",
                expected=f"{length} counts, one for each slice, or a single one",
                got=f"{n_counts} counts",
            )

    def static_inputs(self, node):
        return (2,)

    def perform(self, node, inputs, output_storage):
        x, counts, _ = inputs
        axis = self._axis(x.ndim)
        self._check_number(counts.size, x.shape[axis])
        if (counts < 0).any():
            raise negative_count(counts.min())
        output_storage[0][0] = np.repeat(x, counts, axis=axis)

    def lower(self, ctx, x, counts, total):
        axis = self._axis(x.ndim)
        self._check_number(counts.size, x.shape[axis])
        total = int(ctx.static(2))
        if counts.size:
            ctx.check(jnp.all(counts >= 0), jnp.min(counts), negative_count)
        if total <= 0:
            return lax.slice_in_dim(x, 0, 0, axis=axis)
        counts = jnp.broadcast_to(counts, (x.shape[axis],))
        return jnp.repeat(x, counts, axis=axis, total_repeat_length=total)

    def infer_shape(self, node, shapes):
        axis = self._axis(node.inputs[0].type.ndim)
        return [tuple(node.inputs[2] if i == axis else n for i, n in enumerate(shapes[0]))]

    def connection_pattern(self, node):
        return [[True], [False], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (x, counts, total), (g_z,) = inputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            g_x = ew.zeros_like(x, dtype="floatX")
        else:
            axis = self._axis(x.type.ndim)
            origins = RepeatOp(0)(arange(ShapeI(axis)(x)), counts, total)
            places = filled_places(origins, g_z, axis)
            g_x = AddAlong(axis, in_range=True)(ew.zeros_like(x), places, g_z)
        return [g_x, disconnected_type(), disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]


def negative_count(count: Any) -> ValueError:
    """Return the error for a negative number of times."""
    return usage_error(
        ValueError,
        "a tensor was to be repeated a negative number of times",
        expected="counts that are not negative",
        got=f"{count}",
    )


def as_counts(repeats: Any) -> Any:
    """Return how often something is repeated: an int64 scalar, or a vector of counts.

    Raises
    ------
    TypeError
        It is no integer.
    ValueError
        It has more than one dimension.
    """
    counts = as_tensor_variable(repeats)
    if counts.type.ndim > 1:
        raise usage_error(
            ValueError,
            "repeat was given counts of several dimensions",
            expected="a scalar or a vector",
            got=counts,
        )
    if counts.type.dtype not in INTEGER_DTYPES or counts.type.dtype == "uint64":
        raise usage_error(
            TypeError,
            "repeat takes integer counts",
            expected="integers that fit into int64",
            got=counts,
        )
    return ew.cast(counts, "int64")


def repeated_axis(axis: int, ndim: int) -> int:
    """Return an axis as a non-negative int.

    Raises
    ------
    ValueError
        It does not exist.
    """
    if not -ndim <= axis < ndim:
        raise usage_error(
            ValueError,
            "repeat names an axis that does not exist",
            expected=f"an axis from {-ndim} to {ndim - 1}" if ndim else "axis=None",
            got=f"axis={axis} on a tensor of {ndim} dimensions",
        )
    return axis % ndim


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Return ``x`` with each of its slices along ``axis`` repeated.

    Parameters
    ----------
    x : tensor
    repeats : int, integer scalar, or integer vector
        How often; a vector has a count for each slice, or a single one for all.
    axis : int, optional
        By default the elements are repeated, in C order, and the result is a vector.

    Raises
    ------
    ValueError
        The axis does not exist, or ``repeats`` has more than one dimension; at run time, a count is
        negative, or their number does not fit.
    TypeError
        ``repeats`` are no integers.
    """
    x = as_tensor_variable(x)
    counts = as_counts(repeats)
    if counts.type.ndim:
        if vector_length(counts) != 1:
            return RepeatOp(axis)(x, counts)
        counts = counts[0]
    if axis is None:
        x, axis = flatten(x), 0
    axis = repeated_axis(axis, x.type.ndim)
    if constant_size(counts) == 1:
        return x
    # All that is repeated lies in a new dimension behind the axis, which is then joined with it.
    order: list[Any] = list(range(x.type.ndim))
    lengths = lengths_of(x)
    spread = Alloc()(
        DimShuffle(x.type.broadcastable, [*order[: axis + 1], "x", *order[axis + 1 :]])(x),
        *lengths[: axis + 1],
        counts,
        *lengths[axis + 1 :],
    )
    pattern = [b and i != axis for i, b in enumerate(x.type.broadcastable)]
    lengths[axis] = lengths[axis] * counts
    return rebroadcast_to(Reshape(x.type.ndim)(spread, lengths), pattern)


def tile(x: Any, reps: Any, ndim: int | None = None) -> Any:
    """Return ``x`` repeated as a whole along its axes, as tiles cover a floor.

    Parameters
    ----------
    x : tensor
    reps : int, integer scalar, sequence of such, or integer vector
        How often along each axis. Where there are fewer than ``x`` has axes, they are for the last
        ones; where there are more, ``x`` gets new axes in front.
    ndim : int, optional
        The number of dimensions of the result; needed where ``reps`` is a vector.

    Raises
    ------
    ValueError
        ``ndim`` is less than the rank of ``x`` or than the number of ``reps``, or it is missing;
        ``reps`` are no integers.
    AssertionError
        At run time, a vector ``reps`` is longer than ``ndim``.
    """
    x = as_tensor_variable(x)
    if ndim is not None and ndim < x.type.ndim:
        raise usage_error(
            ValueError,
            f"tile was asked for {ndim} dimensions",
            expected=f"at least the {x.type.ndim} of its tensor",
            got=x,
        )
    counts = tile_counts(reps, x.type.ndim, ndim)
    new = len(counts) - x.type.ndim
    shown = DimShuffle(
        x.type.broadcastable, [place for i in range(x.type.ndim) for place in ("x", i)]
    )(x)
    lengths = lengths_of(x)
    pairs = [size for pair in zip(counts[new:], lengths, strict=True) for size in pair]
    laid = Alloc()(shown, *counts[:new], *pairs)
    shape = [*counts[:new], *[product(p) for p in zip(counts[new:], lengths, strict=True)]]
    once = [constant_size(n) == 1 for n in counts]
    pattern = [*once[:new], *map(all, zip(once[new:], x.type.broadcastable, strict=True))]
    return rebroadcast_to(Reshape(len(counts))(laid, shape), pattern)


def tile_counts(reps: Any, x_ndim: int, ndim: int | None) -> list[Any]:
    """Return how often ``tile`` lays a tensor along each axis of its result."""
    if isinstance(reps, (tuple, list)):
        given = [as_tensor_variable(n) for n in reps]
    else:
        vector = as_tensor_variable(reps)
        if vector.type.ndim == 1:
            return counts_of_vector(vector, x_ndim, ndim)
        given = [vector]
    for n in given:
        if n.type.ndim or n.type.dtype not in INTEGER_DTYPES:
            raise not_counts(n)
    wanted = max(len(given), x_ndim) if ndim is None else ndim
    if len(given) > wanted:
        raise usage_error(
            ValueError,
            f"tile was given {len(given)} counts for {wanted} dimensions",
            fix="leave `ndim` out, or make it larger",
        )
    one = as_tensor_variable(np.int64(1))
    return [*[one] * (wanted - len(given)), *[ew.cast(n, "int64") for n in given]]


def counts_of_vector(reps: Any, x_ndim: int, ndim: int | None) -> list[Any]:
    """Return how often ``tile`` lays a tensor along each axis, by a symbolic vector."""
    if reps.type.dtype not in INTEGER_DTYPES:
        raise not_counts(reps)
    known = vector_length(reps)
    if ndim is None and known is None:
        raise usage_error(
            ValueError,
            "tile does not know its number of dimensions",
            got=reps,
            fix="give it: tile(x, reps, ndim=2)",
        )
    if known is not None:
        return tile_counts([reps[i] for i in range(known)], x_ndim, ndim)
    assert ndim is not None
    reps = ew.cast(reps, "int64")
    n_missing = np.int64(ndim) - ShapeI(0)(reps)
    n_missing = Assert(f"tile was given more counts than its {ndim} dimensions")(
        n_missing, ew.FUNCTIONS["ge"](n_missing, np.int64(0))
    )
    counts = []
    for i in range(ndim):
        given = reps[ew.FUNCTIONS["maximum"](np.int64(i) - n_missing, np.int64(0))]
        missing = ew.FUNCTIONS["lt"](np.int64(i), n_missing)
        counts.append(ew.FUNCTIONS["switch"](missing, np.int64(1), given))
    return counts


def not_counts(reps: Any) -> ValueError:
    """Return the error for what does not say how often to lay a tile."""
    return usage_error(
        ValueError,
        "tile takes integers",
        expected="an integer, a sequence of integer scalars, or an integer vector",
        got=reps,
    )
