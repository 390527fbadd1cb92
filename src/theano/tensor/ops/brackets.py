"""Brackets: ``x[…]`` with any index, and writing to what it reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Variable
from theano.tensor.conversion import as_tensor_variable, holds_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.advanced_index import (
    ROWS,
    AdvancedSubtensor,
    AdvancedSubtensor1,
    as_index_array,
)
from theano.tensor.ops.basic_index import (
    ARRAY,
    Key,
    as_entries,
    is_advanced,
    parse,
    read_key,
    without_ellipsis,
)
from theano.tensor.ops.indexing import IncSubtensor, Subtensor
from theano.tensor.ops.nonzero import mask_indices
from theano.tensor.ops.shape import Reshape, flatten
from theano.tensor.ops.sizes import shape

__all__ = [
    "advanced_inc_subtensor",
    "advanced_set_subtensor",
    "advanced_subtensor",
    "inc_subtensor",
    "set_subtensor",
    "take",
]


def getitem(x: Any, item: Any) -> Any:
    """Return ``x[item]``, as NumPy reads it.

    In one case it is read as Theano does: an index with None, and without arrays and an ellipsis,
    drops the dimensions behind it if all of them are broadcastable, so that ``col[:, None]`` is
    ``col``. ``col[:, None, :]`` and ``col[:, None, ...]`` keep them.

    Parameters
    ----------
    x : tensor
    item : index, or tuple of such
        Integers, slices, None, Ellipsis; integer arrays, lists and tensors of any rank; masks:
        arrays and tensors of dtype bool. Integers may be scalar variables.

    Raises
    ------
    IndexError
        There are too many indices; at run time, one is out of range, a mask does not have the
        lengths of the tensor, or arrays cannot be broadcast.
    TypeError
        An index holds no integers, or is a Python boolean or a list of such.
    """
    entries = as_entries(item)
    if any(map(is_advanced, entries)):
        return _read_arrays(x, entries)
    expanded, key, numbers = parse(x, tuple(entries))
    # A new axis alone reads no part; `x[:]` and `x[...]` do, so that the whole can be written to.
    return expanded if expanded is not x and not key.entries else Subtensor(key)(expanded, *numbers)


def _read_arrays(x: Any, entries: list[Any]) -> Any:
    entries = [_as_array_or_mask(e) if is_advanced(e) else e for e in entries]
    n_given = sum(_n_axes(e) for e in entries if e is not Ellipsis)
    entries = without_ellipsis(x, entries, n_given)
    if any(is_mask(e) and e.type.ndim == 0 for e in entries):
        x, entries = _with_axes_for_scalars(x, entries)
    form: list[Any] = []
    given: list[Any] = []
    axis = 0
    for entry in entries:
        if is_mask(entry):
            vectors = mask_indices(entry, x, axis)
            form += [ARRAY] * len(vectors)
            given += vectors
        elif is_advanced(entry):
            form.append(ARRAY)
            given.append(entry)
        elif entry is None:
            form.append(None)
        else:
            key, numbers = read_key([entry])
            form += key.entries
            given += numbers
        axis += _n_axes(entry)
    key = Key(tuple(form))
    if key == ROWS and given[0].type.ndim == 1:
        return AdvancedSubtensor1()(x, *given)
    return AdvancedSubtensor(key)(x, *given)


def _as_array_or_mask(entry: Any) -> Any:
    """Return an entry that is no number as an integer tensor, or as a mask."""
    plain = entry if isinstance(entry, Variable) or holds_variable(entry) else np.asarray(entry)
    if isinstance(plain, np.ndarray) and plain.dtype == bool and not isinstance(entry, np.ndarray):
        raise usage_error(
            TypeError,
            "a tensor was indexed with Python booleans",
            got=entry,
            fix="for a mask, use a NumPy array of dtype bool; for a comparison of variables, "
            "theano.tensor.eq(a, b) instead of a == b",
        )
    if getattr(plain, "dtype", None) == "bool":
        return as_tensor_variable(plain)
    return as_index_array(entry if holds_variable(entry) else plain)


def is_mask(entry: Any) -> bool:
    """Whether an entry of an index is a tensor of dtype bool."""
    return isinstance(entry, Variable) and entry.type.dtype == "bool"


def _n_axes(entry: Any) -> int:
    """Return how many axes an entry stands for."""
    if entry is None:
        return 0
    return entry.type.ndim if is_mask(entry) else 1


def _with_axes_for_scalars(x: Any, entries: list[Any]) -> tuple[Any, list[Any]]:
    """Return ``x`` with an axis of length 1 for each mask without dimensions, and vectors there."""
    order: list[Any] = []
    vectors: list[Any] = []
    used = 0
    for entry in entries:
        scalar = is_mask(entry) and entry.type.ndim == 0
        vectors.append(entry.dimshuffle("x") if scalar else entry)
        order += ["x"] if scalar else range(used, used + _n_axes(entry))
        used += _n_axes(entry)
    order += range(used, x.type.ndim)
    return DimShuffle(x.type.broadcastable, order)(x), vectors


def set_subtensor(x: Any, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False):
    """Return the tensor that ``x`` is a part of, with that part set to ``y``.

    Parameters
    ----------
    x : variable that indexing made, such as ``a[1:3]``, ``a[indices]`` or ``a[mask]``
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
    """Return the tensor that ``x`` is a part of, with that part increased by ``y``.

    What equal indices name is increased several times.
    """
    return _write(x, y, set_instead_of_inc)


def _write(part: Any, y: Any, set_instead_of_inc: bool) -> Any:
    """Write ``y`` to the tensor that ``part`` was read from.

    A part that was transposed gives that tensor transposed alike, one that was reshaped the tensor
    as it is.
    """
    node = part.owner
    op = None if node is None else node.op
    if isinstance(op, Subtensor):
        whole, *numbers = node.inputs
        return IncSubtensor(op.key, set_instead_of_inc)(whole, y, *numbers)
    if isinstance(op, AdvancedSubtensor):
        whole, *given = node.inputs
        return op.writing(set_instead_of_inc)(whole, y, *given)
    if isinstance(op, DimShuffle) and set(op.new_order) == set(range(part.type.ndim)):
        back = [op.new_order.index(axis) for axis in range(part.type.ndim)]
        y = as_tensor_variable(y, ndim=part.type.ndim)
        y = DimShuffle(y.type.broadcastable, back)(y)
        written = _write(node.inputs[0], y, set_instead_of_inc)
        if written.type.ndim == part.type.ndim:
            return DimShuffle(written.type.broadcastable, op.new_order)(written)
    if isinstance(op, Reshape):
        inner = node.inputs[0]
        y = ew.fill(part, ew.cast(y, part.type.dtype))
        return _write(inner, Reshape(inner.type.ndim)(y, shape(inner)), set_instead_of_inc)
    raise usage_error(
        TypeError,
        "set_subtensor and inc_subtensor need a part of a tensor",
        expected="the result of indexing, such as x[1:3]",
        got=part,
    )


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """Return the elements of ``a`` at ``indices`` along an axis.

    Parameters
    ----------
    a : tensor
    indices : integer tensor, of any rank
        Its dimensions stand in the result in the place of the axis.
    axis : int, optional
        By default ``a`` is flattened.
    mode : {"raise", "wrap", "clip"}
        What is done with an index that is out of range: an IndexError at run time; counting on
        from the other end; taking the nearest element (the first one for a negative index).

    Raises
    ------
    IndexError
        ``a`` has no such axis.
    TypeError
        ``indices`` are no integers.
    ValueError
        ``mode`` is not known.
    """
    a, indices = as_tensor_variable(a), as_tensor_variable(indices)
    if axis is None:
        a, axis = flatten(a), 0
    if not -a.type.ndim <= axis < a.type.ndim:
        raise usage_error(
            IndexError,
            f"take was given axis {axis}",
            expected=f"one of the {a.type.ndim} dimensions",
            got=a,
        )
    axis %= a.type.ndim
    if mode not in ("raise", "wrap", "clip"):
        raise usage_error(
            ValueError,
            "take was given a mode that it does not know",
            expected="'raise', 'wrap' or 'clip'",
            got=repr(mode),
        )
    if mode == "wrap":
        indices = indices % a.shape[axis]
    elif mode == "clip":
        indices = ew.FUNCTIONS["clip"](indices, 0, a.shape[axis] - 1)
    return getitem(a, (*[slice(None)] * axis, indices))


def advanced_subtensor(x: Any, *args: Any) -> Any:
    """Return ``x[args]``."""
    return getitem(as_tensor_variable(x), args)


def advanced_inc_subtensor(x: Any, y: Any, *args: Any) -> Any:
    """Return ``x`` with ``x[args]`` increased by ``y``."""
    return inc_subtensor(advanced_subtensor(x, *args), y)


def advanced_set_subtensor(x: Any, y: Any, *args: Any) -> Any:
    """Return ``x`` with ``x[args]`` set to ``y``."""
    return set_subtensor(advanced_subtensor(x, *args), y)


def sparse_grad(var: Any) -> Any:
    """Return ``var``, rows of a tensor such as ``x[indices]``, marked for a sparse gradient.

    The gradient is dense all the same.

    Raises
    ------
    TypeError
        ``var`` is not of that form.
    """
    if var.owner is None or not isinstance(var.owner.op, AdvancedSubtensor1):
        raise usage_error(
            TypeError, "sparse_grad takes rows of a tensor", expected="x[indices]", got=var
        )
    return AdvancedSubtensor1(sparse_grad=True)(*var.owner.inputs)
