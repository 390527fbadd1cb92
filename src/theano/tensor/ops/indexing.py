"""Basic indexing: integers, slices, new axes and ellipsis, read and written."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op, Variable
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

__all__ = ["inc_subtensor", "set_subtensor"]

INDEX = "i"
"""Stands, in a key, for an index or a slice bound that is an input of the node."""


class Key:
    """The form of a basic index: what is an integer, what is a slice, which bounds are given.

    The numbers themselves are inputs of the node, in the order of the key.
    """

    def __init__(self, entries: tuple[Any, ...]) -> None:
        self.entries = entries

    def fill(self, numbers: list[Any]) -> tuple[Any, ...]:
        """Return the index with ``numbers`` in the places of its inputs."""
        rest = iter(numbers)

        def number(place: Any) -> Any:
            return None if place is None else next(rest)

        return tuple(
            slice(number(e[0]), number(e[1]), number(e[2])) if isinstance(e, tuple) else number(e)
            for e in self.entries
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.entries == other.entries

    def __hash__(self) -> int:
        return hash(self.entries)

    def __str__(self) -> str:
        def bound(place: Any) -> str:
            return "" if place is None else "int"

        return ",".join(
            ":".join(map(bound, e)).removesuffix(":") if isinstance(e, tuple) else "int"
            for e in self.entries
        )

    __repr__ = __str__


class BasicIndexing(Op):
    """What reading and writing with a basic index share."""

    __props__: tuple[str, ...] = ("key",)
    first_number = 1

    def __init__(self, key: Key) -> None:
        self.key = key

    def index(self, ctx: Any, numbers: Any) -> tuple[Any, ...]:
        """Return the index as NumPy would have it, from static numbers."""
        return self.key.fill(
            [int(ctx.static(self.first_number + i)) for i in range(len(numbers))]
        )

    def of_values(self, numbers: Any) -> tuple[Any, ...]:
        """Return the index from values."""
        return self.key.fill([int(n) for n in numbers])

    def result_pattern(self, x: Any, numbers: Any) -> list[bool]:
        """Return the broadcastable pattern of ``x`` read with this index."""
        pattern = []
        filled = self.key.fill(list(numbers))
        for axis, entry in enumerate(filled):
            if not isinstance(entry, slice):
                continue
            bounds = [b if b is None else getattr(b, "data", "?") for b in
                      (entry.start, entry.stop, entry.step)]
            known = bool(x.type.broadcastable[axis])
            if known and all(b is None or not isinstance(b, str) for b in bounds):
                known = len(range(1)[slice(*[None if b is None else int(b) for b in bounds])]) == 1
            elif known:
                known = False
            pattern.append(known)
        return pattern + list(x.type.broadcastable[len(filled):])


class Subtensor(BasicIndexing):
    """A part of a tensor by a basic index: ``x, number, …``.

    Raises: IndexError at run time for an integer out of range.
    """

    def make_node(self, x: Any, *numbers: Any) -> Apply:
        x = as_tensor_variable(x)
        if len(self.key.entries) > x.type.ndim:
            raise usage_error(
                IndexError,
                "a tensor was indexed with too many indices",
                expected=f"at most {x.type.ndim}",
                got=f"{len(self.key.entries)} on {x} of type {x.type}",
            )
        numbers = tuple(as_index(n) for n in numbers)
        pattern = self.result_pattern(x, numbers)
        return Apply(self, [x, *numbers], [TensorType(x.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        x, *numbers = inputs
        output_storage[0][0] = np.array(x[self.of_values(numbers)])

    def lower(self, ctx, x, *numbers):
        index = self.index(ctx, numbers)
        check_bounds(ctx.node, index, x.shape)
        return x[index]

    def infer_shape(self, node, shapes):
        filled = self.key.fill(list(node.inputs[1:]))
        out: list[Any] = []
        for entry, length in zip(filled, shapes[0], strict=False):
            if isinstance(entry, slice):
                out.append(slice_length(entry, length))
        return [(*out, *shapes[0][len(filled):])]

    def connection_pattern(self, node):
        return [[True]] + [[False]] * (len(node.inputs) - 1)

    def L_op(self, inputs, outputs, output_grads):
        x, *numbers = inputs
        if x.type.dtype in DISCRETE_DTYPES:
            g_x = ew.zeros_like(x, dtype="floatX")
        else:
            zeros = ew.zeros_like(x)
            g_x = IncSubtensor(self.key, set_instead_of_inc=False)(
                zeros, output_grads[0], *numbers
            )
        return [g_x, *[disconnected_type() for _ in numbers]]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]

    def __str__(self):
        return f"Subtensor{{{self.key}}}"


class IncSubtensor(BasicIndexing):
    """A tensor with a part, by a basic index, increased or set: ``x, y, number, …``."""

    __props__ = ("key", "set_instead_of_inc")
    first_number = 2

    def __init__(self, key: Key, set_instead_of_inc: bool = False) -> None:
        super().__init__(key)
        self.set_instead_of_inc = set_instead_of_inc

    def make_node(self, x: Any, y: Any, *numbers: Any) -> Apply:
        x, y = as_tensor_variable(x), as_tensor_variable(y)
        numbers = tuple(as_index(n) for n in numbers)
        part = self.result_pattern(x, numbers)
        if y.type.ndim > len(part):
            raise ValueError(
                f"a value of {y.type.ndim} dimensions cannot go into a part of {len(part)}"
            )
        y = as_tensor_variable(y, ndim=len(part))
        if upcast(x.type.dtype, y.type.dtype) != x.type.dtype:
            raise usage_error(
                TypeError,
                "a value does not fit into a tensor of a smaller dtype",
                expected=f"a value that {x.type.dtype} can hold",
                got=y,
                fix=f"cast it: theano.tensor.cast(y, '{x.type.dtype}')",
            )
        return Apply(self, [x, y, *numbers], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, y, *numbers = inputs
        z = np.array(x)
        index = self.of_values(numbers)
        if self.set_instead_of_inc:
            z[index] = y
        else:
            z[index] += np.asarray(y, dtype=z.dtype)
        output_storage[0][0] = z

    def lower(self, ctx, x, y, *numbers):
        index = self.index(ctx, numbers)
        check_bounds(ctx.node, index, x.shape)
        at = jnp.asarray(x).at[index]
        y = jnp.asarray(y).astype(x.dtype)
        return at.set(y) if self.set_instead_of_inc else at.add(y)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def connection_pattern(self, node):
        return [[True], [True]] + [[False]] * (len(node.inputs) - 2)

    def L_op(self, inputs, outputs, output_grads):
        from theano.tensor.elemwise import unbroadcast_grad

        (x, y, *numbers), (g_z,) = inputs, output_grads
        rest = [disconnected_type() for _ in numbers]
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX"), ew.zeros_like(y, dtype="floatX"), *rest]
        g_y = unbroadcast_grad(Subtensor(self.key)(g_z, *numbers), y)
        if self.set_instead_of_inc:
            g_x = IncSubtensor(self.key, True)(g_z, ew.zeros_like(y), *numbers)
        else:
            g_x = g_z
        return [g_x, g_y, *rest]

    def R_op(self, inputs, eval_points):
        x, y, *numbers = inputs
        r_x, r_y = eval_points[:2]
        if r_x is None and r_y is None:
            return [None]
        r_x = ew.zeros_like(x) if r_x is None else r_x
        r_y = ew.zeros_like(y) if r_y is None else r_y
        return [self(r_x, r_y, *numbers)]

    def __str__(self):
        kind = "SetSubtensor" if self.set_instead_of_inc else "IncSubtensor"
        return f"{kind}{{{self.key}}}"


def slice_length(bounds: slice, length: Any) -> Any:
    """Return how many elements a slice takes of a dimension, symbolically, as Python counts them."""
    if bounds.start is None and bounds.stop is None and bounds.step is None:
        return length
    step = as_tensor_variable(np.int64(1) if bounds.step is None else bounds.step)
    forward = ew.FUNCTIONS["gt"](step, 0)
    low = ew.switch(forward, np.int64(0), np.int64(-1))
    high = ew.switch(forward, length, length - np.int64(1))

    def clipped(bound: Any, default: Any) -> Any:
        if bound is None:
            return default
        wrapped = ew.switch(ew.FUNCTIONS["lt"](bound, 0), bound + length, bound)
        return ew.clip(wrapped, low, high)

    start = clipped(bounds.start, ew.switch(forward, low, high))
    stop = clipped(bounds.stop, ew.switch(forward, high, low))
    span = ew.switch(forward, stop - start, start - stop)
    count = (span + abs(step) - np.int64(1)) // abs(step)
    return ew.FUNCTIONS["maximum"](count, np.int64(0))


def check_bounds(node: Apply, index: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    """Raise IndexError where an integer of a static index is out of range."""
    for axis, (entry, length) in enumerate(zip(index, shape, strict=False)):
        if isinstance(entry, int) and not -length <= entry < length:
            raise usage_error(
                IndexError,
                "a tensor was indexed out of bounds",
                expected=f"an index from {-length} to {length - 1} along axis {axis}",
                got=f"{entry}" + (f" at {node.source}" if node.source else ""),
            )


def as_index(n: Any) -> Any:
    """Return an index or a slice bound as an integer scalar.

    Raises
    ------
    TypeError
        It is no integer scalar.
    """
    n = as_tensor_variable(np.int64(n) if isinstance(n, (int, np.integer)) else n)
    if n.type.ndim or n.type.dtype not in DISCRETE_DTYPES or n.type.dtype == "bool":
        raise usage_error(
            TypeError, "a tensor was indexed with something else than integers", got=n
        )
    return n


def parse(x: Any, item: Any) -> tuple[Any, Key, list[Any]]:
    """Read an index as written in brackets.

    Returns
    -------
    x : TensorVariable
        The tensor with the new axes that the index asks for.
    key : Key
    numbers : list
        The integers and slice bounds, in the order of the key.

    Raises
    ------
    IndexError
        There are too many indices.
    NotImplementedError
        The index needs advanced indexing.
    """
    entries = list(item) if isinstance(item, tuple) else [item]
    if sum(e is Ellipsis for e in entries) > 1:
        raise IndexError("an index can have only one ellipsis")
    n_given = sum(e is not None and e is not Ellipsis for e in entries)
    if n_given > x.type.ndim:
        raise usage_error(
            IndexError,
            "a tensor was indexed with too many indices",
            expected=f"at most {x.type.ndim}",
            got=f"{n_given} on {x} of type {x.type}",
        )
    if Ellipsis in [e for e in entries if not isinstance(e, (Variable, np.ndarray))]:
        at = next(i for i, e in enumerate(entries) if e is Ellipsis)
        entries[at : at + 1] = [slice(None)] * (x.type.ndim - n_given)
    if any(e is None for e in entries):
        axes = iter(range(x.type.ndim))
        order: list[Any] = ["x" if e is None else next(axes) for e in entries]
        x = DimShuffle(x.type.broadcastable, [*order, *axes])(x)
        entries = [slice(None) if e is None else e for e in entries]
    while entries and isinstance(entries[-1], slice) and entries[-1] == slice(None):
        entries.pop()
    form: list[Any] = []
    numbers: list[Any] = []

    def place(n: Any) -> str | None:
        if n is None:
            return None
        if isinstance(n, Constant) and n.type.ndim == 0:
            n = int(n.data)
        numbers.append(as_index(n))
        return INDEX

    for entry in entries:
        if isinstance(entry, slice):
            form.append((place(entry.start), place(entry.stop), place(entry.step)))
        elif isinstance(entry, (int, np.integer)) and not isinstance(entry, bool):
            form.append(place(entry))
        elif isinstance(entry, Variable) and entry.type.ndim == 0:
            form.append(place(entry))
        else:
            raise NotImplementedError(
                f"advanced indexing, here with {entry!r}, is not supported yet: use integers and"
                " slices"
            )
    return x, Key(tuple(form)), numbers


def getitem(x: Any, item: Any) -> Any:
    """Return ``x[item]``."""
    x, key, numbers = parse(x, item)
    return Subtensor(key)(x, *numbers) if key.entries else x


def set_subtensor(x: Any, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False):
    """Return the tensor that ``x`` is a part of, with that part set to ``y``.

    Parameters
    ----------
    x : variable that indexing made, such as ``a[1:3]``
    y : tensor that broadcasts to it

    Raises
    ------
    TypeError
        ``x`` is not a part of another tensor.
    """
    return _write(x, y, set_instead_of_inc=True)


def inc_subtensor(
    x: Any,
    y: Any,
    inplace: bool = False,
    set_instead_of_inc: bool = False,
    tolerate_inplace_aliasing: bool = False,
):
    """Return the tensor that ``x`` is a part of, with that part increased by ``y``."""
    return _write(x, y, set_instead_of_inc)


def _write(part: Any, y: Any, set_instead_of_inc: bool) -> Any:
    node = part.owner
    if node is None or not isinstance(node.op, Subtensor):
        raise usage_error(
            TypeError,
            "set_subtensor and inc_subtensor need a part of a tensor",
            expected="the result of indexing, such as x[1:3]",
            got=part,
        )
    whole, *numbers = node.inputs
    return IncSubtensor(node.op.key, set_instead_of_inc)(whole, y, *numbers)
