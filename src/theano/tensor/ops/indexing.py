"""Basic indexing: integers, slices, new axes and ellipsis, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.basic_index import (
    Key,
    as_index,
    keeps_one,
    key_of_form,
    slice_length,
    too_many_indices,
)
from theano.tensor.ops.shape import SumLike
from theano.tensor.ops.sizes import vector_elements
from theano.tensor.ops.windows import (
    Window,
    WriteWindow,
    window_of,
    write_window,
    written,
    written_value,
)
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = ["IncSubtensor", "Subtensor"]


class BasicIndexing(Op):
    """What reading and writing with a basic index share.

    Parameters
    ----------
    key : Key or sequence
        The form of the index. In a sequence, a slice stands for a slice, with None where it has no
        bound, and anything else for a number; what they are is given by the inputs.
    """

    __props__: tuple[str, ...] = ("key",)
    first_number = 1
    """Which input is the first number of the index."""

    def __init__(self, key: Key | Sequence[Any]) -> None:
        self.key = key if isinstance(key, Key) else key_of_form(key)

    def read_numbers(self, x: Any, numbers: Any) -> list[Any]:
        """Return the numbers of an index into ``x`` as integer scalars.

        Raises
        ------
        IndexError
            ``x`` has fewer dimensions.
        TypeError
            One is no integer.
        ValueError
            A slice has a step of zero.
        """
        if len(self.key.entries) > x.type.ndim:
            raise too_many_indices(x, len(self.key.entries))
        scalars = [as_index(n) for n in numbers]
        for entry in self.key.fill(scalars):
            step = entry.step if isinstance(entry, slice) else None
            if isinstance(step, Constant) and int(step.data) == 0:
                raise usage_error(
                    ValueError, "a slice was given a step of zero", expected="another step", got=x
                )
        return scalars

    def index(self, node: Apply, numbers: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the index as NumPy takes it.

        Raises
        ------
        IndexError
            An integer is out of range.
        """
        index = self.key.fill([int(n) for n in numbers])
        for axis, (entry, length) in enumerate(zip(index, shape, strict=False)):
            if isinstance(entry, int) and not -length <= entry < length:
                raise usage_error(
                    IndexError,
                    "a tensor was indexed out of bounds",
                    expected=f"an index from {-length} to {length - 1} along axis {axis}",
                    got=f"{entry}" + (f" at {node.source}" if node.source else ""),
                )
        return index

    def static_index(self, ctx: Any, shape: tuple[int, ...], n_numbers: int) -> tuple[Any, ...]:
        """Return the index of a node that is being lowered."""
        numbers = [ctx.static(self.first_number + i) for i in range(n_numbers)]
        return self.index(ctx.node, numbers, shape)

    def result_pattern(self, x: Any, numbers: Any) -> list[bool]:
        """Return the broadcastable pattern of ``x`` read with this index."""
        filled = self.key.fill(list(numbers))
        pattern = [
            x.type.broadcastable[axis] and keeps_one(entry)
            for axis, entry in enumerate(filled)
            if isinstance(entry, slice)
        ]
        return [*pattern, *x.type.broadcastable[len(filled) :]]

    def static_inputs(self, node):
        return range(self.first_number, len(node.inputs))

    def window(self, node: Apply) -> tuple[tuple[bool, ...], list[Any]] | None:
        """Return the index as a window, unless all of its numbers are constants."""
        numbers = node.inputs[self.first_number :]
        if all(isinstance(n, Constant) for n in numbers):
            return None
        return window_of(node.inputs[0], self.key.fill(list(numbers)))

    def connection_pattern(self, node):
        return [[i < self.first_number] for i in range(len(node.inputs))]


class Subtensor(BasicIndexing):
    """A part of a tensor by a basic index: ``x, number, …``.

    Raises: IndexError at run time for an integer out of range.
    """

    def make_node(self, x: Any, *numbers: Any) -> Apply:
        x = as_tensor_variable(x)
        scalars = self.read_numbers(x, numbers)
        pattern = self.result_pattern(x, scalars)
        return Apply(self, [x, *scalars], [TensorType(x.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        x, *numbers = inputs
        output_storage[0][0] = np.array(x[self.index(node, numbers, x.shape)])

    def lower(self, ctx, x, *numbers):
        return x[self.static_index(ctx, x.shape, len(numbers))]

    def expand(self, node):
        window = self.window(node)
        if window is None:
            return None
        part = Window(window[0])(node.inputs[0], *window[1])
        return [rebroadcast_to(part, node.outputs[0].type.broadcastable)]

    def infer_shape(self, node, shapes):
        filled = self.key.fill(list(node.inputs[1:]))
        sliced = [
            slice_length(entry, length)
            for entry, length in zip(filled, shapes[0], strict=False)
            if isinstance(entry, slice)
        ]
        return [(*sliced, *shapes[0][len(filled) :])]

    def vector_elements(self, node: Apply) -> list[Any] | None:
        """Return the elements that a slice takes of a vector, where both are known."""
        elements = self._of_vector(node)
        return elements if isinstance(elements, list) else None

    def vector_element(self, node: Apply) -> Any:
        """Return the element of a vector that is read, where it is known, else None."""
        element = self._of_vector(node)
        return None if isinstance(element, list) else element

    def _of_vector(self, node: Apply) -> Any:
        x, *numbers = node.inputs
        if x.type.ndim != 1 or not all(isinstance(n, Constant) for n in numbers):
            return None
        elements = vector_elements(x)
        index = self.key.fill([int(n.data) for n in numbers])
        if elements is None or not index:
            return elements
        try:
            return elements[index[0]]
        except IndexError:
            return None

    def L_op(self, inputs, outputs, output_grads):
        x, *numbers = inputs
        if x.type.dtype in DISCRETE_DTYPES:
            g_x = ew.zeros_like(x, dtype="floatX")
        else:
            g_x = IncSubtensor(self.key)(ew.zeros_like(x), output_grads[0], *numbers)
        return [g_x, *[disconnected_type() for _ in numbers]]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]

    def __str__(self):
        return f"Subtensor{{{self.key}}}"


class IncSubtensor(BasicIndexing):
    """A tensor with a part, by a basic index, increased or set: ``x, y, number, …``.

    ``y`` is cast to the dtype of ``x`` and repeated to the shape of the part.

    Raises: IndexError at run time for an integer out of range, ValueError where ``y`` does not fit.
    """

    __props__ = ("key", "set_instead_of_inc")
    first_number = 2
    writes_part = True

    def __init__(self, key: Key, set_instead_of_inc: bool = False) -> None:
        super().__init__(key)
        self.set_instead_of_inc = set_instead_of_inc

    def make_node(self, x: Any, y: Any, *numbers: Any) -> Apply:
        x, y = as_tensor_variable(x), as_tensor_variable(y)
        scalars = self.read_numbers(x, numbers)
        ndim = len(self.result_pattern(x, scalars))
        return Apply(self, [x, written_value(x, y, ndim), *scalars], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, y, *numbers = inputs
        index = self.index(node, numbers, x.shape)
        output_storage[0][0] = written(x, y, index, add=not self.set_instead_of_inc)

    def lower(self, ctx, x, y, *numbers):
        index = self.static_index(ctx, x.shape, len(numbers))
        bounds = []
        for axis, length in enumerate(x.shape):
            entry = index[axis] if axis < len(index) else slice(None)
            one = isinstance(entry, int)
            places = range(length)[entry : entry + 1 or None] if one else range(length)[entry]
            bounds.append((places.start, len(places), places.step))
        part = part_shape(x.shape, index)
        return write_window(x, y, bounds, part, add=not self.set_instead_of_inc)

    def expand(self, node):
        window = self.window(node)
        if window is None:
            return None
        write = WriteWindow(window[0], add=not self.set_instead_of_inc)
        return [write(*node.inputs[:2], *window[1])]

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        (x, y, *numbers), (g_z,) = inputs, output_grads
        rest = [disconnected_type() for _ in numbers]
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX"), ew.zeros_like(y, dtype="floatX"), *rest]
        g_y = SumLike()(Subtensor(self.key)(g_z, *numbers), y)
        if self.set_instead_of_inc:
            g_z = IncSubtensor(self.key, True)(g_z, np.zeros((), g_z.type.dtype), *numbers)
        return [g_z, g_y, *rest]

    def R_op(self, inputs, eval_points):
        x, _, *numbers = inputs
        r_x, r_y = eval_points[:2]
        if (r_x is None and r_y is None) or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        r_x = ew.zeros_like(x) if r_x is None else r_x
        r_y = np.zeros((), x.type.dtype) if r_y is None else r_y
        return [self(r_x, r_y, *numbers)]

    def __str__(self):
        kind = "SetSubtensor" if self.set_instead_of_inc else "IncSubtensor"
        return f"{kind}{{{self.key}}}"


def part_shape(shape: tuple[int, ...], index: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the shape of what a basic index reads of an array of ``shape``."""
    return np.broadcast_to(np.zeros(()), shape)[index].shape
