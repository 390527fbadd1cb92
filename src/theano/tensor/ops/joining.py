"""Putting tensors together and taking them apart: ``concatenate``, ``stack``, ``split``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp
from numpy.exceptions import AxisError

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected
from theano.scalar.type import CONTINUOUS_DTYPES, DISCRETE_DTYPES, INTEGER_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.shape import shape_padaxis
from theano.tensor.ops.sizes import (
    ShapeI,
    as_size_vector,
    constant_size,
    make_vector,
    shape,
    size_elements,
    vector_elements,
)
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = ["concatenate", "join", "split", "stack"]


class Join(Op):
    """Tensors one after another along an axis: ``axis, x_0, x_1, …``.

    The other dimensions must agree. An axis that is no constant must be known when the program
    is compiled.

    ``view`` is kept for programs that give it.

    Raises: ValueError at run time where lengths of the other dimensions differ.
    """

    __props__ = ()

    def __init__(self, view: int = -1) -> None:
        pass

    def make_node(self, axis: Any, *tensors: Any) -> Apply:
        parts = [as_tensor_variable(x) for x in tensors]
        if not parts:
            raise usage_error(ValueError, "a join was given no tensor", expected="at least one")
        ndim = parts[0].type.ndim
        if any(x.type.ndim != ndim or ndim == 0 for x in parts):
            raise usage_error(
                TypeError,
                "a join was given tensors of different ranks, or scalars",
                expected="the same number of dimensions each, at least one",
                got="; ".join(str(x.type) for x in parts),
                fix="bring them to one rank with dimshuffle; scalars are joined by stack",
            )
        axis = as_axis(axis)
        where = constant_axis(axis, ndim)
        pattern = [False] * ndim
        if where is not None:
            pattern = [any(x.type.broadcastable[i] for x in parts) for i in range(ndim)]
            pattern[where] = len(parts) == 1 and parts[0].type.broadcastable[where]
        dtype = upcast(*[x.type.dtype for x in parts])
        return Apply(self, [axis, *parts], [TensorType(dtype, pattern)()])

    def _check(self, axis: int, shapes: Sequence[Sequence[int]]) -> int:
        first = shapes[0]
        axis = checked_axis(axis, len(first))
        for other in shapes[1:]:
            if any(n != m for i, (n, m) in enumerate(zip(first, other, strict=True)) if i != axis):
                raise usage_error(
                    ValueError,
                    f"tensors whose lengths differ cannot be joined along axis {axis}",
                    expected=f"equal lengths but for axis {axis}",
                    got="shapes " + ", ".join(str(tuple(s)) for s in shapes),
                )
        return axis

    def static_inputs(self, node):
        return (0,)

    def perform(self, node, inputs, output_storage):
        parts = [np.asarray(x, dtype=node.outputs[0].type.dtype) for x in inputs[1:]]
        axis = self._check(int(inputs[0]), [x.shape for x in parts])
        output_storage[0][0] = np.concatenate(parts, axis=axis)

    def lower(self, ctx, axis, *parts):
        dtype = ctx.node.outputs[0].type.dtype
        axis = self._check(int(ctx.static(0)), [x.shape for x in parts])
        return jnp.concatenate([lax.convert_element_type(x, dtype) for x in parts], axis=axis)

    def infer_shape(self, node, shapes):
        ndim = node.outputs[0].type.ndim
        axis = constant_axis(node.inputs[0], ndim)
        out = []
        for i in range(ndim):
            joined = reduce(lambda a, b: a + b, [lengths[i] for lengths in shapes[1:]])
            if axis is None:
                here = ew.eq((node.inputs[0] + ndim) % ndim, i)
                out.append(ew.switch(here, joined, shapes[1][i]))
            else:
                out.append(joined if i == axis else shapes[1][i])
        return [tuple(out)]

    def vector_elements(self, node: Apply) -> list[Any] | None:
        """Return the elements of the joined vectors where those of each are known."""
        elements: list[Any] = []
        for part in node.inputs[1:]:
            of_part = vector_elements(part)
            if of_part is None:
                return None
            elements += of_part
        return elements

    def connection_pattern(self, node):
        return [[False]] + [[True]] * (len(node.inputs) - 1)

    def L_op(self, inputs, outputs, output_grads):
        axis, *parts = inputs
        (g_z,) = output_grads
        if outputs[0].type.dtype not in CONTINUOUS_DTYPES:
            return [disconnected_type(), *[ew.zeros_like(x, dtype="floatX") for x in parts]]
        lengths = make_vector([length_along(x, axis) for x in parts])
        pieces = Split(len(parts))(g_z, axis, lengths, return_list=True)
        grads: list[Any] = [disconnected_type()]
        for part, piece in zip(parts, pieces, strict=True):
            if part.type.dtype in DISCRETE_DTYPES:
                grads.append(ew.zeros_like(part, dtype="floatX"))
            else:
                grads.append(rebroadcast_to(piece, part.type.broadcastable))
        return grads

    def R_op(self, inputs, eval_points):
        if all(point is None for point in eval_points[1:]):
            return [None]
        points = [
            ew.zeros_like(x) if point is None else point
            for x, point in zip(inputs[1:], eval_points[1:], strict=True)
        ]
        return [self(inputs[0], *points)]


class Split(Op):
    """A tensor cut along an axis into ``len_splits`` pieces: ``x, axis, lengths -> x_0, x_1, …``.

    Raises: ValueError at run time where the lengths do not add up.
    """

    __props__ = ("len_splits",)

    def __init__(self, len_splits: int) -> None:
        self.len_splits = int(len_splits)

    def make_node(self, x: Any, axis: Any, splits: Any) -> Apply:
        x = as_tensor_variable(x)
        axis = as_axis(axis)
        splits = as_size_vector(splits, "split")
        if x.type.ndim == 0:
            raise usage_error(TypeError, "a scalar cannot be split", got=x)
        where = constant_axis(axis, x.type.ndim)
        pattern = [b and where not in (None, i) for i, b in enumerate(x.type.broadcastable)]
        kind = x.type.clone(broadcastable=pattern)
        return Apply(self, [x, axis, splits], [kind() for _ in range(self.len_splits)])

    def _bounds(self, shape: Sequence[int], axis: int, splits: Any) -> tuple[int, list[int]]:
        axis = checked_axis(axis, len(shape))
        lengths = [int(n) for n in splits]
        if (
            len(lengths) != self.len_splits
            or min(lengths, default=0) < 0
            or (sum(lengths) != shape[axis])
        ):
            raise usage_error(
                ValueError,
                "the lengths that a tensor is split into do not fit",
                expected=f"{self.len_splits} lengths, not negative, that add up to {shape[axis]}",
                got=f"{lengths} along axis {axis} of shape {tuple(shape)}",
            )
        return axis, [sum(lengths[:k]) for k in range(len(lengths) + 1)]

    def static_inputs(self, node):
        return (1, 2)

    def perform(self, node, inputs, output_storage):
        x, axis, splits = inputs
        axis, bounds = self._bounds(x.shape, int(axis), splits)
        for k, storage in enumerate(output_storage):
            piece = x[(slice(None),) * axis + (slice(bounds[k], bounds[k + 1]),)]
            storage[0] = np.array(piece)

    def lower(self, ctx, x, axis, splits):
        axis, bounds = self._bounds(x.shape, int(ctx.static(1)), ctx.static(2))
        return tuple(
            lax.slice_in_dim(x, bounds[k], bounds[k + 1], axis=axis) for k in range(self.len_splits)
        )

    def infer_shape(self, node, shapes):
        x, axis, splits = node.inputs
        where = constant_axis(axis, x.type.ndim)
        out = []
        for length in size_elements(splits, self.len_splits):
            if where is None:
                here = [ew.eq((axis + x.type.ndim) % x.type.ndim, i) for i in range(x.type.ndim)]
                out.append(
                    tuple(ew.switch(h, length, n) for h, n in zip(here, shapes[0], strict=True))
                )
            else:
                out.append(tuple(length if i == where else n for i, n in enumerate(shapes[0])))
        return out

    def connection_pattern(self, node):
        return [[i == 0] * self.len_splits for i in range(3)]

    def L_op(self, inputs, outputs, output_grads):
        x, axis, _ = inputs
        if x.type.dtype in DISCRETE_DTYPES:
            g_x = ew.zeros_like(x, dtype="floatX")
        else:
            pieces = [
                ew.zeros_like(z) if is_disconnected(g) else g
                for z, g in zip(outputs, output_grads, strict=True)
            ]
            g_x = rebroadcast_to(Join()(axis, *pieces), x.type.broadcastable)
        return [g_x, disconnected_type(), disconnected_type()]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None:
            return [None] * self.len_splits
        return self(eval_points[0], *inputs[1:], return_list=True)


def as_axis(axis: Any) -> Any:
    """Return the axis of a join as an integer scalar.

    Raises
    ------
    TypeError
        It is none.
    """
    axis = as_tensor_variable(axis)
    if axis.type.ndim or axis.type.dtype not in INTEGER_DTYPES:
        raise usage_error(
            TypeError,
            "a join or a split was given an axis that is no integer",
            expected="an integer scalar",
            got=axis,
        )
    return axis


def constant_axis(axis: Any, ndim: int) -> int | None:
    """Return an axis as a non-negative int where the graph knows it, else None.

    Raises
    ------
    ValueError, IndexError
        It does not exist.
    """
    number = constant_size(axis)
    return None if number is None else checked_axis(number, ndim)


def checked_axis(axis: int, ndim: int) -> int:
    """Return an axis as a non-negative int.

    Raises
    ------
    ValueError, IndexError
        It does not exist; one exception that is both.
    """
    if not -ndim <= axis < ndim:
        raise usage_error(
            AxisError,
            "a join or a split names an axis that does not exist",
            expected=f"an axis from {-ndim} to {ndim - 1}",
            got=f"axis {axis} of tensors of {ndim} dimensions",
        )
    return axis % ndim


def length_along(x: Any, axis: Any) -> Any:
    """Return the length of ``x`` along an axis that may be symbolic."""
    where = constant_axis(axis, x.type.ndim)
    return shape(x)[axis] if where is None else ShapeI(where)(x)


def join(axis: Any, *tensors: Any) -> Any:
    """Return ``tensors`` one after another along ``axis``.

    Raises
    ------
    TypeError
        The ranks differ.
    ValueError
        There is no tensor, or no such axis.
    """
    return as_tensor_variable(tensors[0]) if len(tensors) == 1 else Join()(axis, *tensors)


def concatenate(tensor_list: Sequence[Any], axis: Any = 0) -> Any:
    """Return the tensors of ``tensor_list`` one after another along ``axis``.

    Raises
    ------
    TypeError
        The argument is a single tensor, or the ranks differ.
    """
    if not isinstance(tensor_list, (tuple, list)):
        raise usage_error(
            TypeError, "concatenate takes a list of tensors", expected="a list", got=tensor_list
        )
    return join(axis, *tensor_list)


def split(x: Any, splits_size: Any, n_splits: int, axis: Any = 0) -> list[Any]:
    """Return ``x`` cut along ``axis`` into ``n_splits`` pieces.

    Parameters
    ----------
    x : tensor
    splits_size : integer vector
        The length of each piece; they add up to the length of ``x``.
    n_splits : int
        How many there are, as the graph may not know the length of ``splits_size``.
    axis : int
    """
    return Split(n_splits)(x, axis, splits_size, return_list=True)


def stack(*arguments: Any, tensors: Any = None, axis: int = 0) -> Any:
    """Return tensors of one shape joined along a new ``axis``.

    Takes ``stack([a, b], axis)``, by name ``stack(tensors=[a, b])``, and the older ``stack(a, b)``.

    Raises
    ------
    TypeError
        There is no tensor, or the ranks differ.
    IndexError
        The result has no such axis.
    """
    if tensors is not None:
        arguments = (tensors, *arguments)
    if arguments and isinstance(arguments[0], (tuple, list)):
        if len(arguments) > 2:
            raise TypeError("stack(list, axis) takes two arguments")
        axis = arguments[1] if len(arguments) == 2 else axis
        arguments = tuple(arguments[0])
    if not arguments:
        raise usage_error(TypeError, "stack was given no tensor", expected="at least one")
    parts = [as_tensor_variable(x) for x in arguments]
    if all(x.type.ndim == 0 for x in parts) and axis in (0, -1):
        return make_vector(parts)
    return join(axis, *[shape_padaxis(x, axis) for x in parts])
