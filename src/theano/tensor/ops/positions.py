"""Places in a tensor as one number or as one for each axis."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply
from theano.graph.op import DisconnectedOp
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.sizes import as_size_vector, vector_length
from theano.tensor.type import TensorType

__all__ = ["ravel_multi_index", "unravel_index"]


def check_order(order: str) -> str:
    """Return the order of axes.

    Raises
    ------
    ValueError
        It is neither "C" nor "F".
    """
    if order not in ("C", "F"):
        raise usage_error(
            ValueError, "an order of axes is not known", expected="'C' or 'F'", got=f"{order!r}"
        )
    return order


def as_indices(x: Any, what: str) -> Any:
    """Return indices as a variable.

    Raises
    ------
    TypeError
        They are no integers.
    """
    x = as_tensor_variable(x)
    if x.type.dtype not in INTEGER_DTYPES:
        raise usage_error(TypeError, f"{what} takes integers", got=x)
    return x


class UnravelIndex(DisconnectedOp):
    """Places counted over a whole tensor as one number for each axis: ``indices, dims``.

    Parameters
    ----------
    ndim : int
        The number of axes, and of outputs, all int64.
    order : {"C", "F"}

    Raises: ValueError at run time for a place outside of the tensor.
    """

    __props__ = ("ndim", "order")

    def __init__(self, ndim: int, order: str = "C") -> None:
        if ndim < 1:
            raise usage_error(
                ValueError, "unravel_index needs an axis at least", got=f"{ndim} axes"
            )
        self.ndim = ndim
        self.order = check_order(order)

    def make_node(self, indices: Any, dims: Any) -> Apply:
        indices = as_indices(indices, "unravel_index")
        dims = as_size_vector(dims, "unravel_index")
        if vector_length(dims) not in (None, self.ndim):
            raise usage_error(
                ValueError,
                f"unravel_index was given {vector_length(dims)} lengths",
                expected=f"{self.ndim}",
            )
        pattern = [False] * indices.type.ndim
        return Apply(
            self, [indices, dims], [TensorType("int64", pattern)() for _ in range(self.ndim)]
        )

    def _check(self, dims: Any) -> None:
        if dims.shape != (self.ndim,):
            raise usage_error(
                ValueError,
                "unravel_index was given a shape of another number of dimensions",
                expected=f"{self.ndim} lengths",
                got=f"{dims.size}",
            )

    def perform(self, node, inputs, output_storage):
        indices, dims = inputs
        self._check(dims)
        size = int(np.prod(dims))
        wrong = (indices < 0) | (indices >= size)
        if wrong.any():
            raise outside(indices[wrong].flat[0], size)
        places = np.unravel_index(indices.astype("int64"), tuple(dims), order=self.order)
        for storage, place in zip(output_storage, places, strict=True):
            storage[0] = np.array(place, dtype="int64")

    def lower(self, ctx, indices, dims):
        self._check(dims)
        rest = lax.convert_element_type(indices, "int64")
        wrong = (rest < 0) | (rest >= jnp.prod(dims))
        if indices.size:
            first = rest.ravel()[jnp.argmax(wrong.ravel())]
            ctx.check(~wrong.any(), first, outside)
        places: dict[int, Any] = {}
        for axis in fast_to_slow(self.ndim, self.order):
            # No place is left in a tensor without elements, but the division is carried out.
            length = jnp.maximum(dims[axis], 1)
            places[axis] = jnp.remainder(rest, length)
            rest = jnp.floor_divide(rest, length)
        return tuple(places[axis] for axis in range(self.ndim))

    def infer_shape(self, node, shapes):
        return [shapes[0]] * self.ndim


def fast_to_slow(ndim: int, order: str) -> range:
    """Return the axes in the order in which they move when elements are counted."""
    return range(ndim) if order == "F" else range(ndim)[::-1]


def outside(place: int, size: int | None = None) -> ValueError:
    """Return the error for a place that a tensor does not have."""
    return usage_error(
        ValueError,
        "a place outside of its tensor was named",
        expected=None if size is None else f"a place from 0 to {size - 1}",
        got=f"{place}",
    )


class RavelMultiIndex(DisconnectedOp):
    """Places with one number for each axis as one number each: ``index_0, …, dims``, int64.

    Parameters
    ----------
    mode : {"raise", "wrap", "clip"}
        What becomes of a number outside of its axis.
    order : {"C", "F"}

    Raises: ValueError at run time for a number outside of its axis, in the first mode.
    """

    __props__ = ("mode", "order")

    def __init__(self, mode: str = "raise", order: str = "C") -> None:
        if mode not in ("raise", "wrap", "clip"):
            raise usage_error(
                ValueError,
                "ravel_multi_index was given an unknown mode",
                expected="'raise', 'wrap' or 'clip'",
                got=f"{mode!r}",
            )
        self.mode = mode
        self.order = check_order(order)

    def make_node(self, *inputs: Any) -> Apply:
        *indices, dims = inputs
        indices = [as_indices(x, "ravel_multi_index") for x in indices]
        dims = as_size_vector(dims, "ravel_multi_index")
        if vector_length(dims) not in (None, len(indices)):
            raise usage_error(
                ValueError,
                "ravel_multi_index was given another number of lengths than of indices",
                expected=f"{len(indices)}",
                got=f"{vector_length(dims)}",
            )
        ndim = max(x.type.ndim for x in indices)
        indices = [as_tensor_variable(x, ndim=ndim) for x in indices]
        pattern = [all(x.type.broadcastable[i] for x in indices) for i in range(ndim)]
        return Apply(self, [*indices, dims], [TensorType("int64", pattern)()])

    def _check(self, indices: Any, dims: Any) -> tuple[int, ...]:
        if dims.shape != (len(indices),):
            raise usage_error(
                ValueError,
                "ravel_multi_index was given another number of lengths than of indices",
                expected=f"{len(indices)}",
                got=f"{dims.size}",
            )
        return np.broadcast_shapes(*[x.shape for x in indices])

    def perform(self, node, inputs, output_storage):
        *indices, dims = inputs
        self._check(indices, dims)
        indices = [x.astype("int64") for x in indices]
        if self.mode == "raise":
            for x, length in zip(indices, dims, strict=True):
                wrong = (x < 0) | (x >= length)
                if wrong.any():
                    raise outside(x[wrong].flat[0])
        z = np.ravel_multi_index(indices, tuple(dims), mode=self.mode, order=self.order)
        output_storage[0][0] = np.asarray(z, dtype="int64")

    def lower(self, ctx, *inputs):
        *indices, dims = inputs
        shape = self._check(indices, dims)
        z, stride = jnp.zeros(shape, "int64"), np.int64(1)
        for axis in fast_to_slow(len(indices), self.order):
            x, length = lax.convert_element_type(indices[axis], "int64"), dims[axis]
            if self.mode == "wrap":
                x = jnp.remainder(x, length)
            elif self.mode == "clip":
                x = jnp.clip(x, np.int64(0), length - 1)
            elif x.size:
                wrong = (x < 0) | (x >= length)
                ctx.check(~wrong.any(), x.ravel()[jnp.argmax(wrong.ravel())], outside)
            z, stride = z + x * stride, stride * length
        return z

    def infer_shape(self, node, shapes):
        lengths: list[Any] = []
        for i in range(node.outputs[0].type.ndim):
            of_axis = [as_tensor_variable(s[i]) for s in shapes[:-1]]
            lengths.append(reduce(lambda n, m: ew.switch(ew.FUNCTIONS["eq"](n, 1), m, n), of_axis))
        return [tuple(lengths)]


def unravel_index(indices: Any, dims: Any, order: str = "C", ndim: int | None = None) -> Any:
    """Return places, counted over a whole tensor, as one tensor of numbers for each axis.

    Parameters
    ----------
    indices : integer tensor
    dims : sequence of lengths, or integer vector
        The shape of the tensor that they are places of.
    order : {"C", "F"}
        Whether the last axis or the first moves fastest.
    ndim : int, optional
        The number of lengths, needed where ``dims`` is a vector of unknown length.

    Returns
    -------
    tuple of TensorVariable
        One for each axis, int64.

    Raises
    ------
    TypeError
        ``indices`` or ``dims`` are no integers.
    ValueError
        The number of lengths is not known; at run time, a place is outside of the tensor.
    """
    dims = as_size_vector(dims, "unravel_index")
    ndim = vector_length(dims) if ndim is None else ndim
    if ndim is None:
        raise usage_error(
            ValueError,
            "unravel_index does not know the number of dimensions",
            got=dims,
            fix="give it: unravel_index(indices, dims, ndim=2)",
        )
    return tuple(UnravelIndex(ndim, order)(indices, dims, return_list=True))


def ravel_multi_index(multi_index: Any, dims: Any, mode: str = "raise", order: str = "C") -> Any:
    """Return places, given as one tensor of numbers for each axis, counted over a whole tensor.

    Parameters
    ----------
    multi_index : sequence of integer tensors
        One for each axis; they are broadcast to one shape.
    dims : sequence of lengths, or integer vector
        The shape of the tensor that they are places of.
    mode : {"raise", "wrap", "clip"}
        What becomes of a number outside of its axis.
    order : {"C", "F"}
        Whether the last axis or the first moves fastest.

    Raises
    ------
    TypeError
        ``multi_index`` is no tuple or list, or what it holds no integers.
    ValueError
        ``mode`` or ``order`` is not known, or there is another number of lengths; at run time, a
        number is outside of its axis.
    """
    if not isinstance(multi_index, (tuple, list)):
        raise usage_error(
            TypeError,
            "ravel_multi_index takes one tensor for each axis",
            expected="a tuple or a list",
            got=multi_index,
        )
    return RavelMultiIndex(mode, order)(*multi_index, dims)
