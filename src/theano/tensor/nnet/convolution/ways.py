"""Ways of computing convolutions and their gradients in JAX, of filters that are not flipped.

Each takes and gives arrays as they are: ``(b, channels, …)`` images, ``(filters, channels of a
group, …)`` filters, ``(b, filters, …)`` results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.tensor.nnet.convolution.geometry import Geometry, Lengths
from theano.tensor.nnet.convolution.patches import (
    flat_places,
    in_groups,
    padded,
    patches,
    placed,
    scattered,
    swapped,
)
from theano.tensor.signal.pool_lowering import fenced

Way = Callable[..., Any]

MOST_SEEN = 2**25
"""How many numbers that filters see are in memory at once, where that can be chosen."""


def xla_convolve(x: Any, w: Any, geometry: Geometry) -> Any:
    """XLA's own convolution."""
    places = "DHW"[-geometry.ndim :]
    return lax.conv_general_dilated(
        x,
        w,
        geometry.strides,
        geometry.padding,
        rhs_dilation=geometry.dilation,
        dimension_numbers=(f"NC{places}", f"OI{places}", f"NC{places}"),
        feature_group_count=geometry.groups,
    )


def direct_convolve(x: Any, w: Any, geometry: Geometry) -> Any:
    """A sum of shifted images times numbers, in one loop: for few channels and small filters.

    The loop stays by itself: in that of a pool that reads the result, strides spoil it.
    """
    groups, ones = geometry.groups, (1,) * geometry.ndim
    total: Any = None
    for element, part in patches(x, w.shape[2:], geometry):
        shifted = in_groups(part, 1, geometry)
        for channel in range(w.shape[1]):
            numbers = lax.reshape(
                w[(slice(None), channel, *element)], (1, groups, w.shape[0] // groups, *ones)
            )
            term = numbers * shifted[:, :, channel, None]
            total = term if total is None else total + term
    return fenced(lax.reshape(total, (x.shape[0], w.shape[0], *total.shape[3:])))


def shifted_convolve(x: Any, w: Any, geometry: Geometry) -> Any:
    """A sum of products of matrices, one for each element of filters."""
    total: Any = None
    for element, part in patches(x, w.shape[2:], geometry):
        filters = in_groups(w[(slice(None), slice(None), *element)], 0, geometry)
        term = einsum("gnc,bgco->bgno", filters, in_groups(flat_places(part), 1, geometry))
        total = term if total is None else total + term
    return lax.reshape(
        total, (x.shape[0], w.shape[0], *geometry.result_lengths(x.shape[2:], w.shape[2:]))
    )


def batched_convolve(x: Any, w: Any, geometry: Geometry) -> Any:
    """One product of matrices for each image, of all that filters see (im2col).

    Of large images, what filters see is in memory for a few at a time.
    """
    filters = in_groups(flat_filters(w), 0, geometry)
    places = geometry.result_lengths(x.shape[2:], w.shape[2:])

    def products(image: Any) -> Any:
        seen = columns(image[None], w.shape[2:], geometry)
        return einsum("gnk,bgko->bgno", filters, seen)[0]

    at_once = max(1, MOST_SEEN // (x.shape[1] * prod(w.shape[2:]) * prod(places)))
    z = lax.map(products, x, batch_size=min(at_once, x.shape[0]))
    return lax.reshape(z, (x.shape[0], w.shape[0], *places))


def xla_gradient_of_filters(x: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """A convolution in which images take the part of channels, strides that of dilation."""
    places = "DHW"[-geometry.ndim :]
    # What strides never reached at the end plays no part: negative padding cuts it off.
    needed = [
        (m - 1) * stride + (k - 1) * dilation + 1
        for m, stride, k, dilation in zip(
            g_z.shape[2:], geometry.strides, spatial, geometry.dilation, strict=True
        )
    ]
    before = [low for low, _ in geometry.padding]
    x, padding = padded(
        x, [(b, n - m - b) for b, n, m in zip(before, needed, x.shape[2:], strict=True)]
    )
    return lax.conv_general_dilated(
        x,
        g_z,
        geometry.dilation,
        padding,
        rhs_dilation=geometry.strides,
        dimension_numbers=(f"CN{places}", f"IO{places}", f"CN{places}"),
        batch_group_count=geometry.groups,
    )


def batched_gradient_of_filters(x: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """One product of matrices for each image, then their sum: nothing is transposed."""
    seen = columns(x, spatial, geometry)
    gradient = in_groups(flat_places(g_z), 1, geometry)
    g_w = jnp.sum(einsum("bgno,bgko->bgnk", gradient, seen), axis=0)
    return lax.reshape(g_w, (g_z.shape[1], x.shape[1] // geometry.groups, *spatial))


def shifted_gradient_of_filters(x: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """One product of matrices for each element of filters."""
    gradient = in_groups(flat_places(g_z), 1, geometry)
    parts = [
        einsum("bgno,bgco->gnc", gradient, in_groups(flat_places(part), 1, geometry))
        for _, part in patches(x, spatial, geometry)
    ]
    shape = (g_z.shape[1], x.shape[1] // geometry.groups, *spatial)
    return lax.reshape(jnp.stack(parts, axis=3), shape)


def xla_gradient_of_images(w: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """A convolution with the filters turned round, strides becoming holes in the gradient."""
    places = "DHW"[-geometry.ndim :]
    spans = geometry.spans(w.shape[2:])
    padding = []
    for n, span, m, stride, (before, _) in zip(
        spatial, spans, g_z.shape[2:], geometry.strides, geometry.padding, strict=True
    ):
        low = span - 1 - before
        padding.append((low, n + span - 1 - ((m - 1) * stride + 1) - low))
    filters = lax.rev(swapped(w, geometry.groups), tuple(range(2, w.ndim)))
    # On a CPU XLA computes with channels last; told so, it moves the filters about for less.
    middle = tuple(range(2, w.ndim))
    g_x = lax.conv_general_dilated(
        lax.transpose(g_z, (0, *middle, 1)),
        lax.transpose(filters, (*middle, 1, 0)),
        (1,) * geometry.ndim,
        padding,
        lhs_dilation=geometry.strides,
        rhs_dilation=geometry.dilation,
        dimension_numbers=(f"N{places}C", f"{places}IO", f"N{places}C"),
        feature_group_count=geometry.groups,
    )
    return lax.transpose(g_x, (0, w.ndim - 1, *range(1, w.ndim - 1)))


def gemm_gradient_of_images(w: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """A product of matrices, then what each gave to each pixel is added up (col2im)."""
    filters = in_groups(flat_filters(w), 0, geometry)
    gradient = in_groups(flat_places(g_z), 1, geometry)
    shares = einsum("gnk,bgno->bgko", filters, gradient)
    shape = (g_z.shape[0], w.shape[1] * geometry.groups, *w.shape[2:], *g_z.shape[2:])
    return scattered(lax.reshape(shares, shape), spatial, geometry)


def shifted_gradient_of_images(w: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """A sum of products of matrices, one for each element of filters, each put in its place."""
    gradient = in_groups(flat_places(g_z), 1, geometry)
    channels, total = w.shape[1] * geometry.groups, None
    for element in np.ndindex(*w.shape[2:]):
        filters = in_groups(w[(slice(None), slice(None), *element)], 0, geometry)
        share = einsum("gnc,bgno->bgco", filters, gradient)
        share = lax.reshape(share, (g_z.shape[0], channels, *g_z.shape[2:]))
        here = placed(share, element, spatial, geometry)
        total = here if total is None else total + here
    return total


def unshared_convolve(x: Any, w: Any, geometry: Geometry) -> Any:
    """One product of matrices for each place."""
    seen = columns(x, w.shape[-geometry.ndim :], geometry)
    filters = in_groups(flat_unshared(w, geometry), 0, geometry)
    z = einsum("bgko,gnok->bgno", seen, filters)
    return lax.reshape(z, (x.shape[0], w.shape[0], *w.shape[1 : 1 + geometry.ndim]))


def unshared_gradient_of_filters(x: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """One product of matrices for each place."""
    gradient = in_groups(flat_places(g_z), 1, geometry)
    g_w = einsum("bgko,bgno->gnok", columns(x, spatial, geometry), gradient)
    channels = x.shape[1] // geometry.groups
    return lax.reshape(g_w, (g_z.shape[1], *g_z.shape[2:], channels, *spatial))


def unshared_gradient_of_images(w: Any, g_z: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """One product of matrices for each place, then what each gave to each pixel is added up."""
    filters = in_groups(flat_unshared(w, geometry), 0, geometry)
    gradient = in_groups(flat_places(g_z), 1, geometry)
    shares = einsum("gnok,bgno->bgko", filters, gradient)
    channels = w.shape[-geometry.ndim - 1] * geometry.groups
    shape = (g_z.shape[0], channels, *w.shape[-geometry.ndim :], *g_z.shape[2:])
    return scattered(lax.reshape(shares, shape), spatial, geometry)


def einsum(subscripts: str, x: Any, y: Any) -> Any:
    """Return a sum of products; without the groups ``g`` where there is one, which XLA likes."""
    left, right, result = subscripts.replace("->", ",").split(",")
    if x.shape[left.index("g")] > 1:
        return jnp.einsum(subscripts, x, y)
    x, y = jnp.squeeze(x, left.index("g")), jnp.squeeze(y, right.index("g"))
    z = jnp.einsum(subscripts.replace("g", ""), x, y)
    return jnp.expand_dims(z, result.index("g"))


def columns(x: Any, spatial: Lengths, geometry: Geometry) -> Any:
    """Return what filters see: ``(b, groups, channels of a group * elements, places)``."""
    seen = jnp.stack([flat_places(part) for _, part in patches(x, spatial, geometry)], axis=2)
    per_group = x.shape[1] // geometry.groups * prod(spatial)
    return lax.reshape(seen, (x.shape[0], geometry.groups, per_group, seen.shape[-1]))


def flat_filters(w: Any) -> Any:
    """Return filters as ``(filters, channels * elements)``."""
    return lax.reshape(w, (w.shape[0], prod(w.shape[1:])))


def flat_unshared(w: Any, geometry: Geometry) -> Any:
    """Return unshared filters as ``(filters, places, channels * elements)``."""
    places, seen = w.shape[1 : 1 + geometry.ndim], w.shape[1 + geometry.ndim :]
    return lax.reshape(w, (w.shape[0], prod(places), prod(seen)))


CONVOLVE: Mapping[str, Way] = {
    "xla": xla_convolve,
    "direct": direct_convolve,
    "shifted": shifted_convolve,
    "batched": batched_convolve,
    "unshared": unshared_convolve,
}
GRADIENT_OF_FILTERS: Mapping[str, Way] = {
    "xla": xla_gradient_of_filters,
    "batched": batched_gradient_of_filters,
    "shifted": shifted_gradient_of_filters,
    "unshared": unshared_gradient_of_filters,
}
GRADIENT_OF_IMAGES: Mapping[str, Way] = {
    "xla": xla_gradient_of_images,
    "gemm": gemm_gradient_of_images,
    "shifted": shifted_gradient_of_images,
    "unshared": unshared_gradient_of_images,
}
