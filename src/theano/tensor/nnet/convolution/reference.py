"""Convolutions and their gradients in NumPy: what the compiled ones are checked against.

Subscripts in products: ``b`` images, ``g`` groups, ``c`` channels of a group, ``n`` filters of a
group, then places of the result and elements of a filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from theano.tensor.nnet.convolution.geometry import Geometry, Lengths
from theano.tensor.ops.careduce import ACCUMULATORS

PLACES, ELEMENTS = "xyz", "ijk"


def convolve(x: np.ndarray, w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return the convolution of images ``(b, channels, …)`` with filters."""
    shape = geometry.result_shape(x.shape, w.shape)
    filters = in_groups(turned(w, geometry), 0, geometry)
    seen = windows(in_groups(x, 1, geometry), w.shape[-geometry.ndim :], geometry)
    places, elements, own = subscripts(geometry)
    return product(f"bgc{places}{elements},gn{own}c{elements}->bgn{places}", seen, filters).reshape(
        shape
    )


def gradient_of_filters(
    x: np.ndarray, g_z: np.ndarray, spatial: Lengths, geometry: Geometry
) -> np.ndarray:
    """Return the gradient of filters of the spatial lengths ``spatial``."""
    shape = geometry.filters_shape(x.shape, g_z.shape, spatial)
    seen = windows(in_groups(x, 1, geometry), spatial, geometry)
    places, elements, own = subscripts(geometry)
    g_w = product(
        f"bgc{places}{elements},bgn{places}->gn{own}c{elements}",
        seen,
        in_groups(g_z, 1, geometry),
    )
    return turned(g_w.reshape(shape), geometry)


def gradient_of_images(
    w: np.ndarray, g_z: np.ndarray, spatial: Lengths, geometry: Geometry
) -> np.ndarray:
    """Return the gradient of images of the spatial lengths ``spatial``."""
    shape = geometry.image_shape(w.shape, g_z.shape, spatial)
    places, elements, own = subscripts(geometry)
    shares = product(
        f"gn{own}c{elements},bgn{places}->bgc{elements}{places}",
        in_groups(turned(w, geometry), 0, geometry),
        in_groups(g_z, 1, geometry),
    )
    padded = [n + sum(pad) for n, pad in zip(spatial, geometry.padding, strict=True)]
    total = np.zeros((*shares.shape[:3], *padded), shares.dtype)
    for element in np.ndindex(w.shape[-geometry.ndim :]):
        touched: list[Any] = [
            slice(i * d, i * d + s * n, s)
            for i, d, s, n in zip(
                element, geometry.dilation, geometry.strides, g_z.shape[2:], strict=True
            )
        ]
        total[(..., *touched)] += shares[(slice(None),) * 3 + element]
    inside: list[Any] = [
        slice(before, before + n) for n, (before, _) in zip(spatial, geometry.padding, strict=True)
    ]
    return total[(..., *inside)].reshape(shape)


def subscripts(geometry: Geometry) -> tuple[str, str, str]:
    """Return subscripts of places, of elements, and of the places that filters have."""
    places, elements = PLACES[: geometry.ndim], ELEMENTS[: geometry.ndim]
    return places, elements, places if geometry.unshared else ""


def in_groups(x: np.ndarray, axis: int, geometry: Geometry) -> np.ndarray:
    """Return ``x`` with ``axis`` divided into groups and members."""
    members = x.shape[axis] // geometry.groups
    return x.reshape(*x.shape[:axis], geometry.groups, members, *x.shape[axis + 1 :])


def turned(w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return filters turned round in their spatial dimensions, where they are to be."""
    return np.flip(w, tuple(range(-geometry.ndim, 0))) if geometry.flip else w


def windows(x: np.ndarray, spatial: Sequence[int], geometry: Geometry) -> np.ndarray:
    """Return what each element of a filter sees at each place: ``(…, places, elements)``."""
    leading = x.ndim - geometry.ndim
    padded = np.pad(x, [(0, 0)] * leading + list(geometry.padding))
    if 0 in spatial:
        places = geometry.result_lengths(x.shape[leading:], spatial)
        return np.zeros((*x.shape[:leading], *places, *spatial), x.dtype)
    seen = sliding_window_view(padded, geometry.spans(spatial), tuple(range(leading, x.ndim)))
    steps: list[Any] = [slice(None, None, step) for step in (*geometry.strides, *geometry.dilation)]
    return seen[(..., *steps)]


def product(subscript: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a sum of products, added up in a wider dtype where sums are."""
    dtype = np.result_type(x, y)
    wide = np.dtype(ACCUMULATORS.get(dtype.name, dtype.name))
    with np.errstate(all="ignore"):
        total = np.einsum(subscript, x.astype(wide), y.astype(wide), optimize=True)
        return np.asarray(total.astype(dtype))
