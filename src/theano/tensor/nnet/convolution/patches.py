"""What filters see of images, in JAX, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from jax import lax

from theano.tensor.nnet.convolution.geometry import Geometry, Lengths


def turned(w: Any, geometry: Geometry) -> Any:
    """Return filters turned round in their spatial dimensions, where they are to be."""
    return lax.rev(w, tuple(range(w.ndim - geometry.ndim, w.ndim))) if geometry.flip else w


def swapped(w: Any, groups: int) -> Any:
    """Return filters with filters and channels exchanged within each group."""
    per_group = lax.reshape(w, (groups, w.shape[0] // groups, *w.shape[1:]))
    exchanged = lax.transpose(per_group, (0, 2, 1, *range(3, per_group.ndim)))
    return lax.reshape(exchanged, (groups * w.shape[1], *exchanged.shape[2:]))


def in_groups(x: Any, axis: int, geometry: Geometry) -> Any:
    """Return ``x`` with ``axis`` divided into groups and members."""
    members = x.shape[axis] // geometry.groups
    return lax.reshape(x, (*x.shape[:axis], geometry.groups, members, *x.shape[axis + 1 :]))


def flat_places(z: Any) -> Any:
    """Return a result as ``(b, filters, places)``."""
    return lax.reshape(z, (*z.shape[:2], prod(z.shape[2:])))


def patches(x: Any, spatial: Lengths, geometry: Geometry) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Yield each element of a filter and what it sees: ``(b, channels, *places)``."""
    zero = np.zeros((), x.dtype)
    wide = lax.pad(x, zero, [(0, 0, 0)] * 2 + [(*pad, 0) for pad in geometry.padding])
    places = geometry.result_lengths(x.shape[2:], spatial)
    for element in np.ndindex(*spatial):
        starts = [i * d for i, d in zip(element, geometry.dilation, strict=True)]
        stops = [
            a + (n - 1) * s + 1 for a, n, s in zip(starts, places, geometry.strides, strict=True)
        ]
        limits = (*x.shape[:2], *stops)
        yield element, lax.slice(wide, (0, 0, *starts), limits, (1, 1, *geometry.strides))


def scattered(shares: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """Return images from what each element of a filter gives to them: the adjoint of patches.

    Parameters
    ----------
    shares : ``(b, channels, *elements, *places)``
    spatial : tuple of int
        Lengths of the images.
    """
    total: Any = None
    for element in np.ndindex(*shares.shape[2 : 2 + geometry.ndim]):
        share = placed(shares[(slice(None), slice(None), *element)], element, spatial, geometry)
        total = share if total is None else total + share
    return total


def placed(share: Any, element: Lengths, spatial: Lengths, geometry: Geometry) -> Any:
    """Return images from what one element of a filter gives to them, ``(b, channels, *places)``."""
    placing = [(0, 0, 0), (0, 0, 0)]
    for i, dilation, n, m, stride, (before, _) in zip(
        element,
        geometry.dilation,
        spatial,
        share.shape[2:],
        geometry.strides,
        geometry.padding,
        strict=True,
    ):
        low = i * dilation - before
        placing.append((low, n - low - ((m - 1) * stride + 1), stride - 1))
    return lax.pad(share, np.zeros((), share.dtype), placing)


def padded(x: Any, padding: Sequence[tuple[int, int]]) -> tuple[Any, list[tuple[int, int]]]:
    """Return ``x`` with what negative padding cuts off taken away, and the padding that is left.

    XLA's fast convolutions on a CPU take no negative padding.
    """
    cut = [
        (max(-low, 0), n - max(-high, 0))
        for (low, high), n in zip(padding, x.shape[2:], strict=True)
    ]
    starts, stops = zip(*cut, strict=True)
    x = lax.slice(x, (0, 0, *starts), (*x.shape[:2], *stops))
    return x, [(max(low, 0), max(high, 0)) for low, high in padding]
