"""Advanced indexing: arrays of integers as an index, read and written.

Where the dimensions that the arrays bring stand in the result is NumPy's rule: in the place of the
arrays where these stand side by side (integers count as arrays), in front of all others elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
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
from theano.tensor.ops.basic_index import (
    ARRAY,
    INDEX,
    WHOLE,
    Key,
    as_index,
    keeps_one,
    out_of_bounds,
    slice_length,
    too_many_indices,
)
from theano.tensor.ops.indexing import IncSubtensor, Subtensor
from theano.tensor.ops.nonzero import mask_of
from theano.tensor.ops.shape import SumLike
from theano.tensor.ops.windows import check_fits, written, written_value
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = [
    "AdvancedIncSubtensor",
    "AdvancedIncSubtensor1",
    "AdvancedSubtensor",
    "AdvancedSubtensor1",
    "advanced_inc_subtensor1",
    "advanced_set_subtensor1",
    "advanced_subtensor1",
]

GATHERED = (ARRAY, INDEX)
"""The entries whose arrays and numbers are repeated to one shape and say what is read."""

ROWS = Key((ARRAY,))


class AdvancedIndexing(Op):
    """What reading and writing with an advanced index share.

    The entries of the key are integers, slices, arrays, and None for a new axis. Only arrays,
    integers and whole slices go into a program; the others are taken apart by ``expand``.
    """

    __props__: tuple[str, ...] = ("key",)
    first_given = 1
    """Which input is the first number or array of the index."""

    key: Key

    def read_given(self, x: Any, given: Sequence[Any]) -> list[Any]:
        """Return the numbers and arrays of an index into ``x`` as variables.

        Raises
        ------
        IndexError
            ``x`` has fewer dimensions.
        TypeError
            One is no integer, or of another rank than the key says.
        """
        used = sum(entry is not None for entry in self.key.entries)
        if used > x.type.ndim:
            raise too_many_indices(x, used)
        read = {INDEX: as_index, ARRAY: as_index_array}
        return [read[kind](v) for kind, v in zip(self.key.kinds(), given, strict=True)]

    def arranged(
        self, given: Sequence[Any], gathered: Any, lengths: Sequence[Any], cut: Any, one: Any
    ) -> list[Any]:
        """Return what is known of the dimensions of the part, in their order.

        Parameters
        ----------
        given : sequence
            The numbers and arrays.
        gathered : callable
            From the arrays to what is known of the dimensions that they bring.
        lengths : sequence
            What is known of the dimensions of the tensor.
        cut : callable
            From a slice and a dimension of the tensor to that of the part.
        one
            What is known of a new axis.
        """
        rest = iter(lengths)
        kept: list[Any] = []
        arrays: list[Any] = []
        places: list[int] = []
        before = 0
        index = self.key.fill(list(given))
        for place, (entry, value) in enumerate(zip(self.key.entries, index, strict=True)):
            if entry in GATHERED:
                before = before if places else len(kept)
                places.append(place)
                arrays.append(value)
                next(rest)
            else:
                kept.append(one if entry is None else cut(value, next(rest)))
        kept += rest
        if places[-1] - places[0] >= len(places):
            before = 0
        return [*kept[:before], *gathered(arrays), *kept[before:]]

    def part_pattern(self, x: Any, given: Sequence[Any]) -> list[bool]:
        """Return the broadcastable pattern of ``x`` read with this index."""

        def stays_one(bounds: slice, broadcastable: bool) -> bool:
            return broadcastable and keeps_one(bounds)

        return self.arranged(given, gathered_pattern, x.type.broadcastable, stays_one, True)

    def is_plain(self) -> bool:
        """Whether the key has no new axes, and no slices but whole ones."""
        return all(entry in (*GATHERED, WHOLE) for entry in self.key.entries)

    def lowers(self, node):
        return self.is_plain()

    def connection_pattern(self, node):
        return [[i < self.first_given] for i in range(len(node.inputs))]

    def basic_part(self, x: Any, given: Sequence[Any]) -> tuple[Any, Any, Key, list[Any]]:
        """Take the slices and new axes out of an index into ``x``.

        Returns
        -------
        part : variable
            ``x`` read with the slices, with the new axes.
        put_back : callable
            From the part, changed, to ``x`` with it.
        key : Key
            What is left of the index.
        arrays : list
            Its numbers and arrays.
        """
        slices: list[Any] = []
        bounds: list[Any] = []
        arrays: list[Any] = []
        order: list[Any] = []
        for entry, value in zip(self.key.entries, self.key.fill(list(given)), strict=True):
            order.append("x" if entry is None else len(slices))
            if entry in GATHERED:
                arrays.append(value)
                slices.append(WHOLE)
            elif entry is not None:
                bounds += [n for n in (value.start, value.stop, value.step) if n is not None]
                slices.append(entry)
        order += range(len(slices), x.type.ndim)
        basic = Key(tuple(slices))
        left = Key(tuple(entry if entry in GATHERED else WHOLE for entry in self.key.entries))
        part = Subtensor(basic)(x, *bounds) if bounds else x
        opened = DimShuffle(part.type.broadcastable, order)(part)

        def put_back(changed: Any) -> Any:
            axes = [place for place, axis in enumerate(order) if axis != "x"]
            closed = DimShuffle(changed.type.broadcastable, axes)(changed)
            return IncSubtensor(basic, True)(x, closed, *bounds) if bounds else closed

        return opened, put_back, left, arrays

    def host_index(self, node: Apply, shape: Sequence[int], given: Any) -> tuple[Any, ...]:
        """Return the index for NumPy.

        Raises
        ------
        IndexError
            An index is out of range, or the arrays do not fit one another.
        """
        index = self.key.fill([n if np.ndim(n) else int(n) for n in given])
        arrays = []
        for axis, value in self.arrays_by_axis(index):
            value = np.asarray(value)
            bad = out_of_range(value, shape[axis])
            if bad.any():
                raise out_of_bounds(shape[axis], axis, node.source, int(value[bad][0]))
            arrays.append(value)
        gathered_shape(arrays)
        return index

    def device_index(
        self, ctx: Any, shape: Sequence[int], given: Any
    ) -> tuple[tuple[Any, ...], tuple[int, ...]]:
        """Return the index for JAX, checked and without negative numbers, and its part's shape."""
        index: list[Any] = list(self.key.fill(list(given)))
        for axis, value in self.arrays_by_axis(index):
            array = in_range(ctx, value, shape[axis], axis, self.writes_part)
            # An array of no dimension would count as a number in some places and not in others.
            index[axis] = array if array.ndim else array.reshape(1)
        part = self.arranged(given, gathered_shape, shape, lambda _, n: n, 1)
        return tuple(index), tuple(part)

    def arrays_by_axis(self, index: Sequence[Any]) -> list[tuple[int, Any]]:
        """Return the arrays and integers of an index with the axes that they are for."""
        on_axes = [
            (entry, value)
            for entry, value in zip(self.key.entries, index, strict=True)
            if entry is not None
        ]
        return [(axis, v) for axis, (entry, v) in enumerate(on_axes) if entry in GATHERED]

    def __str__(self):
        return f"{type(self).__name__}{{{self.key}}}"


class AdvancedSubtensor(AdvancedIndexing):
    """A part of a tensor by an advanced index: ``x, number or array, …``.

    Raises: IndexError at run time for an index out of range, or arrays of shapes that do not fit.
    """

    def __init__(self, key: Key) -> None:
        self.key = key

    def make_node(self, x: Any, *given: Any) -> Apply:
        x = as_tensor_variable(x)
        indices = self.read_given(x, given)
        kind = TensorType(x.type.dtype, self.part_pattern(x, indices))
        return Apply(self, [x, *indices], [kind()])

    def perform(self, node, inputs, output_storage):
        x, *given = inputs
        output_storage[0][0] = np.array(x[self.host_index(node, x.shape, given)])

    def lower(self, ctx, x, *given):
        index, part = self.device_index(ctx, x.shape, given)
        if 0 in part or 0 in x.shape:
            return jnp.zeros(part, x.dtype)
        z = jnp.asarray(x).at[index].get(mode="promise_in_bounds", wrap_negative_indices=False)
        return lax.reshape(z, part)

    def expand(self, node):
        if self.is_plain():
            return None
        part, _, key, arrays = self.basic_part(node.inputs[0], node.inputs[1:])
        z = AdvancedSubtensor(key)(part, *arrays)
        return [rebroadcast_to(z, node.outputs[0].type.broadcastable)]

    def infer_shape(self, node, shapes):
        gathered = partial(gathered_lengths, dict(zip(node.inputs, shapes, strict=True)))
        given = node.inputs[1:]
        return [tuple(self.arranged(given, gathered, shapes[0], slice_length, np.int64(1)))]

    def L_op(self, inputs, outputs, output_grads):
        x, *given = inputs
        if x.type.dtype in DISCRETE_DTYPES:
            g_x = ew.zeros_like(x, dtype="floatX")
        else:
            g_x = self.writing(False)(ew.zeros_like(x), output_grads[0], *given)
        return [g_x, *[disconnected_type() for _ in given]]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]

    def writing(self, set_instead_of_inc: bool) -> AdvancedIncSubtensor:
        """Return the op that writes with this index."""
        return AdvancedIncSubtensor(self.key, set_instead_of_inc)


class AdvancedSubtensor1(AdvancedSubtensor):
    """Rows of a tensor: ``x, indices (n,) -> (n, …)``.

    ``sparse_grad`` is kept for programs that give it; the gradient is dense.

    Raises: IndexError at run time for an index out of range.
    """

    __props__ = ("sparse_grad",)
    key = ROWS

    def __init__(self, sparse_grad: bool = False) -> None:
        self.sparse_grad = sparse_grad

    def make_node(self, x: Any, ilist: Any) -> Apply:
        return super().make_node(x, as_index_vector(ilist))

    def writing(self, set_instead_of_inc: bool) -> AdvancedIncSubtensor:
        return AdvancedIncSubtensor1(set_instead_of_inc=set_instead_of_inc)

    def __str__(self):
        return "AdvancedSubtensor1"


class AdvancedIncSubtensor(AdvancedIndexing):
    """A tensor with a part, by an advanced index, increased or set: ``x, y, number or array, …``.

    ``y`` is cast to the dtype of ``x`` and repeated to the shape of the part. What is increased at
    several equal indices is increased by all of their values; what is set keeps one of them, the
    last one on the host.

    Raises: IndexError at run time for an index out of range, ValueError where ``y`` does not fit.
    """

    __props__: tuple[str, ...] = ("key", "set_instead_of_inc")
    first_given = 2
    writes_part = True

    def __init__(self, key: Key, set_instead_of_inc: bool = False) -> None:
        self.key = key
        self.set_instead_of_inc = set_instead_of_inc

    def make_node(self, x: Any, y: Any, *given: Any) -> Apply:
        x, y = as_tensor_variable(x), as_tensor_variable(y)
        indices = self.read_given(x, given)
        ndim = len(self.part_pattern(x, indices))
        return Apply(self, [x, written_value(x, y, ndim), *indices], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, y, *given = inputs
        index = self.host_index(node, x.shape, given)
        output_storage[0][0] = written(x, y, index, add=not self.set_instead_of_inc)

    def lower(self, ctx, x, y, *given):
        index, part = self.device_index(ctx, x.shape, given)
        check_fits(y.shape, part)
        if 0 in part or 0 in x.shape:
            return jnp.asarray(x)
        y = jnp.broadcast_to(lax.convert_element_type(y, x.dtype), part)
        here = jnp.asarray(x).at[index]
        if self.set_instead_of_inc:
            write = here.set
        else:
            write = here.max if x.dtype == bool else here.add
        return write(y, mode="drop", wrap_negative_indices=False)

    def expand(self, node):
        x, y, *given = node.inputs
        if self.is_plain():
            z = self.masked(x, y, given)
        else:
            part, put_back, key, arrays = self.basic_part(x, given)
            z = put_back(AdvancedIncSubtensor(key, self.set_instead_of_inc)(part, y, *arrays))
        return None if z is None else [rebroadcast_to(z, x.type.broadcastable)]

    def masked(self, x: Any, y: Any, given: Sequence[Any]) -> Any:
        """Return the result by a choice at every element, where one mask is all of the index.

        Only if ``y`` is the same for all that the mask names, as nothing must be counted then.
        """
        found = mask_of(list(given), x)
        if found is None or set(self.key.kinds()) != {ARRAY}:
            return None
        mask, axis = found
        adds_booleans = x.type.dtype == "bool" and not self.set_instead_of_inc
        if adds_booleans or not y.type.broadcastable[axis]:
            return None
        order = [*range(axis + 1), *["x"] * (mask.type.ndim - 1), *range(axis + 1, y.type.ndim)]
        y = ew.cast(DimShuffle(y.type.broadcastable, order)(y), x.type.dtype)
        after = x.type.ndim - axis - mask.type.ndim
        order = [*["x"] * axis, *range(mask.type.ndim), *["x"] * after]
        mask = ew.neq(DimShuffle(mask.type.broadcastable, order)(mask), 0)
        return ew.switch(mask, y if self.set_instead_of_inc else x + y, x)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        (x, y, *given), (g_z,) = inputs, output_grads
        rest = [disconnected_type() for _ in given]
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX"), ew.zeros_like(y, dtype="floatX"), *rest]
        g_y = SumLike()(self.reading()(g_z, *given), y)
        if self.set_instead_of_inc:
            g_z = self(g_z, np.zeros((), g_z.type.dtype), *given)
        return [g_z, g_y, *rest]

    def R_op(self, inputs, eval_points):
        x, _, *given = inputs
        r_x, r_y = eval_points[:2]
        if (r_x is None and r_y is None) or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        r_x = ew.zeros_like(x) if r_x is None else r_x
        r_y = np.zeros((), x.type.dtype) if r_y is None else r_y
        return [self(r_x, r_y, *given)]

    def reading(self) -> AdvancedSubtensor:
        """Return the op that reads with this index."""
        return AdvancedSubtensor(self.key)

    def __str__(self):
        kind = "Set" if self.set_instead_of_inc else "Inc"
        return f"Advanced{kind}Subtensor{{{self.key}}}"


class AdvancedIncSubtensor1(AdvancedIncSubtensor):
    """A tensor with rows increased or set: ``x, y, indices (n,) -> x.shape``.

    ``inplace`` is kept for programs that give it: what is updated in place is decided elsewhere.

    Raises: as AdvancedIncSubtensor.
    """

    __props__ = ("set_instead_of_inc",)
    key = ROWS

    def __init__(self, inplace: bool = False, set_instead_of_inc: bool = False) -> None:
        self.set_instead_of_inc = set_instead_of_inc

    def make_node(self, x: Any, y: Any, ilist: Any) -> Apply:
        return super().make_node(x, y, as_index_vector(ilist))

    def reading(self) -> AdvancedSubtensor:
        return AdvancedSubtensor1()

    def __str__(self):
        return f"Advanced{'Set' if self.set_instead_of_inc else 'Inc'}Subtensor1"


advanced_subtensor1 = AdvancedSubtensor1()
advanced_inc_subtensor1 = AdvancedIncSubtensor1()
advanced_set_subtensor1 = AdvancedIncSubtensor1(set_instead_of_inc=True)


def as_index_array(value: Any) -> Any:
    """Return an index of at least one dimension as an integer tensor.

    Raises
    ------
    TypeError
        It does not hold integers.
    """
    if isinstance(value, (list, tuple, np.ndarray)) and np.size(value) == 0:
        value = np.asarray(value, dtype="int64")
    value = as_tensor_variable(value)
    if value.type.dtype not in INTEGER_DTYPES or value.type.ndim == 0:
        raise usage_error(
            TypeError,
            "a tensor was indexed with an array of something else than integers",
            expected="integers, or a mask of dtype bool",
            got=value,
        )
    return value


def as_index_vector(value: Any) -> Any:
    """Return ``value`` as an integer vector, or raise TypeError."""
    value = as_index_array(value)
    if value.type.ndim != 1:
        raise usage_error(
            TypeError, "rows are named by a vector", expected="1 dimension", got=value
        )
    return value


def gathered_pattern(arrays: Sequence[Any]) -> list[bool]:
    """Return which dimensions of broadcast index arrays are known to be of length 1."""
    patterns = [array.type.broadcastable for array in arrays]
    return [
        all(p[-k] for p in patterns if len(p) >= k) for k in range(max(map(len, patterns)), 0, -1)
    ]


def gathered_lengths(shape_of: Mapping[Any, Any], arrays: Sequence[Any]) -> list[Any]:
    """Return the lengths of broadcast index arrays as int64 scalars."""

    def common(n: Any, m: Any) -> Any:
        return ew.switch(ew.eq(n, 1), m, n)

    lengths: list[Any] = []
    arrays = list(dict.fromkeys(arrays))
    for k in range(max(array.type.ndim for array in arrays), 0, -1):
        along = [a for a in arrays if a.type.ndim >= k and not a.type.broadcastable[-k]]
        lengths.append(reduce(common, [shape_of[a][-k] for a in along]) if along else np.int64(1))
    return lengths


def gathered_shape(arrays: Sequence[Any]) -> tuple[int, ...]:
    """Return the shape of broadcast index arrays.

    Raises
    ------
    IndexError
        They do not fit one another.
    """
    shapes = [np.shape(array) for array in arrays]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise usage_error(
            IndexError,
            "the arrays of an index cannot be repeated to one shape",
            expected="lengths that are equal or 1",
            got="shapes " + ", ".join(map(str, shapes)),
        ) from None


def out_of_range(index: Any, length: int) -> Any:
    """Return where an index is too low or too high, as a boolean array."""
    return (index < -length) | (index >= length)


def in_range(ctx: Any, index: Any, length: int, axis: int, writes: bool) -> Any:
    """Return an index as int64 without negative numbers, once it is checked.

    One that is not known yet makes the call raise IndexError. What is read then is anything; what
    is written goes nowhere, as all of the index is put beyond the end.
    """
    error: Callable[[int], IndexError] = partial(out_of_bounds, length, axis, ctx.node.source)
    if isinstance(index, (np.ndarray, np.generic)):
        bad = out_of_range(index, length)
        if np.any(bad):
            raise error(int(np.asarray(index)[bad][0]))
        index = np.asarray(index).astype("int64")
        return np.where(index < 0, index + length, index)
    if index.dtype == "uint64":
        index = lax.min(index, jnp.full_like(index, np.iinfo("int64").max))
    index = lax.convert_element_type(index, "int64")
    if index.size == 0:
        return index
    flat = lax.reshape(index, (index.size,))
    # The least place that is bad: a reduction that XLA vectorizes, unlike argmax.
    places = jnp.where(out_of_range(flat, length), lax.iota("int64", index.size), index.size)
    first = jnp.min(places)
    is_good = first == index.size
    ctx.check(is_good, flat[jnp.minimum(first, index.size - 1)], error)
    index = jnp.where(index < 0, index + length, index)
    return jnp.where(is_good, index, length) if writes else index
