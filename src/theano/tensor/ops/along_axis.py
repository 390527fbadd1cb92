"""Elements chosen, or added to, at places that are given along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES, INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType


class AlongAxis(Op):
    """What choosing and adding along an axis share.

    Parameters
    ----------
    axis : int
        Counted from the first.
    in_range : bool
        Whether the places are known to exist, as those that a sort gives are, and need no check.
    """

    __props__ = ("axis", "in_range")

    def __init__(self, axis: int, in_range: bool = False) -> None:
        self.axis = axis
        self.in_range = in_range

    def as_places(self, x: Any, places: Any) -> tuple[Any, Any]:
        """Return a tensor and places in it as variables.

        Raises
        ------
        TypeError
            The places are no integers, or of another rank than the tensor.
        """
        x, places = as_tensor_variable(x), as_tensor_variable(places)
        if places.type.dtype not in INTEGER_DTYPES or places.type.ndim != x.type.ndim:
            raise usage_error(
                TypeError,
                "places along an axis are integers, with as many dimensions as the tensor",
                expected=f"an integer tensor of {x.type.ndim} dimensions",
                got=places,
            )
        return x, places

    def check_lengths(self, shape: Sequence[int], places: Sequence[int]) -> None:
        """Raise ValueError unless the lengths of a tensor and of places agree but along the axis.

        As in Theano, a length of 1 is repeated only where it is known to be 1.
        """
        lengths = zip(shape, places, strict=True)
        if any(n != m for i, (n, m) in enumerate(lengths) if i != self.axis):
            raise usage_error(
                ValueError,
                "a tensor and the places in it differ in their lengths",
                expected=f"equal lengths but along axis {self.axis}",
                got=f"shapes {tuple(shape)} and {tuple(places)}",
            )

    def numpy_index(self, places: Any, length: int) -> tuple[Any, ...]:
        """Return the index of ``places`` as NumPy takes it.

        Raises
        ------
        IndexError
            A place does not exist.
        """
        wrong = (places < -length) | (places >= length)
        if wrong.any():
            raise OutOfRange(self.axis, length)(int(places[wrong][0]))
        index = list(np.ogrid[tuple(slice(n) for n in places.shape)])
        index[self.axis] = places.astype("int64")
        return tuple(index)

    def jax_index(self, ctx: Any, places: Any, length: int) -> tuple[Any, ...]:
        """Return the index as JAX takes it, with places counted from the first."""
        error = OutOfRange(self.axis, length)
        if length == 0:
            raise error(0)
        places = lax.convert_element_type(places, "int64")
        if not self.in_range:
            wrong = (places < -length) | (places >= length)
            ctx.check(~wrong.any(), places.ravel()[jnp.argmax(wrong.ravel())], error)
            places = jnp.where(places < 0, places + length, places)
        index = list(jnp.ogrid[tuple(slice(n) for n in places.shape)])
        index[self.axis] = places
        return tuple(index)


class OutOfRange:
    """Makes the error for a place that does not exist."""

    def __init__(self, axis: int, length: int) -> None:
        self.axis = axis
        self.length = length

    def __call__(self, place: int) -> IndexError:
        """Return the error."""
        return usage_error(
            IndexError,
            "a tensor was indexed out of bounds",
            expected=f"a place from {-self.length} to {self.length - 1} along axis {self.axis}"
            if self.length
            else f"no place, as axis {self.axis} has length 0",
            got=f"{place}" if self.length else None,
        )


class TakeAlong(AlongAxis):
    """Elements of a tensor at places along an axis: ``x, places -> `` the shape of ``places``.

    Negative places count from the end. The lengths of the other axes agree.

    Raises: IndexError at run time for a place that does not exist.
    """

    def make_node(self, x: Any, places: Any) -> Apply:
        x, places = self.as_places(x, places)
        pattern = [
            a if i == self.axis else a or b
            for i, (a, b) in enumerate(
                zip(places.type.broadcastable, x.type.broadcastable, strict=True)
            )
        ]
        return Apply(self, [x, places], [TensorType(x.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        x, places = inputs
        self.check_lengths(x.shape, places.shape)
        output_storage[0][0] = np.array(x[self.numpy_index(places, x.shape[self.axis])])

    def lower(self, ctx, x, places):
        self.check_lengths(x.shape, places.shape)
        if 0 in places.shape:
            return jnp.zeros(places.shape, x.dtype)
        index = self.jax_index(ctx, places, x.shape[self.axis])
        return jnp.asarray(x).at[index].get(mode="clip")

    def infer_shape(self, node, shapes):
        return [shapes[1]]

    def connection_pattern(self, node):
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        x, places = inputs
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX"), disconnected_type()]
        add = AddAlong(self.axis, self.in_range)
        return [add(ew.zeros_like(x), places, output_grads[0]), disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], inputs[1])]


class AddAlong(AlongAxis):
    """A tensor with values added at places along an axis: ``x, places, values -> x.shape``.

    A place that is named several times receives every one of its values. Negative places count
    from the end.

    Raises: IndexError at run time for a place that does not exist.
    """

    def make_node(self, x: Any, places: Any, values: Any) -> Apply:
        x, places = self.as_places(x, places)
        values = as_tensor_variable(values)
        if values.type.ndim != x.type.ndim or values.type.dtype != x.type.dtype:
            raise usage_error(
                TypeError,
                "what is added along an axis is of the dtype and rank of the tensor",
                expected=x.type,
                got=values,
            )
        return Apply(self, [x, places, values], [x.type()])

    def _check(self, x: Any, places: Any, values: Any) -> None:
        self.check_lengths(x.shape, places.shape)
        if values.shape != places.shape:
            raise usage_error(
                ValueError,
                "there are more or fewer values than places that they are added at",
                expected=f"shape {places.shape}",
                got=f"shape {values.shape}",
            )

    def perform(self, node, inputs, output_storage):
        x, places, values = inputs
        self._check(x, places, values)
        z = np.array(x)
        np.add.at(z, self.numpy_index(places, x.shape[self.axis]), values)
        output_storage[0][0] = z

    def lower(self, ctx, x, places, values):
        self._check(x, places, values)
        if 0 in places.shape:
            return x
        index = self.jax_index(ctx, places, x.shape[self.axis])
        return jnp.asarray(x).at[index].add(values, mode="drop")

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def connection_pattern(self, node):
        return [[True], [False], [True]]

    def L_op(self, inputs, outputs, output_grads):
        (x, places, values), (g_z,) = inputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            zeros = [ew.zeros_like(v, dtype="floatX") for v in (x, values)]
            return [zeros[0], disconnected_type(), zeros[1]]
        g_values = TakeAlong(self.axis, self.in_range)(g_z, places)
        return [g_z, disconnected_type(), g_values]

    def R_op(self, inputs, eval_points):
        x, places, values = inputs
        r_x, _, r_values = eval_points
        if (r_x is None and r_values is None) or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        r_x = ew.zeros_like(x) if r_x is None else r_x
        return [self(r_x, places, ew.zeros_like(values) if r_values is None else r_values)]


def filled_places(places: Any, like: Any, axis: int) -> Any:
    """Return a vector of places along ``axis`` repeated to the shape of ``like``."""
    order = [0 if i == axis else "x" for i in range(like.type.ndim)]
    return ew.fill(like, places.dimshuffle(order))
