"""Parts of tensors at places that move: what basic indexing becomes before it is lowered.

Of a slice with symbolic bounds only its length and its step fix a shape. So ``x[a:b]`` becomes a
window of a given first place, length and step: one program serves all windows of one length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op, Variable
from theano.graph.op import DisconnectedOp
from theano.scalar.type import COMPLEX_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.sizes import ShapeI
from theano.tensor.type import TensorType

INT64 = TensorType("int64", [])


class SliceRange(DisconnectedOp):
    """The places that a slice takes: given bounds and a length ``->`` first, count, step.

    Parameters
    ----------
    given : tuple of bool
        Which of start, stop and step the node has inputs for, before the length.

    Raises: ValueError for a step of zero.
    """

    __props__ = ("given",)
    before_launch = True

    def __init__(self, given: tuple[bool, bool, bool]) -> None:
        self.given = given

    def make_node(self, *numbers: Any) -> Apply:
        return Apply(self, [as_tensor_variable(n) for n in numbers], [INT64(), INT64(), INT64()])

    def plain(self, node: Apply) -> Callable[..., tuple[int, int, int]]:
        """Return ``perform`` on plain numbers."""
        given = self.given

        def places(*numbers: int) -> tuple[int, int, int]:
            rest = iter(numbers)
            bounds = [next(rest) if is_given else None for is_given in given]
            taken = range(*slice(*bounds).indices(next(rest)))
            return taken.start, len(taken), taken.step

        def forward(start: int, stop: int, length: int) -> tuple[int, int, int]:
            if start < 0:
                start = max(start + length, 0)
            if stop < 0:
                stop += length
            elif stop > length:
                stop = length
            return start, stop - start if stop > start else 0, 1

        return forward if given == (True, True, False) else places

    def perform(self, node, inputs, output_storage):
        numbers = self.plain(node)(*map(int, inputs))
        for storage, number in zip(output_storage, numbers, strict=True):
            storage[0] = np.asarray(number, dtype="int64")

    def lower(self, ctx, *inputs):
        *bounds, length = (jnp.asarray(n).astype("int64") for n in inputs)
        rest = iter(bounds)
        start, stop, step = (next(rest) if is_given else None for is_given in self.given)
        step = jnp.asarray(np.int64(1)) if step is None else step
        forward = step > 0
        lowest = jnp.where(forward, np.int64(0), np.int64(-1))
        highest = jnp.where(forward, length, length - 1)

        def place(bound: Any, default: Any) -> Any:
            if bound is None:
                return default
            return jnp.clip(jnp.where(bound < 0, bound + length, bound), lowest, highest)

        first = place(start, jnp.where(forward, lowest, highest))
        last = place(stop, jnp.where(forward, highest, lowest))
        count = -((first - last) // step)
        return first, jnp.maximum(count, np.int64(0)), step

    def infer_shape(self, node, shapes):
        return [(), (), ()]


class WrapIndex(DisconnectedOp):
    """An index into a dimension, counted from its start: index, length ``->`` place.

    Parameters
    ----------
    axis : int
        For the error.

    Raises: IndexError where the index is out of range.
    """

    __props__ = ("axis",)
    before_launch = True

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def make_node(self, index: Any, length: Any) -> Apply:
        return Apply(self, [as_tensor_variable(index), as_tensor_variable(length)], [INT64()])

    def error(self, index: int, length: int, source: Any) -> IndexError:
        """Return what is raised for an index that is out of range."""
        return usage_error(
            IndexError,
            "a tensor was indexed out of bounds",
            expected=f"an index from {-length} to {length - 1} along axis {self.axis}",
            got=f"{index}" + (f" at {source}" if source else ""),
        )

    def plain(self, node: Apply) -> Callable[[int, int], tuple[int]]:
        """Return ``perform`` on plain numbers."""

        def place(index: int, length: int) -> tuple[int]:
            if -length <= index < length:
                return (index + length if index < 0 else index,)
            raise self.error(index, length, node.source)

        return place

    def perform(self, node, inputs, output_storage):
        (place,) = self.plain(node)(int(inputs[0]), int(inputs[1]))
        output_storage[0][0] = np.asarray(place, dtype="int64")

    def lower(self, ctx, index, length):
        index = lax.convert_element_type(index, "int64")
        source = ctx.node.source
        if ctx.is_static(1):
            size = int(length)
            ctx.check(
                (index >= -size) & (index < size),
                index,
                lambda bad: self.error(bad, size, source),
            )
        return jnp.where(index < 0, index + length, index)

    def infer_shape(self, node, shapes):
        return [()]


class Windowed(Op):
    """What reading and writing a window share.

    Parameters
    ----------
    dropped : tuple of bool
        For each dimension that is indexed, whether the result lacks it.

    The numbers of a node are first, count and step of each dimension that is indexed, one after
    another.
    """

    __props__: tuple[str, ...] = ("dropped",)
    first_number = 1
    """Which input is the first number."""

    def __init__(self, dropped: tuple[bool, ...]) -> None:
        self.dropped = dropped

    def static_inputs(self, node):
        # Not the first places: they move.
        return [
            i for i in range(self.first_number, len(node.inputs)) if (i - self.first_number) % 3
        ]

    def connection_pattern(self, node):
        return [[i < self.first_number] for i in range(len(node.inputs))]

    def bounds(self, numbers: Sequence[Any], shape: Sequence[int]) -> list[tuple[Any, int, int]]:
        """Return first, count and step of every dimension; the counts and steps as integers."""
        bounds = [
            (numbers[i], int(numbers[i + 1]), int(numbers[i + 2]))
            for i in range(0, len(numbers), 3)
        ]
        return bounds + [(0, n, 1) for n in shape[len(bounds) :]]

    def index(self, numbers: Sequence[Any]) -> tuple[Any, ...]:
        """Return the window as an index for NumPy."""
        entries = []
        for drop, (first, count, step) in zip(self.dropped, self.bounds(numbers, ()), strict=True):
            first = int(first)
            stop = first + count * step
            places = slice(first, None if stop < 0 else stop, step)
            entries.append(first if drop else places if count else slice(0, 0))
        return tuple(entries)

    def result_shape(self, bounds: Sequence[tuple[Any, int, int]]) -> tuple[int, ...]:
        """Return the shape of the part."""
        dropped = [*self.dropped, *[False] * (len(bounds) - len(self.dropped))]
        return tuple(count for (_, count, _), d in zip(bounds, dropped, strict=True) if not d)


def spans(bounds: Sequence[tuple[Any, int, int]]) -> tuple[list[Any], list[int]]:
    """Return, for each dimension, the lowest place of a window and how far it reaches."""
    starts, lengths = [], []
    for first, count, step in bounds:
        reach = (count - 1) * abs(step) + 1 if count else 0
        low = first + (count - 1) * step if step < 0 and count else first
        starts.append(lax.convert_element_type(low, "int64"))
        lengths.append(reach)
    return starts, lengths


def thin(x: Any, bounds: Sequence[tuple[Any, int, int]]) -> Any:
    """Return every ``step``-th element of a span, in the order of the window."""
    steps = [abs(step) for _, _, step in bounds]
    if any(step != 1 for step in steps):
        x = lax.slice(x, [0] * x.ndim, x.shape, steps)
    backward = [i for i, (_, _, step) in enumerate(bounds) if step < 0]
    return lax.rev(x, backward) if backward else x


class Window(Windowed):
    """A part of a tensor: ``x, (first, count, step) …``; see ``Windowed``."""

    def make_node(self, x: Any, *numbers: Any) -> Apply:
        pattern = [False] * self.dropped.count(False)
        kind = TensorType(x.type.dtype, [*pattern, *x.type.broadcastable[len(self.dropped) :]])
        return Apply(self, [x, *map(as_tensor_variable, numbers)], [kind()])

    def perform(self, node, inputs, output_storage):
        x, *numbers = inputs
        output_storage[0][0] = np.array(x[self.index(numbers)])

    def lower(self, ctx, x, *numbers):
        bounds = self.bounds(numbers, x.shape)
        starts, lengths = spans(bounds)
        z = thin(lax.dynamic_slice(x, starts, lengths), bounds)
        return lax.reshape(z, self.result_shape(bounds))

    def infer_shape(self, node, shapes):
        counts = node.inputs[2::3]
        kept = [n for n, drop in zip(counts, self.dropped, strict=True) if not drop]
        return [(*kept, *shapes[0][len(self.dropped) :])]


class WriteWindow(Windowed):
    """A tensor with a part set or increased: ``x, y, (first, count, step) …``.

    ``y`` has the rank of the part, and is repeated to its shape.
    """

    __props__ = ("dropped", "add")
    first_number = 2
    writes_part = True

    def __init__(self, dropped: tuple[bool, ...], add: bool) -> None:
        super().__init__(dropped)
        self.add = add

    def make_node(self, x: Any, y: Any, *numbers: Any) -> Apply:
        return Apply(self, [x, y, *map(as_tensor_variable, numbers)], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, y, *numbers = inputs
        output_storage[0][0] = written(x, y, self.index(numbers), self.add)

    def lower(self, ctx, x, y, *numbers):
        bounds = self.bounds(numbers, x.shape)
        return write_window(x, y, bounds, self.result_shape(bounds), self.add)

    def infer_shape(self, node, shapes):
        return [shapes[0]]


def written(x: Any, y: Any, index: tuple[Any, ...], add: bool) -> np.ndarray:
    """Return a copy of ``x`` with ``y`` set or added at an index, with NumPy.

    Raises
    ------
    ValueError
        ``y`` cannot be repeated to the part.
    """
    z = np.array(x)
    check_fits(np.shape(y), z[index].shape)
    with np.errstate(all="ignore"):
        y = np.asarray(y).astype(z.dtype)
    if not add:
        z[index] = y
    elif any(isinstance(entry, np.ndarray) for entry in index):
        np.add.at(z, index, y)  # counts equal indices as often as they come
    else:
        z[index] += y
    return z


def write_window(
    x: Any, y: Any, bounds: Sequence[tuple[Any, int, int]], part: tuple[int, ...], add: bool
) -> Any:
    """Return ``x`` with ``y`` set or added in a window, in JAX.

    Parameters
    ----------
    x, y : arrays
    bounds : sequence of tuples
        First place, count and step for each dimension of ``x``.
    part : tuple of int
        The shape of what the window shows, to which ``y`` is repeated.
    add : bool

    Raises
    ------
    ValueError
        ``y`` cannot be repeated to the part.
    """
    check_fits(y.shape, part)
    counts = [count for _, count, _ in bounds]
    if 0 in counts:
        return x
    y = lax.convert_element_type(y, x.dtype)
    new = lax.reshape(lax.broadcast_in_dim(y, part, tuple(range(len(part)))), counts)
    starts, lengths = spans(bounds)
    span = lax.dynamic_slice(x, starts, lengths)
    if add:
        old = thin(span, bounds)
        new = lax.bitwise_or(old, new) if x.dtype == bool else lax.add(old, new)
    backward = [i for i, (_, _, step) in enumerate(bounds) if step < 0]
    new = lax.rev(new, backward) if backward else new
    steps = [abs(step) for _, _, step in bounds]
    if any(step != 1 for step in steps):
        spread = [(0, 0, step - 1) for step in steps]
        here = lax.pad(np.ones(new.shape, bool), np.zeros((), bool), spread)
        new = lax.select(here, lax.pad(new, np.zeros((), x.dtype), spread), span)
    return lax.dynamic_update_slice(x, new, starts)


def check_fits(y_shape: Sequence[int], part: Sequence[int]) -> None:
    """Raise ValueError unless a value can be repeated to the shape of a part."""
    if any(n not in (1, m) for n, m in zip(y_shape, part, strict=True)):
        raise usage_error(
            ValueError,
            "a value cannot be repeated to the part of a tensor that it goes into",
            expected=f"shape {tuple(part)}, or 1 for some lengths",
            got=f"shape {tuple(y_shape)}",
        )


def written_value(x: Any, y: Any, ndim: int) -> Any:
    """Return what goes into a part of ``ndim`` dimensions of ``x``, with as many dimensions.

    Raises
    ------
    TypeError
        ``y`` has more, or is complex where ``x`` is not.
    """
    if y.type.ndim > ndim:
        raise usage_error(
            TypeError,
            f"a part of {ndim} dimensions cannot take a value of {y.type.ndim}",
            expected=f"at most {ndim} dimensions",
            got=y,
        )
    if y.type.dtype in COMPLEX_DTYPES and x.type.dtype not in COMPLEX_DTYPES:
        raise usage_error(
            TypeError,
            "a complex value cannot go into a tensor that is not",
            expected=x.type.dtype,
            got=y,
            fix="take its real part",
        )
    return as_tensor_variable(y, ndim=ndim)


def window_of(x: Variable, index: Sequence[Any]) -> tuple[tuple[bool, ...], list[Variable]]:
    """Return what a basic index is as a window: which dimensions it drops, and the numbers.

    Parameters
    ----------
    x : tensor
    index : sequence of variables and slices of variables
        One entry a dimension, from the first.
    """
    dropped, numbers = [], []
    for axis, entry in enumerate(index):
        length = ShapeI(axis)(x)
        dropped.append(not isinstance(entry, slice))
        if not isinstance(entry, slice):
            numbers += [WrapIndex(axis)(entry, length), np.int64(1), np.int64(1)]
            continue
        bounds = (entry.start, entry.stop, entry.step)
        if all(b is None for b in bounds):
            numbers += [np.int64(0), length, np.int64(1)]
            continue
        start, stop, step = (b is not None for b in bounds)
        op = SliceRange((start, stop, step))
        first, count, by = op(*[b for b in bounds if b is not None], length)
        numbers += [first, count, by if step else np.int64(1)]
    return tuple(dropped), [as_tensor_variable(n) for n in numbers]
