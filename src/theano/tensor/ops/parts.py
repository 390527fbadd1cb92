"""``WriteParts``: zeros of which several slices along one axis are written at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.indexing import Subtensor
from theano.tensor.ops.shape import SumLike

__all__ = ["WriteParts"]


class WriteParts(Op):
    """Zeros of the shape of ``x``, of which slices along an axis are the others: ``x, y, …``.

    The sum of the gradients of slices that do not overlap, in one pass over the memory.

    Parameters
    ----------
    axis : int
    bounds : sequence of (int, int or None)
        First place of each slice and the one behind its last, none of them negative; in order.

    Raises
    ------
    ValueError
        The slices overlap. At run time, one does not have the shape of its place.
    """

    __props__ = ("axis", "bounds")

    def __init__(self, axis: int, bounds: Sequence[tuple[int, int | None]]) -> None:
        self.axis = axis
        self.bounds = tuple(bounds)
        ends = [stop for _, stop in self.bounds[:-1]]
        starts = [start for start, _ in self.bounds[1:]]
        if any(a is None or a > b for a, b in zip(ends, starts, strict=True)):
            raise usage_error(
                ValueError,
                "slices that are to be written at once overlap or are not in order",
                got=str(self.bounds),
            )

    def make_node(self, x: Any, *parts: Any) -> Apply:
        x = as_tensor_variable(x)
        values = [as_tensor_variable(part) for part in parts]
        if len(values) != len(self.bounds) or any(
            v.type.dtype != x.type.dtype or v.type.ndim != x.type.ndim for v in values
        ):
            raise usage_error(
                TypeError,
                "slices cannot be written into a tensor",
                expected=f"{len(self.bounds)} of type {x.type}",
                got=", ".join(str(v.type) for v in values),
            )
        return Apply(self, [x, *values], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, *parts = inputs
        z = np.zeros_like(x)
        for place, part in zip(self.places(), parts, strict=True):
            z[place] = part
        output_storage[0][0] = z

    def lower(self, ctx, x, *parts):
        length = x.shape[self.axis]
        zero = jnp.zeros((), x.dtype)

        def filled(value: Any, n: int) -> Any:
            shape = (*x.shape[: self.axis], n, *x.shape[self.axis + 1 :])
            return jnp.broadcast_to(value, shape)

        pieces, end = [], 0
        for bounds, part in zip(self.bounds, parts, strict=True):
            start, stop, _ = slice(*bounds).indices(length)
            pieces += [filled(zero, start - end), filled(part, stop - start)]
            end = stop
        pieces.append(filled(zero, length - end))
        return jnp.concatenate([v for v in pieces if v.shape[self.axis]] or pieces, self.axis)

    def places(self) -> list[tuple[slice, ...]]:
        """Return the indices of the slices."""
        before = (slice(None),) * self.axis
        return [(*before, slice(start, stop)) for start, stop in self.bounds]

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def connection_pattern(self, node):
        return [[False], *([True] for _ in self.bounds)]

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        read = [self.part_of(g_z, place) for place in self.places()]
        return [
            disconnected_type(),
            *(SumLike()(g, y) for g, y in zip(read, inputs[1:], strict=True)),
        ]

    def part_of(self, g: Any, place: tuple[slice, ...]) -> Any:
        """Return a slice of a gradient."""
        numbers = [n for n in (place[-1].start, place[-1].stop) if n is not None]
        return Subtensor(list(place))(g, *numbers)

    def R_op(self, inputs, eval_points):
        x, *parts = inputs
        if all(v is None for v in eval_points[1:]):
            return [None]
        moved = [
            y.zeros_like() if v is None else v for y, v in zip(parts, eval_points[1:], strict=True)
        ]
        return [self(x, *moved)]
