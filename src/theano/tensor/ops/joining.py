"""Putting tensors together: ``concatenate`` and ``stack``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.shape import shape_padaxis
from theano.tensor.type import TensorType

__all__ = ["concatenate", "join", "stack"]


class Join(Op):
    """Tensors one after another along an axis: ``axis, x_0, x_1, …``.

    The axis is a constant; the other dimensions must agree.
    """

    __props__ = ()

    def make_node(self, axis: Any, *tensors: Any) -> Apply:
        if not tensors:
            raise ValueError("join needs at least one tensor")
        parts = [as_tensor_variable(x) for x in tensors]
        ndim = parts[0].type.ndim
        if ndim == 0:
            raise TypeError("join needs tensors of at least one dimension; stack takes scalars")
        if any(x.type.ndim != ndim for x in parts):
            raise usage_error(
                TypeError,
                "join was given tensors of different ranks",
                expected=f"{ndim} dimensions each",
                got="; ".join(str(x.type) for x in parts),
            )
        axis = as_tensor_variable(axis)
        where = constant_axis(axis, ndim)
        dtype = upcast(*[x.type.dtype for x in parts])
        pattern = [any(x.type.broadcastable[i] for x in parts) for i in range(ndim)]
        pattern[where] = len(parts) == 1 and parts[0].type.broadcastable[where]
        return Apply(self, [axis, *parts], [TensorType(dtype, pattern)()])

    def _axis(self, node: Apply) -> int:
        return constant_axis(node.inputs[0], node.outputs[0].type.ndim)

    def perform(self, node, inputs, output_storage):
        parts = [np.asarray(x, dtype=node.outputs[0].type.dtype) for x in inputs[1:]]
        output_storage[0][0] = np.concatenate(parts, axis=self._axis(node))

    def lower(self, ctx, axis, *parts):
        dtype = ctx.node.outputs[0].type.dtype
        return jnp.concatenate([x.astype(dtype) for x in parts], axis=self._axis(ctx.node))

    def infer_shape(self, node, shapes):
        axis = self._axis(node)
        out = list(shapes[1])
        for other in shapes[2:]:
            out[axis] = out[axis] + other[axis]
        return [tuple(out)]

    def connection_pattern(self, node):
        return [[False]] + [[True]] * (len(node.inputs) - 1)

    def L_op(self, inputs, outputs, output_grads):
        _, *parts = inputs
        (g_z,) = output_grads
        axis = constant_axis(inputs[0], g_z.type.ndim)
        grads: list[Any] = [disconnected_type()]
        start: Any = 0
        for part in parts:
            stop = start + part.shape[axis]
            if part.type.dtype in DISCRETE_DTYPES:
                grads.append(ew.zeros_like(part, dtype="floatX"))
            else:
                piece = g_z[(slice(None),) * axis + (slice(start, stop),)]
                from theano.tensor.rebroadcast import rebroadcast_to

                grads.append(rebroadcast_to(piece, part.type.broadcastable))
            start = stop
        return grads

    def R_op(self, inputs, eval_points):
        if all(point is None for point in eval_points[1:]):
            return [None]
        points = [
            ew.zeros_like(x) if point is None else point
            for x, point in zip(inputs[1:], eval_points[1:], strict=True)
        ]
        return [self(inputs[0], *points)]


def constant_axis(axis: Any, ndim: int) -> int:
    """Return the axis of a join as a non-negative int.

    Raises
    ------
    ValueError
        It is not known in the graph, or does not exist.
    """
    data = getattr(axis, "data", None)
    if data is None:
        raise ValueError("the axis of a join must be a constant")
    value = int(data)
    if not -ndim <= value < ndim:
        raise ValueError(f"join along axis {value} of tensors of {ndim} dimensions")
    return value % ndim


def join(axis: Any, *tensors: Any) -> Any:
    """Return ``tensors`` one after another along ``axis``."""
    return as_tensor_variable(tensors[0]) if len(tensors) == 1 else Join()(axis, *tensors)


def concatenate(tensor_list: Sequence[Any], axis: Any = 0) -> Any:
    """Return the tensors of ``tensor_list`` one after another along ``axis``.

    Raises
    ------
    TypeError
        The argument is a single tensor.
    """
    if not isinstance(tensor_list, (tuple, list)):
        raise usage_error(
            TypeError, "concatenate takes a list of tensors", expected="a list", got=tensor_list
        )
    return join(axis, *tensor_list)


def stack(*tensors: Any, axis: int = 0) -> Any:
    """Return tensors of one shape joined along a new ``axis``.

    Takes ``stack([a, b], axis)`` and the older ``stack(a, b)``.
    """
    if not tensors:
        raise TypeError("stack needs at least one tensor")
    if isinstance(tensors[0], (tuple, list)):
        if len(tensors) > 2:
            raise TypeError("stack(list, axis) takes two arguments")
        axis = tensors[1] if len(tensors) == 2 else axis
        tensors = tuple(tensors[0])
        if not tensors:
            raise TypeError("stack needs at least one tensor")
    parts = [as_tensor_variable(x) for x in tensors]
    if all(hasattr(x, "data") for x in parts) and all(x.type.ndim == 0 for x in parts):
        dtype = upcast(*[x.type.dtype for x in parts])
        return as_tensor_variable(np.array([x.data for x in parts], dtype=dtype))
    return join(axis, *[shape_padaxis(x, axis) for x in parts])
