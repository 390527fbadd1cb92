"""Shapes: changing them, and making tensors of a given shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op
from theano.graph.null_type import disconnected_type
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.careduce import Sum
from theano.tensor.ops.sizes import (
    as_size,
    as_size_vector,
    constant_size,
    lengths_of,
    product,
    shape,
    size_elements,
    vector_length,
)
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = [
    "alloc",
    "flatten",
    "ones",
    "reshape",
    "shape",
    "shape_padaxis",
    "shape_padleft",
    "shape_padright",
    "transpose",
    "zeros",
]


class Reshape(Op):
    """A tensor with the same elements in another shape of ``ndim`` dimensions.

    One length may be -1: it is then what is left.
    """

    __props__ = ("ndim",)

    def __init__(self, ndim: int, name: str | None = None) -> None:
        self.ndim = int(ndim)
        if self.ndim < 0:
            raise ValueError(f"the number of dimensions of a reshape is not negative, got {ndim}")

    def make_node(self, x: Any, shape: Any) -> Apply:
        x = as_tensor_variable(x)
        shape = as_size_vector(shape, "reshape")
        length = vector_length(shape)
        if length not in (None, self.ndim):
            raise usage_error(
                ValueError,
                f"a reshape to {self.ndim} dimensions was given {length} lengths",
                got=shape.data if isinstance(shape, Constant) else shape,
                fix="leave `ndim` out, or make them agree",
            )
        pattern = [constant_size(n) == 1 for n in size_elements(shape, self.ndim)]
        return Apply(self, [x, shape], [TensorType(x.type.dtype, pattern)()])

    def _lengths(self, x_shape: Sequence[int], shape: np.ndarray) -> tuple[int, ...]:
        lengths = [int(n) for n in shape]
        size = int(np.prod(x_shape, dtype="int64"))
        error = usage_error(
            ValueError,
            "a tensor cannot be reshaped",
            expected=f"a shape with {size} elements in {self.ndim} dimensions",
            got=f"shape {tuple(lengths)} for a tensor of shape {tuple(x_shape)}",
        )
        if len(lengths) != self.ndim or lengths.count(-1) > 1 or min(lengths, default=0) < -1:
            raise error
        if -1 in lengths:
            others = int(np.prod([n for n in lengths if n != -1], dtype="int64"))
            if others == 0 or size % others:
                raise error
            lengths[lengths.index(-1)] = size // others
        if int(np.prod(lengths, dtype="int64")) != size:
            raise error
        return tuple(lengths)

    def static_inputs(self, node):
        return (1,)

    def perform(self, node, inputs, output_storage):
        x, shape = inputs
        output_storage[0][0] = np.reshape(x, self._lengths(np.shape(x), shape)).copy()

    def lower(self, ctx, x, shape):
        return lax.reshape(x, self._lengths(x.shape, ctx.static(1)))

    def infer_shape(self, node, shapes):
        requested = size_elements(node.inputs[1], self.ndim)
        known = [constant_size(n) for n in requested]
        if all(n is not None and n >= 0 for n in known):
            return [tuple(np.int64(n) for n in known)]
        # A product over all lengths, -1 among them, is less the product of the others; it is zero
        # only where no length is -1 and nothing is left to find.
        others = ew.FUNCTIONS["maximum"](abs(product(requested)), np.int64(1))
        left = product(shapes[0]) // others
        return [
            tuple(
                n if size is not None and size >= 0 else ew.switch(ew.eq(n, -1), left, n)
                for n, size in zip(requested, known, strict=True)
            )
        ]

    def connection_pattern(self, node):
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        x, _ = inputs
        g_x = Reshape(x.type.ndim)(output_grads[0], shape(x))
        return [rebroadcast_to(g_x, x.type.broadcastable), disconnected_type()]

    def R_op(self, inputs, eval_points):
        point = eval_points[0]
        return [None if point is None else self(point, inputs[1])]


class Alloc(Op):
    """A tensor of the given lengths filled with a value, which is broadcast.

    ``value, n_0, n_1, … -> (n_0, n_1, …)``
    """

    __props__ = ()

    def make_node(self, value: Any, *lengths: Any) -> Apply:
        value = as_tensor_variable(value)
        sizes = [as_size(n, "alloc") for n in lengths]
        if value.type.ndim > len(sizes):
            raise usage_error(
                TypeError,
                "alloc was given fewer lengths than its value has dimensions",
                expected=f"at least {value.type.ndim} lengths",
                got=f"{len(sizes)} for a value of type {value.type}",
            )
        pattern = [constant_size(n) == 1 for n in sizes]
        return Apply(self, [value, *sizes], [TensorType(value.type.dtype, pattern)()])

    def _check(self, value_shape: Sequence[int], shape: Sequence[int]) -> None:
        lead = len(shape) - len(value_shape)
        fits = all(n in (1, m) for n, m in zip(value_shape, shape[lead:], strict=True))
        if not fits or min(shape, default=0) < 0:
            raise usage_error(
                ValueError,
                "a value cannot be repeated to the shape that alloc was given",
                expected="lengths that are not negative, equal to the value's own where that is"
                " not 1",
                got=f"shape {tuple(shape)} for a value of shape {tuple(value_shape)}",
            )

    def static_inputs(self, node):
        return range(1, len(node.inputs))

    def perform(self, node, inputs, output_storage):
        value, *lengths = inputs
        shape = tuple(int(n) for n in lengths)
        self._check(np.shape(value), shape)
        output_storage[0][0] = np.array(np.broadcast_to(value, shape))

    def lower(self, ctx, value, *lengths):
        shape = tuple(int(ctx.static(i + 1)) for i in range(len(lengths)))
        self._check(value.shape, shape)
        return jnp.broadcast_to(value, shape)

    def infer_shape(self, node, shapes):
        return [tuple(node.inputs[1:])]

    def connection_pattern(self, node):
        return [[True]] + [[False]] * (len(node.inputs) - 1)

    def L_op(self, inputs, outputs, output_grads):
        value, *lengths = inputs
        (g_z,) = output_grads
        lead = g_z.type.ndim - value.type.ndim
        g_value = Sum(range(lead))(g_z) if lead else g_z
        return [SumLike()(g_value, value), *[disconnected_type() for _ in lengths]]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]


class SumLike(Op):
    """A tensor summed along the axes in which another has length 1: ``g, x -> x.shape``.

    The transpose of ``Alloc``, which repeats every dimension of length 1, not only those that are
    known to be broadcastable.
    """

    __props__ = ()

    def make_node(self, g: Any, x: Any) -> Apply:
        g, x = as_tensor_variable(g), as_tensor_variable(x)
        return Apply(self, [g, x], [TensorType(g.type.dtype, x.type.broadcastable)()])

    @staticmethod
    def _axes(g: Any, x: Any) -> tuple[int, ...]:
        lengths = zip(g.shape, x.shape, strict=True)
        return tuple(i for i, (of_g, of_x) in enumerate(lengths) if of_x == 1 and of_g != 1)

    def perform(self, node, inputs, output_storage):
        g, x = inputs
        output_storage[0][0] = np.sum(g, axis=self._axes(g, x), dtype=g.dtype, keepdims=True)

    def lower(self, ctx, g, x):
        return jnp.sum(g, axis=self._axes(g, x), dtype=g.dtype, keepdims=True)

    def infer_shape(self, node, shapes):
        return [shapes[1]]

    def connection_pattern(self, node):
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (g, _), (g_z,) = inputs, output_grads
        g_g = rebroadcast_to(Alloc()(g_z, *lengths_of(g)), g.type.broadcastable)
        return [g_g, disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], inputs[1])]


def reshape(x: Any, newshape: Any, ndim: int | None = None) -> Any:
    """Return ``x`` in another shape.

    Parameters
    ----------
    x : tensor
    newshape : sequence of lengths, or integer vector
        One length may be -1.
    ndim : int, optional
        The number of lengths, needed where ``newshape`` is a vector of unknown length.

    Raises
    ------
    ValueError
        The number of dimensions is not known, or differs from that of ``newshape``.
    TypeError
        The lengths are no integers.
    """
    if ndim is None:
        given, newshape = newshape, as_size_vector(newshape, "reshape")
        ndim = vector_length(newshape)
        if ndim is None:
            raise usage_error(
                ValueError,
                "a reshape does not know its number of dimensions",
                got=given,
                fix="give it: x.reshape(shape, ndim=2)",
            )
    return Reshape(ndim)(x, newshape)


def flatten(x: Any, ndim: int = 1, outdim: int | None = None) -> Any:
    """Return ``x`` in ``ndim`` dimensions: the first ``ndim - 1`` kept, the others joined.

    Raises
    ------
    ValueError
        ``ndim`` is not between 1 and the rank of ``x``.
    """
    x = as_tensor_variable(x)
    ndim = ndim if outdim is None else outdim
    if not 1 <= ndim <= max(1, x.type.ndim):
        raise usage_error(
            ValueError,
            f"flatten was asked for {ndim} dimensions",
            expected=f"from 1 to {max(1, x.type.ndim)}",
            got=x,
        )
    lengths = lengths_of(x)
    flat = Reshape(ndim)(x, [*lengths[: ndim - 1], product(lengths[ndim - 1 :])])
    pattern = x.type.broadcastable
    return rebroadcast_to(flat, [*pattern[: ndim - 1], all(pattern[ndim - 1 :])])


def alloc(value: Any, *lengths: Any) -> Any:
    """Return a tensor of the given ``lengths`` filled with ``value``, which is broadcast."""
    return Alloc()(value, *lengths)


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Return zeros of ``shape`` (lengths, or an integer vector), by default in ``floatX``."""
    return _filled(0, shape, dtype)


def ones(shape: Any, dtype: Any = None) -> Any:
    """Return ones of ``shape`` (lengths, or an integer vector), by default in ``floatX``."""
    return _filled(1, shape, dtype)


def _filled(value: int, lengths: Any, dtype: Any) -> Any:
    if not isinstance(lengths, (tuple, list)):
        vector = as_size_vector(lengths, "zeros and ones")
        n = vector_length(vector)
        if n is None:
            raise usage_error(
                ValueError,
                "zeros or ones were asked for in a shape of an unknown number of dimensions",
                got=lengths,
                fix="give the lengths one by one: zeros((shape[0], shape[1]))",
            )
        lengths = size_elements(vector, n)
    return alloc(ew.cast(value, "floatX" if dtype is None else dtype), *lengths)


def transpose(x: Any, axes: Any = None) -> Any:
    """Return ``x`` with its axes in the order ``axes``, reversed for None.

    Reversed axes of a named ``x`` have a name too: ``x.T``.

    Raises
    ------
    ValueError
        ``axes`` does not name every axis once.
    """
    x = as_tensor_variable(x)
    order = tuple(range(x.type.ndim))[::-1] if axes is None else tuple(axes)
    if len(order) != x.type.ndim:
        raise usage_error(
            ValueError,
            "transpose was given an order that does not name every axis",
            expected=f"{x.type.ndim} axes",
            got=f"{order} for {x} of type {x.type}",
        )
    name = f"{x.name}.T" if axes is None and x.name else None
    return DimShuffle(x.type.broadcastable, order)(x, name=name)


def shape_padleft(x: Any, n_ones: int = 1) -> Any:
    """Return ``x`` with ``n_ones`` broadcastable dimensions put in front."""
    x = as_tensor_variable(x)
    return DimShuffle(x.type.broadcastable, ("x",) * n_ones + tuple(range(x.type.ndim)))(x)


def shape_padright(x: Any, n_ones: int = 1) -> Any:
    """Return ``x`` with ``n_ones`` broadcastable dimensions put behind."""
    x = as_tensor_variable(x)
    return DimShuffle(x.type.broadcastable, tuple(range(x.type.ndim)) + ("x",) * n_ones)(x)


def shape_padaxis(x: Any, axis: int) -> Any:
    """Return ``x`` with a broadcastable dimension put in at ``axis``.

    Raises
    ------
    IndexError
        The result has no such axis.
    """
    x = as_tensor_variable(x)
    ndim = x.type.ndim + 1
    if not -ndim <= axis < ndim:
        raise usage_error(
            IndexError,
            "a new axis was asked for at a place that does not exist",
            expected=f"from {-ndim} to {ndim - 1}",
            got=f"axis {axis} for {x} of type {x.type}",
        )
    order: list[Any] = list(range(x.type.ndim))
    order.insert(axis % ndim, "x")
    return DimShuffle(x.type.broadcastable, order)(x)
