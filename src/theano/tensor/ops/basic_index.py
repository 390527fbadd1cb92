"""The forms of an index: read from brackets, and what they do to lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Constant, Variable
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.slices import as_python_entry

INDEX = "i"
"""Stands, in a key, for an index or a slice bound that is an input of the node."""


ARRAY = "a"
"""Stands, in the key of an advanced index, for an integer array that is an input of the node."""

WHOLE = (None, None, None)
"""Stands, in a key, for a slice that takes all of its dimension; a new axis is None."""


class Key:
    """The form of an index: what is an integer, a slice or an array, which bounds are given.

    The numbers and arrays themselves are inputs of the node, in the order of the key.
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

    def kinds(self) -> list[str]:
        """Return what each input is, ``INDEX`` or ``ARRAY``."""
        places = (e if isinstance(e, tuple) else (e,) for e in self.entries)
        return [place for entry in places for place in entry if place is not None]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.entries == other.entries

    def __hash__(self) -> int:
        return hash(self.entries)

    def __str__(self) -> str:
        def bound(place: Any) -> str:
            return "" if place is None else "int"

        names = {INDEX: "int", ARRAY: "array", None: "None"}
        return ",".join(
            ":".join(map(bound, e)).removesuffix(":") if isinstance(e, tuple) else names[e]
            for e in self.entries
        )

    __repr__ = __str__


def key_of_form(entries: Sequence[Any]) -> Key:
    """Return the key of slices, with None for a bound that is not given, and of numbers."""
    return Key(
        tuple(
            tuple(None if n is None else INDEX for n in (e.start, e.stop, e.step))
            if isinstance(e, slice)
            else INDEX
            for e in entries
        )
    )


def keeps_one(bounds: slice) -> bool:
    """Whether a slice is known to leave a dimension of length 1 as it is."""
    numbers = [bounds.start, bounds.stop, bounds.step]
    if not all(n is None or isinstance(n, Constant) for n in numbers):
        return False
    return len(range(1)[slice(*[None if n is None else int(n.data) for n in numbers])]) == 1


def slice_length(bounds: slice, length: Any) -> Any:
    """Return how many elements a slice takes of a dimension, as Python counts them."""
    if bounds.start is None and bounds.stop is None and bounds.step is None:
        return length
    minimum, maximum = ew.FUNCTIONS["minimum"], ew.FUNCTIONS["maximum"]
    length = ew.cast(length, "int64")
    step = ew.cast(np.int64(1) if bounds.step is None else bounds.step, "int64")
    forward = ew.FUNCTIONS["gt"](step, 0)
    first = ew.switch(forward, np.int64(0), length - 1)
    last = ew.switch(forward, length, np.int64(-1))
    lowest, highest = minimum(first, last), maximum(first, last)

    def place(bound: Any, default: Any) -> Any:
        if bound is None:
            return default
        bound = ew.cast(bound, "int64")
        from_start = ew.switch(ew.FUNCTIONS["lt"](bound, 0), bound + length, bound)
        return minimum(maximum(from_start, lowest), highest)

    start, stop = place(bounds.start, first), place(bounds.stop, last)
    return maximum(-((start - stop) // step), np.int64(0))


def too_many_indices(x: Any, n: int) -> IndexError:
    """Return the error for an index of ``n`` entries into a tensor of fewer dimensions."""
    return usage_error(
        IndexError,
        "a tensor was indexed with too many indices",
        expected=f"at most {x.type.ndim}",
        got=f"{n} on {x} of type {x.type}",
    )


def as_index(n: Any) -> Any:
    """Return an index or a slice bound as an integer scalar.

    Raises
    ------
    TypeError
        It is no integer scalar.
    """
    if isinstance(n, (int, np.integer)) and not isinstance(n, bool):
        n = np.int64(n)
    elif not isinstance(n, Variable):
        n = np.asarray(n)
    dtype, ndim = getattr(n, "dtype", None), getattr(n, "ndim", None)
    if str(dtype) not in INTEGER_DTYPES or ndim != 0:
        raise usage_error(
            TypeError,
            "a tensor was indexed with something else than integers",
            expected="an integer, or an integer scalar variable",
            got=n,
        )
    return as_tensor_variable(n)


def as_entries(item: Any) -> list[Any]:
    """Return what stands in brackets, entry by entry; a list with a slice inside is a tuple."""
    if isinstance(item, tuple) or (
        isinstance(item, list) and any(isinstance(e, slice) for e in item)
    ):
        return [as_python_entry(e) for e in item]
    return [as_python_entry(item)]


def without_ellipsis(x: Any, entries: list[Any], n_given: int) -> list[Any]:
    """Return the entries of an index with whole slices for the ellipsis, and none at the end.

    Parameters
    ----------
    x : tensor
    entries : list
    n_given : int
        How many dimensions of ``x`` they stand for, without the ellipsis.

    Raises
    ------
    IndexError
        They are too many, or there are two ellipses.
    """
    at = [i for i, e in enumerate(entries) if e is Ellipsis]
    if len(at) > 1:
        raise usage_error(
            IndexError, "an index has more than one ellipsis", expected="at most one `...`"
        )
    if n_given > x.type.ndim:
        raise too_many_indices(x, n_given)
    entries = list(entries)
    if at:
        entries[at[0] : at[0] + 1] = [slice(None)] * (x.type.ndim - n_given)
    while entries and isinstance(entries[-1], slice) and is_whole(entries[-1]):
        entries.pop()
    return entries


def read_key(entries: list[Any]) -> tuple[Key, list[Any]]:
    """Return the form of an index and the numbers in it.

    Parameters
    ----------
    entries : list
        Integers, slices, and None for a new axis.
    """
    form: list[Any] = []
    numbers: list[Any] = []

    def place(n: Any) -> str | None:
        if n is None:
            return None
        numbers.append(as_index(n))
        return INDEX

    for entry in entries:
        if isinstance(entry, slice):
            form.append((place(entry.start), place(entry.stop), place(entry.step)))
        else:
            form.append(place(entry))
    return Key(tuple(form)), numbers


def parse(x: Any, item: Any) -> tuple[Any, Key, list[Any]]:
    """Read a basic index as written in brackets.

    Returns
    -------
    x : TensorVariable
        The tensor with the new axes that the index asks for. Where there are any, and all axes
        behind the index are broadcastable, it is without these, as in Theano.
    key : Key
    numbers : list
        The integers and slice bounds, in the order of the key.

    Raises
    ------
    IndexError
        There are too many indices.
    """
    entries = as_entries(item)
    n_given = sum(e is not None and e is not Ellipsis for e in entries)
    # Where NumPy keeps the axes that an index with None does not reach, Theano drops them.
    reaches_all = any(e is Ellipsis for e in entries)
    drops_rest = not reaches_all and all(x.type.broadcastable[n_given:])
    entries = without_ellipsis(x, entries, n_given)
    if any(e is None for e in entries):
        axes = iter(range(n_given if drops_rest else x.type.ndim))
        order: list[Any] = ["x" if e is None else next(axes) for e in entries]
        x = DimShuffle(x.type.broadcastable, [*order, *axes])(x)
        entries = [slice(None) if e is None else e for e in entries]
        entries = without_ellipsis(x, entries, len(entries))
    return x, *read_key(entries)


def is_whole(entry: slice) -> bool:
    """Whether a slice takes all of its dimension."""
    return entry.start is None and entry.stop is None and entry.step is None


def is_advanced(entry: Any) -> bool:
    """Whether an entry of an index is an array or a mask, and no number."""
    if isinstance(entry, Variable):
        kind = entry.type
        return bool(getattr(kind, "ndim", 0)) or getattr(kind, "dtype", None) == "bool"
    if isinstance(entry, (bool, np.bool_, list, tuple, range)):
        return True
    return isinstance(entry, np.ndarray) and (entry.ndim > 0 or entry.dtype == bool)


def out_of_bounds(length: int, axis: int, source: Any, index: int) -> IndexError:
    """Return the error for an index along an axis of ``length``."""
    return usage_error(
        IndexError,
        "a tensor was indexed out of bounds",
        expected=f"an index from {-length} to {length - 1} along axis {axis}"
        if length
        else f"no index at all along axis {axis}, whose length is 0",
        got=f"{index}" + (f" at {source}" if source else ""),
        fix="check the data: classes and words count from 0, so the largest index is one less than "
        "their number",
    )
