"""Pooling in JAX.

On a CPU, a maximum or sum over windows is fastest axis by axis, as a fold over slices one window
apart: XLA's ``reduce_window`` walks over every place of every window. Gradients are sums over the
few windows that cover a place, found by dividing the tensor into blocks of one stride: XLA's own
gradient of a maximum (``select_and_scatter``) is ten to thirty times slower, and gives a tie to one
of the places. ``benchmarks/pool_variants.py`` compares them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.tensor.signal.pool_windows import Windows, wide_dtype

SLICED = 8
"""Up to how many slices along an axis are folded one by one."""

FENCED = 1 << 14
"""From how many numbers on it pays to keep a result apart from what reads it."""

UNROLLED = 64
"""Up to how many places, or overlapping windows, are written out; a loop goes over more."""


def along(ndim: int, axis: int, entry: Any, rest: Any) -> list[Any]:
    """Return a list of ``ndim`` times ``rest``, but ``entry`` at ``axis``."""
    return [entry if i == axis else rest for i in range(ndim)]


def pad_axes(x: Any, fill: Any, spread: Sequence[tuple[int, int, int]]) -> Any:
    """Return ``x`` with low, high and interior padding of its last axes; negative ones crop."""
    batch = [(0, 0, 0)] * (x.ndim - len(spread))
    return lax.pad(x, jnp.asarray(fill, x.dtype), [*batch, *spread])


def fit(x: Any, windows: Windows, totals: Sequence[int], fill: Any) -> Any:
    """Return ``x`` with its padding, lengthened or cut at the end to the lengths ``totals``."""
    places = zip(windows.lengths, windows.pad, totals, strict=True)
    return pad_axes(x, fill, [(p, total - p - n, 0) for n, p, total in places])


def unfit(x: Any, windows: Windows) -> Any:
    """Return ``x`` as it was before ``fit``: without padding, in the lengths of what is pooled."""
    places = zip(windows.lengths, windows.pad, x.shape[-len(windows.ws) :], strict=True)
    return pad_axes(x, 0, [(-p, p + n - total, 0) for n, p, total in places])


def cover(x: Any, windows: Windows, fill: Any) -> Any:
    """Return ``x`` padded, and cut, to just what the windows cover."""
    places = zip(windows.counts, windows.stride, windows.ws, strict=True)
    return fit(x, windows, [(count - 1) * s + w for count, s, w in places], fill)


def sliding(x: Any, axis: int, w: int, s: int, fold: Callable[..., Any], start: Any) -> Any:
    """Return ``x`` with ``fold`` over windows along one axis, which they cover exactly."""
    count = (x.shape[axis] - w) // s + 1
    if w > SLICED:
        window, step = along(x.ndim, axis, w, 1), along(x.ndim, axis, s, 1)
        return lax.reduce_window(x, np.asarray(start, x.dtype), fold, window, step, "VALID")
    last = (count - 1) * s + 1
    total = lax.slice_in_dim(x, 0, last, s, axis)
    for k in range(1, w):
        total = fold(total, lax.slice_in_dim(x, k, k + last, s, axis))
    return total


def lowest(dtype: Any) -> Any:
    """Return what is not above any number of a dtype."""
    if dtype.kind == "b":
        return False
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def pooled(x: Any, windows: Windows, fold: Callable[..., Any], start: Any) -> Any:
    """Return ``fold`` over each window, axis by axis."""
    if 0 in windows.counts or not x.size:
        return lax.full((*x.shape[: x.ndim - len(windows.ws)], *windows.counts), start, x.dtype)
    x = cover(x, windows, start)
    for i, (w, s) in enumerate(zip(windows.ws, windows.stride, strict=True)):
        x = sliding(x, x.ndim - len(windows.ws) + i, w, s, fold, start)
    return x


def fenced(x: Any) -> Any:
    """Return ``x`` unchanged, in memory of its own.

    XLA merges a chain of cheap operations into each that reads it, and computes it anew for each
    number that is read. On the CPU, only a branch keeps it from that; this one is always taken.
    """
    if x.size < FENCED or not jnp.issubdtype(x.dtype, jnp.floating):
        return x

    def in_a_branch(x: Any) -> Any:
        one = x.reshape(-1)[0]
        return lax.cond((one == one) | (one != 0), lambda x: x, jnp.zeros_like, x)

    return lax.platform_dependent(x, cpu=in_a_branch, default=lambda x: x)


def max_pool(x: Any, windows: Windows) -> Any:
    """Return the maximum over each window; NaN where there is one."""
    return fenced(pooled(x, windows, lax.max, lowest(x.dtype)))


def sum_pool(x: Any, windows: Windows, divisor: np.ndarray | None) -> Any:
    """Return the sum over each window, divided by ``divisor`` where there is one; dtype kept."""
    dtype = x.dtype
    total = pooled(x.astype(wide_dtype(dtype)), windows, lax.add, 0)
    if divisor is not None:
        # Of integers, towards zero.
        total = lax.div(total, jnp.broadcast_to(divisor.astype(total.dtype), total.shape))
    return total.astype(dtype)


class Blocks:
    """An image cut into blocks of one stride, each of which few windows cover.

    A place lies in block ``b`` at ``r``, and window ``b - j`` covers it if ``j * stride + r`` is
    less than the length of a window: for ``overlaps`` values of ``j`` at most.

    Parameters
    ----------
    windows : Windows
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        # A single window may as well have a stride of its own length.
        self.stride = tuple(
            max(s, w) if count == 1 else s
            for w, s, count in zip(windows.ws, windows.stride, windows.counts, strict=True)
        )
        self.overlaps = tuple(-(-w // s) for w, s in zip(windows.ws, self.stride, strict=True))
        self.blocks = tuple(
            max(-(-(n + p) // s), count)
            for n, s, p, count in zip(
                windows.lengths, self.stride, windows.pad, windows.counts, strict=True
            )
        )

    def shape(self, batch: Sequence[int]) -> tuple[int, ...]:
        """Return the shape of blocks: two lengths for each axis."""
        pairs = zip(self.blocks, self.stride, strict=True)
        return (*batch, *(n for pair in pairs for n in pair))

    def cut(self, x: Any) -> Any:
        """Return an image as blocks."""
        totals = [b * s for b, s in zip(self.blocks, self.stride, strict=True)]
        return fit(x, self.windows, totals, 0).reshape(self.shape(x.shape[: -len(totals)]))

    def joined(self, x: Any) -> Any:
        """Return blocks as an image."""
        totals = [b * s for b, s in zip(self.blocks, self.stride, strict=True)]
        return unfit(x.reshape(*x.shape[: -2 * len(totals)], *totals), self.windows)

    def per_window(self, v: Any) -> Any:
        """Return one number a window with margins of zeros, so that ``shifted`` stays inside."""
        places = zip(self.overlaps, self.blocks, self.windows.counts, strict=True)
        return pad_axes(v, 0, [(j - 1, b - count, 0) for j, b, count in places])

    def shifted(self, v: Any, js: Sequence[Any]) -> Any:
        """Return, for each block ``b``, the number of window ``b - j``, to broadcast over it."""
        ndim = len(js)
        batch = v.shape[: v.ndim - ndim]
        first = [j0 - 1 - j for j0, j in zip(self.overlaps, js, strict=True)]
        part = lax.dynamic_slice(v, [0] * len(batch) + first, (*batch, *self.blocks))
        return part.reshape(*batch, *(n for b in self.blocks for n in (b, 1)))

    def covers(self, js: Sequence[Any]) -> Any:
        """Return whether window ``b - j`` covers a place, to broadcast; None if all are covered."""
        ndim = len(js)
        covered = None
        for i, (j, w, s, count) in enumerate(
            zip(js, self.windows.ws, self.stride, self.overlaps, strict=True)
        ):
            if w == count * s:
                continue
            inside = j * s + np.arange(s) < w
            here = inside.reshape(along(2 * ndim, 2 * i + 1, s, 1))
            covered = here if covered is None else covered & here
        return covered


def fold_over(counts: Sequence[int], start: Any, step: Callable[[Any, Sequence[Any]], Any]) -> Any:
    """Return ``step(step(start, index0), index1)`` and so on, over all indices, the last fastest.

    Written out where they are few, else a loop.
    """
    number = math.prod(counts)
    if number > UNROLLED:

        def one(k: Any, state: Any) -> Any:
            return step(state, jnp.unravel_index(k, counts))

        return lax.fori_loop(0, number, one, start)
    for index in np.ndindex(*counts):
        start = step(start, index)
    return start


def max_pool_gradient(x: Any, maxout: Any, g_z: Any, windows: Windows) -> Any:
    """Return the gradient of a maximum: all places that hold it get that of the window."""
    if 0 in windows.counts or not x.size:
        return lax.full_like(x, 0)
    blocks = Blocks(windows)
    cut = blocks.cut(x)
    maxima, gradients = blocks.per_window(maxout), blocks.per_window(g_z)
    nothing = jnp.zeros((), x.dtype)

    def add(total: Any, js: Sequence[Any]) -> Any:
        hit = cut == blocks.shifted(maxima, js)
        covered = blocks.covers(js)
        hit = hit if covered is None else hit & covered
        return total + jnp.where(hit, blocks.shifted(gradients, js), nothing)

    return blocks.joined(fold_over(blocks.overlaps, lax.full_like(cut, 0), add))


def sum_pool_gradient(g_z: Any, windows: Windows, divisor: np.ndarray | None) -> Any:
    """Return the gradient of a sum, or of an average, with respect to what is pooled."""
    ndim = len(windows.ws)
    dtype = g_z.dtype
    if 0 in windows.counts or not g_z.size:
        return lax.full((*g_z.shape[: g_z.ndim - ndim], *windows.lengths), 0, dtype)
    g_z = g_z.astype(wide_dtype(dtype))
    if divisor is not None:
        g_z = lax.div(g_z, jnp.broadcast_to(divisor.astype(g_z.dtype), g_z.shape))
    blocks = Blocks(windows)
    if set(blocks.overlaps) == {1}:
        alone = (0,) * ndim
        once = blocks.shifted(blocks.per_window(g_z), alone)
        covered = blocks.covers(alone)
        once = once if covered is None else jnp.where(covered, once, jnp.zeros((), g_z.dtype))
        g_x = blocks.joined(jnp.broadcast_to(once, blocks.shape(g_z.shape[:-ndim])))
    else:
        pairs = list(zip(windows.ws, windows.stride, strict=True))
        g_x = pad_axes(g_z, 0, [(w - 1, w - 1, s - 1) for w, s in pairs])
        for i, (w, _) in enumerate(pairs):
            g_x = sliding(g_x, g_x.ndim - ndim + i, w, 1, lax.add, 0)
        g_x = unfit(g_x, windows)
    return g_x.astype(dtype)


def at_maxima(x: Any, maxout: Any, values: Any, windows: Windows) -> Any:
    """Return, for each window, the sum of ``values`` at all places that hold its maximum."""
    if 0 in windows.counts or not x.size:
        return lax.full_like(maxout, 0)
    x, values = cover(x, windows, 0), cover(values, windows, 0)
    nothing = jnp.zeros((), x.dtype)

    def add(total: Any, place: Sequence[Any]) -> Any:
        hit = at_place(x, windows, place) == maxout
        return total + jnp.where(hit, at_place(values, windows, place), nothing)

    return fold_over(windows.ws, lax.full_like(maxout, 0), add)


def at_first_maximum(x: Any, values: Any, windows: Windows) -> Any:
    """Return, for each window, the one of ``values`` at the first place that holds its maximum."""
    shape = (*x.shape[: x.ndim - len(windows.ws)], *windows.counts)
    nothing = lax.full(shape, 0, values.dtype)
    if 0 in shape:
        return nothing
    least = lowest(x.dtype)
    x, values = cover(x, windows, least), cover(values, windows, 0)

    def better(best: Any, place: Sequence[Any]) -> Any:
        largest, value = best
        here = at_place(x, windows, place)
        wins = (here > largest) | ((here != here) & (largest == largest))  # NaN wins
        return jnp.where(wins, here, largest), jnp.where(
            wins, at_place(values, windows, place), value
        )

    return fold_over(windows.ws, (lax.full(shape, least, x.dtype), nothing), better)[1]


def at_place(x: Any, windows: Windows, place: Sequence[Any]) -> Any:
    """Return, of a tensor that the windows cover, what each window has at one place inside it."""
    batch = x.shape[: x.ndim - len(place)]
    spans = [(n - 1) * s + 1 for n, s in zip(windows.counts, windows.stride, strict=True)]
    span = lax.dynamic_slice(x, [0] * len(batch) + list(place), (*batch, *spans))
    return span[(..., *(slice(None, None, s) for s in windows.stride))]
