"""Where the windows of a pooling operation lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Variable
from theano.tensor.ops import elementwise as ew


def window_count(length: Any, ws: Any, stride: Any, ignore_border: bool) -> Any:
    """Return how many windows there are along an axis.

    Parameters
    ----------
    length : int or integer scalar
        Of the axis with its padding.
    ws, stride : int or integer scalar
        Length of a window, and how far the next one is.
    ignore_border : bool
        Whether windows that reach beyond the end are left out. Else there are as many as it takes
        to reach it.

    Returns
    -------
    int or integer scalar
        A variable where one of the arguments is.
    """
    rest = (length - ws) // stride + 1
    overlapping_rest = (length - 1 - ws) // stride + 1
    if any(isinstance(n, Variable) for n in (length, ws, stride)):
        if ignore_border:
            return ew.maximum(rest, 0)  # type: ignore[attr-defined]
        apart = (length - 1) // stride + 1
        overlapping = ew.maximum(overlapping_rest, 0) + 1  # type: ignore[attr-defined]
        return ew.where(ew.ge(stride, ws), apart, overlapping)  # type: ignore[attr-defined]
    if ignore_border:
        return max(rest, 0)
    return (length - 1) // stride + 1 if stride >= ws else max(overlapping_rest, 0) + 1


def wide_dtype(dtype: Any) -> Any:
    """Return the dtype that sums and averages of ``dtype`` are computed in."""
    if dtype.kind in "biu":
        return np.dtype("int64")
    return np.dtype("float32") if dtype == "float16" else dtype


@dataclass(frozen=True)
class Windows:
    """The windows over the last axes of a tensor, one entry an axis.

    Attributes
    ----------
    lengths : tuple of int
        Of the axes, without padding.
    ws, stride, pad : tuple of int
        Length of a window, at most that of the axis where borders count; how far the next one is;
        and the margin on both sides.
    counts : tuple of int
        How many windows there are.
    """

    lengths: tuple[int, ...]
    ws: tuple[int, ...]
    stride: tuple[int, ...]
    pad: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def over(cls, shape: Sequence[int], sizes: Sequence[Any], ndim: int, whole: bool) -> Windows:
        """Return the windows over the last ``ndim`` axes of a tensor of a given shape.

        Parameters
        ----------
        shape : sequence of int
        sizes : sequence of three vectors of int
            Window, stride and padding.
        ndim : int
        whole : bool
            Whether windows that reach beyond the border are left out.

        Raises
        ------
        ValueError
            A vector is not of length ``ndim``; a window or stride is less than 1; a padding is
            negative, or not zero without ``whole``; or an axis is empty without ``whole``.
        """
        names = ("window", "stride", "padding")
        for name, size in zip(names, sizes, strict=True):
            if np.shape(size) != (ndim,):
                raise usage_error(
                    ValueError,
                    f"the {name} of a pool over {ndim} dimensions has another length",
                    expected=f"{ndim} integers",
                    got=f"{np.asarray(size).tolist()}",
                )
        ws, stride, pad = (tuple(int(n) for n in size) for size in sizes)
        lengths = tuple(shape[-ndim:])
        for ok, what, expected, got in (
            (
                min(*ws, *stride) > 0,
                "a window or stride is not positive",
                "1 or more",
                (ws, stride),
            ),
            (min(pad) >= 0, "a padding is negative", "0 or more", pad),
            (
                whole or not any(pad),
                "a pool that keeps what the border cuts off was given padding",
                "zeros, or ignore_border=True",
                pad,
            ),
            (
                whole or 0 not in lengths,
                "a pool that keeps what the border cuts off has nothing to go over",
                "lengths of 1 or more, or ignore_border=True",
                lengths,
            ),
        ):
            if not ok:
                raise usage_error(ValueError, what, expected=expected, got=str(got))
        if not whole:
            ws = tuple(min(w, n) for w, n in zip(ws, lengths, strict=True))
        counts = tuple(
            window_count(n + 2 * p, w, s, whole)
            for n, w, s, p in zip(lengths, ws, stride, pad, strict=True)
        )
        return cls(lengths, ws, stride, pad, counts)

    @cached_property
    def spans(self) -> list[list[slice]]:
        """For each axis, the part of it that each window covers, without padding."""
        return [
            [slice(max(k * s - p, 0), max(min(k * s - p + w, n), 0)) for k in range(count)]
            for n, w, s, p, count in zip(
                self.lengths, self.ws, self.stride, self.pad, self.counts, strict=True
            )
        ]

    def regions(self) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        """Yield, for each window, the index of its result and that of what it covers."""
        for place in np.ndindex(*self.counts):
            covered = (spans[k] for spans, k in zip(self.spans, place, strict=True))
            yield (..., *place), (..., *covered)

    def sizes(self, with_padding: bool) -> np.ndarray:
        """Return how many places each window has, an int64 array of shape ``counts``.

        Parameters
        ----------
        with_padding : bool
            Whether those in the padding count. What is beyond it never does.
        """
        along = []
        for n, w, s, p, count in zip(
            self.lengths, self.ws, self.stride, self.pad, self.counts, strict=True
        ):
            first = np.arange(count, dtype="int64") * s
            low, high = (0, n + 2 * p) if with_padding else (p, n + p)
            along.append(np.maximum(np.minimum(first + w, high) - np.maximum(first, low), 0))
        total = np.ones((), "int64")
        for sizes in along:
            total = total[..., None] * sizes
        return total
