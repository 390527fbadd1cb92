"""Functions of earlier versions that programs may import, and nothing here needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.graph.op import is_disconnected
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.basic_index import slice_length

__all__ = ["get_canonical_form_slice", "zero_disconnected"]


def zero_disconnected(outputs: Sequence[Any], grads: Sequence[Any]) -> list[Any]:
    """Return gradients, with zeros of the shape of an output where one is disconnected."""
    return [
        ew.zeros_like(output) if is_disconnected(grad) else grad
        for output, grad in zip(outputs, grads, strict=True)
    ]


def get_canonical_form_slice(theslice: Any, length: Any) -> tuple[Any, Any]:
    """Return a slice that goes forward, and the direction in which to read what it takes.

    Parameters
    ----------
    theslice : slice or integer scalar
        Its bounds may be None, numbers or scalars.
    length : integer scalar
        Of the dimension that it is a slice of.

    Returns
    -------
    slice or scalar
        With ``0 <= start <= stop <= length`` and a positive step; an index counted from the start.
    int or scalar
        1, or -1 where the slice goes backward.
    """
    switch, maximum, minimum = (ew.FUNCTIONS[name] for name in ("switch", "maximum", "minimum"))

    def from_start(place: Any) -> Any:
        place = ew.cast(place, "int64")
        return switch(ew.FUNCTIONS["lt"](place, 0), place + length, place)

    if not isinstance(theslice, slice):
        return from_start(theslice), 1
    length = ew.cast(length, "int64")
    step = ew.cast(np.int64(1) if theslice.step is None else theslice.step, "int64")
    forward = ew.FUNCTIONS["gt"](step, 0)
    lowest = switch(forward, np.int64(0), np.int64(-1))
    start = switch(forward, np.int64(0), length - 1)
    if theslice.start is not None:
        start = minimum(maximum(from_start(theslice.start), lowest), length + lowest)
    count = slice_length(theslice, length)
    any_taken = ew.FUNCTIONS["gt"](count, 0)
    first = switch(any_taken, switch(forward, start, start + (count - 1) * step), np.int64(0))
    size = switch(forward, step, -step)
    stop = first + switch(any_taken, (count - 1) * size + 1, np.int64(0))
    return slice(first, stop, size), switch(forward, np.int64(1), np.int64(-1))
