"""Convolutions and their gradients in JAX, each in the way that suits its shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.tensor.nnet.convolution.geometry import Geometry, Lengths
from theano.tensor.nnet.convolution.patches import turned
from theano.tensor.nnet.convolution.ways import (
    CONVOLVE,
    GRADIENT_OF_FILTERS,
    GRADIENT_OF_IMAGES,
    Way,
)
from theano.tensor.ops.careduce import ACCUMULATORS

MOST_TERMS = 75
"""Of sums that are written out; XLA takes long to compile longer ones."""
FEW_SHARES = 2**22
"""Up to how many numbers, that are added to pixels, a product is faster than XLA's border."""
BORDERED = 1.9
"""How many times the places of a result an image has where its border costs XLA too much."""
MANY_CHANNELS, MANY_ELEMENTS = 16, 27
"""From how many channels on, and up to how many elements, a product for each element pays."""
MANY_PLACES = 500
"""From how many places of a result on one product of matrices for each image pays."""


def convolve(x: Any, w: Any, geometry: Geometry, way: str | None = None) -> Any:
    """Return the convolution of images ``(b, channels, …)`` with filters.

    Parameters
    ----------
    way : str, optional
        Which of ``CONVOLVE`` computes it; by default the one that :func:`choose` names.
    """
    shape = geometry.result_shape(x.shape, w.shape)
    if 0 in x.shape or 0 in w.shape:
        return jnp.zeros(shape, x.dtype)
    w, geometry = turned(w, geometry), replace(geometry, flip=False)
    covered = geometry.covered(x.shape[2:], w.shape[-geometry.ndim :])
    x, w = folded(x, covered), folded(w, covered)
    z = run("convolve", CONVOLVE, way, x.shape, w.shape, geometry, x, w)
    return lax.reshape(z, shape)


def gradient_of_filters(
    x: Any, g_z: Any, spatial: Lengths, geometry: Geometry, way: str | None = None
) -> Any:
    """Return the gradient of filters of the spatial lengths ``spatial``; see :func:`convolve`."""
    shape = geometry.filters_shape(x.shape, g_z.shape, spatial)
    if 0 in x.shape or 0 in g_z.shape or 0 in shape:
        return jnp.zeros(shape, x.dtype)
    upright = replace(geometry, flip=False)
    covered = geometry.covered(x.shape[2:], spatial)
    x, folded_shape = folded(x, covered), folded_lengths(shape, covered)
    g_w = run(
        "filters",
        GRADIENT_OF_FILTERS,
        way,
        x.shape,
        folded_shape,
        upright,
        x,
        g_z,
        folded_shape[-geometry.ndim :],
    )
    return turned(unfolded(g_w, covered, shape), geometry)


def gradient_of_images(
    w: Any, g_z: Any, spatial: Lengths, geometry: Geometry, way: str | None = None
) -> Any:
    """Return the gradient of images of the spatial lengths ``spatial``; see :func:`convolve`."""
    shape = geometry.image_shape(w.shape, g_z.shape, spatial)
    if 0 in w.shape or 0 in g_z.shape or 0 in shape:
        return jnp.zeros(shape, w.dtype)
    w, geometry = turned(w, geometry), replace(geometry, flip=False)
    covered = geometry.covered(spatial, w.shape[-geometry.ndim :])
    w, folded_shape = folded(w, covered), folded_lengths(shape, covered)
    g_x = run(
        "images",
        GRADIENT_OF_IMAGES,
        way,
        folded_shape,
        w.shape,
        geometry,
        w,
        g_z,
        folded_shape[-geometry.ndim :],
    )
    return unfolded(g_x, covered, shape)


def run(
    what: str,
    ways: Mapping[str, Way],
    way: str | None,
    images: Lengths,
    filters: Lengths,
    geometry: Geometry,
    *arguments: Any,
) -> Any:
    """Compute by the way that is chosen for the platform, short floats on a CPU as wide ones."""
    dtype = arguments[0].dtype
    names = [
        way or choose(what, platform, dtype.name, images, filters, geometry)
        for platform in ("cpu", "other")
    ]
    wide = ACCUMULATORS["float16"] if dtype == "float16" else dtype

    def on_cpu(*pair: Any) -> Any:
        x, y = (lax.convert_element_type(v, wide) for v in pair)
        z = ways[names[0]](x, y, *arguments[2:], geometry)
        return lax.convert_element_type(z, dtype)

    def elsewhere(*pair: Any) -> Any:
        return ways[names[1]](*pair, *arguments[2:], geometry)

    if names[0] == names[1] and wide == dtype:
        return elsewhere(*arguments[:2])
    return lax.platform_dependent(*arguments[:2], cpu=on_cpu, default=elsewhere)


def choose(
    what: str, platform: str, dtype: str, images: Lengths, filters: Lengths, geometry: Geometry
) -> str:
    """Return the way that was fastest for such shapes: see ``benchmarks/conv_variants.py``.

    Parameters
    ----------
    what : {"convolve", "filters", "images"}
        A convolution, or the gradient of one of its inputs.
    platform : {"cpu", "other"}
    images, filters : tuple of int
        Their shapes.

    Notes
    -----
    On a CPU, XLA is at its best with many channels in float32. It is slow in float64, in three
    dimensions, with few channels or groups of them, with filters of one element, and where most of
    what filters see is border.
    """
    if geometry.unshared:
        return "unshared"
    if platform != "cpu":
        return "xla"
    channels, elements = filters[1], prod(filters[2:])
    places = geometry.result_lengths(images[2:], filters[2:])
    n_places = prod(places)
    is_xla_slow = dtype not in ("float16", "float32") or geometry.ndim == 3
    if what == "convolve":
        if channels <= 4 and channels * elements <= MOST_TERMS:
            return "direct"
        if elements == 1:
            return "shifted"
        if not is_xla_slow:
            return "xla"
        return "shifted" if channels >= MANY_CHANNELS and elements <= MANY_ELEMENTS else "batched"
    is_xla_slow = is_xla_slow or geometry.groups > 1 or elements == 1
    if what == "filters":
        few = elements == 1 or channels * elements <= 27
        if few and n_places >= MANY_PLACES and geometry.groups == 1:
            return "batched"
        return "shifted" if is_xla_slow else "xla"
    if channels == 1 or is_xla_slow:
        several = 1 < channels < 64 and elements > 1 and geometry.groups == 1
        return "shifted" if several else "gemm"
    # XLA multiplies for every place of the images, other ways for every place of the result.
    bordered = prod(images[2:]) >= BORDERED * n_places * prod(geometry.strides)
    if bordered or channels <= 4:
        if prod(images[:2]) * elements * n_places <= FEW_SHARES:
            return "gemm"
        if bordered and (elements <= 9 or channels <= 24):
            return "shifted"
    return "xla"


def folded(x: Any, covered: tuple[int, ...]) -> Any:
    """Return images or filters with the dimensions ``covered`` made part of their channels.

    Where a filter covers all of an image there is nothing to move over.
    """
    if not covered:
        return x
    rest = [i for i in range(2, x.ndim) if i not in covered]
    return lax.reshape(lax.transpose(x, (0, 1, *covered, *rest)), folded_lengths(x.shape, covered))


def folded_lengths(shape: Lengths, covered: tuple[int, ...]) -> Lengths:
    """Return the shape of :func:`folded`."""
    channels = shape[1] * prod(shape[i] for i in covered)
    return (shape[0], channels, *(1 if i in covered else shape[i] for i in range(2, len(shape))))


def unfolded(x: Any, covered: tuple[int, ...], shape: Lengths) -> Any:
    """Return images or filters of a shape from what :func:`folded` made of them."""
    if not covered:
        return x
    order = (0, 1, *covered, *(i for i in range(2, len(shape)) if i not in covered))
    apart = lax.reshape(x, tuple(shape[i] for i in order))
    return lax.transpose(apart, tuple(np.argsort(order)))
