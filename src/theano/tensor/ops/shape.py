"""Shapes: reading them, changing them, and making tensors of a given shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.reduction import sum as tensor_sum
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


class Shape(Op):
    """The lengths of a tensor: ``(n_0, …) -> (ndim,)``, int64."""

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        return Apply(self, [x], [TensorType("int64", [False])()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(np.shape(inputs[0]), dtype="int64")

    def lower(self, ctx, x):
        return np.asarray(x.shape, dtype="int64")

    def infer_shape(self, node, shapes):
        return [(np.int64(node.inputs[0].type.ndim),)]

    def connection_pattern(self, node):
        return [[False]]

    def L_op(self, inputs, outputs, output_grads):
        return [disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None]


class Reshape(Op):
    """A tensor with the same elements in another shape of ``ndim`` dimensions.

    One length may be -1: it is then what is left.
    """

    __props__ = ("ndim",)
    static_inputs = (1,)

    def __init__(self, ndim: int, name: str | None = None) -> None:
        self.ndim = int(ndim)
        if self.ndim < 0:
            raise ValueError(f"the number of dimensions of a reshape is not negative, got {ndim}")

    def make_node(self, x: Any, shape: Any) -> Apply:
        x = as_tensor_variable(x)
        shape = as_size_vector(shape, "reshape")
        pattern = [False] * self.ndim
        if isinstance(shape, Constant):
            if len(shape.data) != self.ndim:
                raise ValueError(f"reshape to {self.ndim} dimensions got shape {shape.data}")
            pattern = [int(n) == 1 for n in shape.data]
        else:
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

    def perform(self, node, inputs, output_storage):
        x, shape = inputs
        output_storage[0][0] = np.reshape(x, self._lengths(np.shape(x), shape)).copy()

    def lower(self, ctx, x, shape):
        return lax.reshape(x, self._lengths(x.shape, ctx.static(1)))

    def infer_shape(self, node, shapes):
        requested = size_elements(node.inputs[1], self.ndim)
        if all(constant_size(n) is not None and constant_size(n) >= 0 for n in requested):
            return [tuple(np.int64(constant_size(n)) for n in requested)]
        size = ew.cast(1, "int64")
        for n in shapes[0]:
            size = size * n
        others = ew.cast(1, "int64")
        for n in requested:
            others = others * ew.switch(ew.eq(n, -1), np.int64(1), n)
        return [tuple(ew.switch(ew.eq(n, -1), size // others, n) for n in requested)]

    def connection_pattern(self, node):
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        x, _ = inputs
        g = reshape(output_grads[0], shape(x), ndim=x.type.ndim)
        pattern = x.type.broadcastable
        flags = [(i, True) for i, b in enumerate(pattern) if b and not g.type.broadcastable[i]]
        if flags:
            from theano.tensor.rebroadcast import Rebroadcast

            g = Rebroadcast(*flags)(g)
        return [g, disconnected_type()]

    def R_op(self, inputs, eval_points):
        point = eval_points[0]
        return [None if point is None else self(point, inputs[1])]


class Alloc(Op):
    """A tensor of the given lengths filled with a value, which is broadcast: ``(…), n_0, n_1, …``."""

    __props__ = ()

    def make_node(self, value: Any, *lengths: Any) -> Apply:
        value = as_tensor_variable(value)
        sizes = [as_size(n, "alloc") for n in lengths]
        if value.type.ndim > len(sizes):
            raise TypeError(
                f"alloc of {len(sizes)} dimensions got a value of {value.type.ndim} dimensions"
            )
        pattern = [constant_size(n) == 1 for n in sizes]
        return Apply(self, [value, *sizes], [TensorType(value.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        value, *lengths = inputs
        output_storage[0][0] = np.array(np.broadcast_to(value, [int(n) for n in lengths]))

    def lower(self, ctx, value, *lengths):
        shape = tuple(int(ctx.static(i + 1)) for i in range(len(lengths)))
        return jnp.broadcast_to(value, shape)

    def infer_shape(self, node, shapes):
        return [tuple(node.inputs[1:])]

    def connection_pattern(self, node):
        return [[True]] + [[False]] * (len(node.inputs) - 1)

    def L_op(self, inputs, outputs, output_grads):
        value, *lengths = inputs
        (g_z,) = output_grads
        lead = g_z.type.ndim - value.type.ndim
        g = tensor_sum(g_z, axis=list(range(lead))) if lead else g_z
        repeated = [
            i
            for i, b in enumerate(value.type.broadcastable)
            if b and not g.type.broadcastable[i]
        ]
        g = tensor_sum(g, axis=repeated, keepdims=True) if repeated else g
        return [g, *[disconnected_type() for _ in lengths]]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]


def as_size(n: Any, what: str) -> Any:
    """Return a length as an int64 scalar.

    Raises
    ------
    TypeError
        It is no integer scalar.
    """
    n = as_tensor_variable(n)
    if n.type.ndim or n.type.dtype not in DISCRETE_DTYPES:
        raise usage_error(
            TypeError, f"{what} takes integer lengths", expected="an integer scalar", got=n
        )
    return ew.cast(n, "int64")


def as_size_vector(lengths: Any, what: str) -> Any:
    """Return lengths, given as a sequence or a vector, as one int64 vector.

    Raises
    ------
    TypeError
        They are no integers.
    """
    if isinstance(lengths, (tuple, list)) and len(lengths) == 0:
        lengths = np.zeros(0, dtype="int64")
    lengths = as_tensor_variable(lengths)
    if lengths.type.ndim == 0:
        lengths = DimShuffle((), ("x",))(lengths)
    if lengths.type.ndim != 1 or lengths.type.dtype not in DISCRETE_DTYPES:
        raise usage_error(
            TypeError,
            f"{what} takes a shape",
            expected="integers, or an integer vector",
            got=lengths,
        )
    if isinstance(lengths, Constant):
        return as_tensor_variable(np.asarray(lengths.data, dtype="int64"))
    return ew.cast(lengths, "int64")


def size_elements(lengths: Any, ndim: int) -> list[Any]:
    """Return the elements of a vector of ``ndim`` lengths, looking through ``Join`` and stacking."""
    if isinstance(lengths, Constant):
        return [as_tensor_variable(np.int64(n)) for n in lengths.data]
    parts = stacked_elements(lengths)
    if parts is not None and len(parts) == ndim:
        return parts
    return [lengths[i] for i in range(ndim)]


def stacked_elements(vector: Any) -> list[Any] | None:
    """Return the scalars that a vector was stacked from, or None where it was not."""
    from theano.tensor.ops.joining import Join

    node = vector.owner
    if node is not None and is_cast(node):
        inner = stacked_elements(node.inputs[0])
        return None if inner is None else [ew.cast(n, vector.type.dtype) for n in inner]
    if node is None or not isinstance(node.op, Join):
        return None
    parts = []
    for part in node.inputs[1:]:
        if isinstance(part, Constant):
            parts.extend(as_tensor_variable(n) for n in part.data)
        elif part.owner is not None and isinstance(part.owner.op, DimShuffle) and (
            part.owner.inputs[0].type.ndim == 0
        ):
            parts.append(part.owner.inputs[0])
        else:
            return None
    return parts


def is_cast(node: Any) -> bool:
    """Whether a node only changes the dtype."""
    return isinstance(node.op, ew.Elemwise) and isinstance(node.op.scalar_op, ew.Cast)


def constant_size(n: Any) -> int | None:
    """Return a length where it is known in the graph, else None."""
    while not isinstance(n, Constant):
        node = getattr(n, "owner", None)
        if node is None or not (is_cast(node) or isinstance(node.op, DimShuffle)):
            return None
        n = node.inputs[0]
    return int(np.asarray(n.data).reshape(()))


def shape(x: Any) -> Any:
    """Return the lengths of ``x`` as an int64 vector."""
    return Shape()(x)


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
        The number of dimensions is not known.
    """
    if ndim is None:
        if isinstance(newshape, (tuple, list)):
            ndim = len(newshape)
        else:
            newshape = as_size_vector(newshape, "reshape")
            ndim = vector_length(newshape)
            if ndim is None:
                raise usage_error(
                    ValueError,
                    "a reshape does not know its number of dimensions",
                    got=newshape,
                    fix="give it: x.reshape(shape, ndim=2)",
                )
    return Reshape(ndim)(x, newshape)


def vector_length(vector: Any) -> int | None:
    """Return the length of a vector where the graph tells it, else None."""
    if isinstance(vector, Constant):
        return len(vector.data)
    if vector.type.broadcastable == (True,):
        return 1
    node = vector.owner
    if node is not None and isinstance(node.op, Shape):
        return int(node.inputs[0].type.ndim)
    if node is not None and isinstance(node.op, ew.Elemwise) and len(node.inputs) == 1:
        return vector_length(node.inputs[0])
    parts = stacked_elements(vector)
    return None if parts is None else len(parts)


def flatten(x: Any, ndim: int = 1, outdim: int | None = None) -> Any:
    """Return ``x`` in ``ndim`` dimensions: the first ``ndim - 1`` kept, the others joined.

    Raises
    ------
    ValueError
        ``ndim`` is not between 1 and the rank of ``x``.
    """
    x = as_tensor_variable(x)
    ndim = ndim if outdim is None else outdim
    if ndim < 1 or ndim > max(1, x.type.ndim):
        raise ValueError(f"flatten to {ndim} dimensions of a tensor of {x.type.ndim}")
    lengths = shape(x)
    return reshape(x, [*[lengths[i] for i in range(ndim - 1)], -1])


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
            raise ValueError("the number of dimensions of the shape is not known")
        lengths = size_elements(vector, n)
    return alloc(ew.cast(value, "floatX" if dtype is None else dtype), *lengths)


def transpose(x: Any, axes: Any = None) -> Any:
    """Return ``x`` with its axes in the order ``axes``, reversed for None."""
    x = as_tensor_variable(x)
    order = tuple(range(x.type.ndim))[::-1] if axes is None else tuple(axes)
    if len(order) != x.type.ndim:
        raise ValueError(f"transpose of {x.type.ndim} dimensions got axes {order}")
    return x if x.type.ndim <= 1 else DimShuffle(x.type.broadcastable, order)(x)


def shape_padleft(x: Any, n_ones: int = 1) -> Any:
    """Return ``x`` with ``n_ones`` broadcastable dimensions put in front."""
    x = as_tensor_variable(x)
    return DimShuffle(x.type.broadcastable, ("x",) * n_ones + tuple(range(x.type.ndim)))(x)


def shape_padright(x: Any, n_ones: int = 1) -> Any:
    """Return ``x`` with ``n_ones`` broadcastable dimensions put behind."""
    x = as_tensor_variable(x)
    return DimShuffle(x.type.broadcastable, tuple(range(x.type.ndim)) + ("x",) * n_ones)(x)


def shape_padaxis(x: Any, axis: int) -> Any:
    """Return ``x`` with a broadcastable dimension put in at ``axis``."""
    x = as_tensor_variable(x)
    ndim = x.type.ndim + 1
    if not -ndim <= axis < ndim:
        raise IndexError(f"axis {axis} does not fit a tensor of {ndim} dimensions")
    order: list[Any] = list(range(x.type.ndim))
    order.insert(axis % ndim, "x")
    return DimShuffle(x.type.broadcastable, order)(x)
