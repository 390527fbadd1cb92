"""Spatial transformers: images sampled where an affine map of a regular grid says.

Max Jaderberg, Karen Simonyan, Andrew Zisserman, Koray Kavukcuoglu, "Spatial Transformer Networks",
NIPS 2015. Coordinates go from -1, the middle of the first pixel, to 1, that of the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import NullType, disconnected_type
from theano.scalar.type import FLOAT_DTYPES, INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.stacking import stacklists
from theano.tensor.type import TensorType

__all__ = [
    "TransformerGradI",
    "TransformerGradT",
    "TransformerGrid",
    "TransformerSampler",
    "spatial_transformer",
]


def floats(what: str, ndim: int, value: Any) -> Any:
    """Return a variable of real floats of a given rank.

    Raises
    ------
    TypeError
        It is not.
    """
    variable = as_tensor_variable(value)
    if variable.type.ndim != ndim or variable.type.dtype not in FLOAT_DTYPES:
        raise usage_error(
            TypeError,
            f"the {what} of a spatial transformer is of another type",
            expected=f"floats, of {ndim} dimensions",
            got=variable,
        )
    return variable


def check_shape(what: str, got: Sequence[int], expected: Sequence[int]) -> None:
    """Raise ValueError unless two shapes are equal."""
    if tuple(got) != tuple(expected):
        raise usage_error(
            ValueError,
            f"the {what} of a spatial transformer has another shape",
            expected=str(tuple(map(int, expected))),
            got=str(tuple(got)),
        )


def regular_grid(height: int, width: int) -> np.ndarray:
    """Return ``(x, y, 1)`` of each pixel, float64 ``(height, width, 3)``.

    That of a single row, or column, is 0.
    """
    y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(n) for n in (height, width))
    grid = np.ones((height, width, 3))
    grid[..., 0], grid[..., 1] = x, y[:, None]
    return grid


class TransformerGrid(Op):
    """Where to sample: ``theta (n, 2, 3), out_dims -> (n, height, width, 2)``, as ``(x, y)``.

    ``out_dims`` is ``(n, channels, height, width)`` of the result of the sampler. The dtype is that
    of ``theta``.

    Raises: ValueError at run time for a ``theta`` of another shape.
    """

    __props__ = ()

    def make_node(self, theta: Any, out_dims: Any) -> Apply:
        theta, out_dims = floats("theta", 3, theta), as_tensor_variable(out_dims)
        if out_dims.type.ndim != 1 or out_dims.type.dtype not in INTEGER_DTYPES:
            raise usage_error(
                TypeError,
                "the dimensions of a spatial transformer's result are no integers",
                expected="a vector: images, channels, height, width",
                got=out_dims,
            )
        out = TensorType(theta.type.dtype, (False,) * 4)()
        return Apply(self, [theta, ew.cast(out_dims, "int64")], [out])

    def perform(self, node, inputs, output_storage):
        theta, (number, _, height, width) = inputs
        check_shape("theta", theta.shape, (number, 2, 3))
        grid = np.einsum("hwj,nij->nhwi", regular_grid(height, width), theta)
        output_storage[0][0] = grid.astype(theta.dtype)

    def static_inputs(self, node: Apply) -> Sequence[int]:
        return (1,)

    def lower(self, ctx, theta, _):
        number, _, height, width = map(int, ctx.static(1))
        check_shape("theta", theta.shape, (number, 2, 3))
        grid = jnp.asarray(regular_grid(height, width), theta.dtype)
        return jnp.einsum("hwj,nij->nhwi", grid, theta)

    def infer_shape(self, node, shapes):
        out_dims = node.inputs[1]
        return [(out_dims[0], out_dims[2], out_dims[3], 2)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        return [TransformerGradT()(output_grads[0]), disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], inputs[1])]


class TransformerGradT(Op):
    """The gradient of ``TransformerGrid``: ``dgrid (n, height, width, 2) -> (n, 2, 3)``."""

    __props__ = ()

    def make_node(self, dgrid: Any) -> Apply:
        dgrid = floats("gradient of the grid", 4, dgrid)
        return Apply(self, [dgrid], [TensorType(dgrid.type.dtype, (False,) * 3)()])

    def perform(self, node, inputs, output_storage):
        (dgrid,) = inputs
        check_shape("gradient of the grid", dgrid.shape[3:], (2,))
        theta = np.einsum("hwj,nhwi->nij", regular_grid(*dgrid.shape[1:3]), dgrid)
        output_storage[0][0] = theta.astype(dgrid.dtype)

    def lower(self, ctx, dgrid):
        check_shape("gradient of the grid", dgrid.shape[3:], (2,))
        grid = jnp.asarray(regular_grid(*dgrid.shape[1:3]), dgrid.dtype)
        return jnp.einsum("hwj,nhwi->nij", grid, dgrid)

    def infer_shape(self, node, shapes):
        return [(shapes[0][0], 2, 3)]

    def L_op(self, inputs, outputs, output_grads):
        (dgrid,) = inputs
        number, height, width, _ = (dgrid.shape[i] for i in range(4))
        return [TransformerGrid()(output_grads[0], stacklists([number, 0, height, width]))]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


class TransformerSampler(Op):
    """Images sampled at points: ``img (n, c, h, w), grid (n, h2, w2, 2) -> (n, c, h2, w2)``.

    A point gets the bilinear mean of the four pixels around it; those outside of the image are 0.
    The dtype is that of the images.

    Raises: ValueError at run time where the numbers of images and of grids differ.
    """

    __props__ = ()

    def make_node(self, img: Any, grid: Any) -> Apply:
        img, grid = floats("image", 4, img), floats("grid", 4, grid)
        return Apply(self, [img, grid], [TensorType(img.type.dtype, (False,) * 4)()])

    def perform(self, node, inputs, output_storage):
        img, grid = inputs
        check_grid(img, grid)
        z = np.zeros((*img.shape[:2], *grid.shape[1:3]))
        for weight, _, pixels in corners(img, grid):
            z += weight[:, None] * np.moveaxis(padded(img)[pixels], -1, 1)
        output_storage[0][0] = z.astype(img.dtype)

    def lower(self, ctx, img, grid):
        check_grid(img, grid)
        return sampled(img, grid)

    def infer_shape(self, node, shapes):
        (number, channels, _, _), (_, height, width, _) = shapes
        return [(number, channels, height, width)]

    def L_op(self, inputs, outputs, output_grads):
        return TransformerGradI()(*inputs, output_grads[0])


class TransformerGradI(Op):
    """The gradients of ``TransformerSampler``: ``img, grid, dy -> (img.shape, grid.shape)``."""

    __props__ = ()

    def make_node(self, img: Any, grid: Any, dy: Any) -> Apply:
        img, grid, dy = (
            floats(what, 4, v) for what, v in (("image", img), ("grid", grid), ("gradient", dy))
        )
        return Apply(self, [img, grid, ew.cast(dy, img.type.dtype)], [img.type(), grid.type()])

    def perform(self, node, inputs, output_storage):
        img, grid, dy = inputs
        check_grid(img, grid)
        g_img = np.zeros_like(padded(img))
        g_grid = np.zeros(grid.shape)
        for weight, slopes, pixels in corners(img, grid):
            np.add.at(g_img, pixels, np.moveaxis(weight[:, None] * dy, 1, -1))
            along = (np.moveaxis(padded(img)[pixels], -1, 1) * dy).sum(1)
            g_grid += slopes * along[..., None]
        output_storage[0][0] = g_img[:, :, 1:-2, 1:-2].astype(img.dtype)
        output_storage[1][0] = g_grid.astype(grid.dtype)

    def lower(self, ctx, img, grid, dy):
        check_grid(img, grid)
        return jax.vjp(sampled, img, grid)[1](dy)

    def infer_shape(self, node, shapes):
        return shapes[:2]

    def L_op(self, inputs, outputs, output_grads):
        why = "the second derivative of a spatial transformer is not implemented"
        return [NullType(why)() for _ in inputs]


def check_grid(img: Any, grid: Any) -> None:
    """Raise ValueError unless there is one grid of points for each image."""
    check_shape("grid", grid.shape, (img.shape[0], *grid.shape[1:3], 2))


def padded(img: np.ndarray) -> np.ndarray:
    """Return images with one pixel of zeros before, and two behind, in float64."""
    return np.pad(img.astype("float64"), [(0, 0), (0, 0), (1, 2), (1, 2)])


def corners(img: np.ndarray, grid: np.ndarray) -> Any:
    """Yield, for each of the four pixels around the points, what it counts.

    Yields
    ------
    weight : float64 array (n, h2, w2)
    slopes : float64 array (n, h2, w2, 2)
        The derivatives of the weight with respect to x and y.
    pixels : index of ``padded(img)``
        Gives an array (n, h2, w2, c).
    """
    lengths = np.array(img.shape[:1:-1])
    scale = (lengths - 1) / 2
    place = (grid.astype("float64") + 1) * scale
    # Beyond this all is zero, whatever the place.
    place = np.clip(place, -1, lengths)
    low = np.floor(place).astype("int64")
    high_weight = place - low
    images = np.arange(img.shape[0])[:, None, None]
    for down in (0, 1):
        for right in (0, 1):
            chosen = np.array([right, down])
            part = np.where(chosen, high_weight, 1 - high_weight)
            slope = np.where(chosen, 1, -1) * scale
            column, row = np.moveaxis(low + chosen + 1, -1, 0)
            yield part.prod(-1), slope * part[..., ::-1], (images, slice(None), row, column)


def sampled(img: Any, grid: Any) -> Any:
    """Return images sampled at points, in JAX."""
    wide = np.promote_types(grid.dtype, "float32")
    scale = (np.array(img.shape[:1:-1]) - 1) / 2
    place = (grid.astype(wide) + 1) * jnp.asarray(scale, wide)
    low = jnp.floor(place)
    total = jnp.zeros((*img.shape[:2], *grid.shape[1:3]), img.dtype)
    if not total.size or not img.size:
        return total
    take = jax.vmap(lambda image, row, column: image[:, row, column])
    for down in (0, 1):
        for right in (0, 1):
            index, part = [], jnp.ones((), wide)
            for axis, chosen in ((0, right), (1, down)):
                length = img.shape[3 - axis]
                at = low[..., axis] + chosen
                share = place[..., axis] - low[..., axis]
                share = share if chosen else 1 - share
                part = part * jnp.where((at >= 0) & (at < length), share, jnp.zeros((), wide))
                index.append(jnp.clip(at, 0, length - 1).astype("int32"))
            total = total + take(img, index[1], index[0]) * part[:, None].astype(img.dtype)
    return total


def spatial_transformer(
    img: Any, theta: Any, scale_width: float = 1, scale_height: float = 1
) -> Any:
    """Return images transformed by affine maps, sampled bilinearly.

    Parameters
    ----------
    img : float tensor of rank 4
        Images, channels, height, width.
    theta : float tensor of rank 3, (n, 2, 3)
        For each image, the map from a place ``(x, y, 1)`` in the result to the place ``(x, y)`` in
        the image that is shown there. Both go from -1 to 1; outside of the image all is 0.
    scale_width, scale_height : float
        The size of the result, as multiples of that of the images, rounded up.

    Returns
    -------
    tensor of rank 4
        Of the dtype of ``img``.

    Raises
    ------
    TypeError
        ``img`` or ``theta`` is of another rank or not floating.
    ValueError
        At run time, where ``theta`` is not of the shape (n, 2, 3).
    """
    img = floats("image", 4, img)
    lengths = [
        img.shape[0],
        img.shape[1],
        *(
            ew.cast(ew.FUNCTIONS["ceil"](ew.cast(img.shape[axis], "float64") * scale), "int64")
            for axis, scale in ((2, scale_height), (3, scale_width))
        ),
    ]
    return TransformerSampler()(img, TransformerGrid()(theta, stacklists(lengths)))
