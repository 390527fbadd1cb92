"""Patches of images as the rows of a matrix, and back: ``images2neibs`` and ``neibs2images``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES, INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.joining import join
from theano.tensor.ops.shape import alloc, reshape
from theano.tensor.type import TensorType

__all__ = ["Images2Neibs", "Images2NeibsGrad", "images2neibs", "neibs2images"]

MODES = ("full", "half", "ignore_borders", "valid", "wrap_centered")
AXES = (2, 3)


def margin(mode: str, size: Any) -> Any:
    """Return how many places a mode adds on either side of an image, for patches of ``size``."""
    if mode == "full":
        return size - 1
    return size // 2 if mode in ("half", "wrap_centered") else size * 0


def patch_count(mode: str, length: Any, size: Any, step: Any) -> Any:
    """Return how many patches there are along an axis; numbers or integer scalars."""
    if mode == "wrap_centered":
        return (length + step - 1) // step
    return (length + 2 * margin(mode, size) - size) // step + 1


class PatchOp(Op):
    """What ``Images2Neibs`` and its gradient share: modes, and the last two inputs.

    Parameters
    ----------
    mode : {"valid", "half", "full", "ignore_borders", "wrap_centered"}

    Raises: NotImplementedError for a mode that is none of these.
    """

    __props__ = ("mode",)

    def __init__(self, mode: str = "valid") -> None:
        if mode not in MODES:
            raise usage_error(
                NotImplementedError,
                f"{type(self).__name__} was given a mode that it does not know",
                expected=f"one of {', '.join(map(repr, MODES))}",
                got=repr(mode),
            )
        self.mode = mode

    def __str__(self) -> str:
        return f"{type(self).__name__}{{{self.mode}}}"

    def take(self, images: Any, neib_shape: Any, neib_step: Any) -> list[Any]:
        """Return images, shape and step of patches as variables.

        Raises
        ------
        TypeError
            The images are not of rank 4, or a size is no vector of integers.
        """
        images, neib_shape = as_tensor_variable(images), as_tensor_variable(neib_shape)
        neib_step = neib_shape if neib_step is None else as_tensor_variable(neib_step)
        if images.type.ndim != 4:
            raise usage_error(
                TypeError,
                "patches are taken from a tensor of rank 4",
                expected="(images, channels, rows, columns)",
                got=images,
            )
        for name, size in (("neib_shape", neib_shape), ("neib_step", neib_step)):
            if size.type.ndim != 1 or size.type.dtype not in INTEGER_DTYPES:
                raise usage_error(
                    TypeError,
                    f"{name} is no vector of integers",
                    expected="rows and columns, such as (2, 2)",
                    got=size,
                )
        return [images, neib_shape, neib_step]

    def counts(self, shape: Sequence[int], neib_shape: Any, neib_step: Any) -> list[int]:
        """Return how many patches there are along rows and columns.

        Raises
        ------
        TypeError
            A size has not two entries, or the patches do not fit the images as the mode wants.
        ValueError
            A size is not positive.
        """
        sizes = (neib_shape, neib_step)
        for name, size in zip(("neib_shape", "neib_step"), sizes, strict=True):
            if np.shape(size) != (2,):
                raise usage_error(
                    TypeError,
                    f"{name} has another length",
                    expected="rows and columns",
                    got=str(np.asarray(size).tolist()),
                )
            if min(size) <= 0:
                raise usage_error(
                    ValueError,
                    f"{name} is not positive",
                    expected="1 or more",
                    got=str(np.asarray(size).tolist()),
                )
        counts = []
        for axis, size, step in zip(AXES, *(map(int, s) for s in sizes), strict=True):
            length = int(shape[axis])
            count = patch_count(self.mode, length, size, step)
            if self.mode == "ignore_borders":
                counts.append(max(count, 0))
                continue
            if self.mode == "wrap_centered":
                fits, rule = size % 2 == 1, "of odd length and "
            else:
                rest = length + 2 * margin(self.mode, size) - size
                fits, rule = rest % step == 0, f"that steps of {step} bring to its end, and "
            if not fits or length < size:
                raise usage_error(
                    TypeError,
                    f"patches do not fit along axis {axis} in mode {self.mode!r}",
                    expected=f"patches {rule}no longer than the image",
                    got=f"patches of length {size}, an image of length {length}",
                    fix="pad the images, or use mode='ignore_borders'",
                )
            counts.append(count)
        return counts

    def static_inputs(self, node: Apply) -> Sequence[int]:
        return (len(node.inputs) - 2, len(node.inputs) - 1)

    def places(
        self, shape: Sequence[int], neib_shape: Any, neib_step: Any
    ) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Return the row and column of each place of each patch, and whether the image has it.

        Returns
        -------
        tuple of two int64 arrays
            They broadcast to (rows of patches, columns of patches, rows, columns).
        bool array
        """
        index, inside = [], []
        counts = self.counts(shape, neib_shape, neib_step)
        for axis, count, size, step in zip(AXES, counts, neib_shape, neib_step, strict=True):
            place = np.arange(count)[:, None] * int(step) + np.arange(size)
            place -= margin(self.mode, int(size))
            if self.mode == "wrap_centered":
                place %= shape[axis]
            index.append(np.clip(place, 0, max(shape[axis] - 1, 0)))
            inside.append(index[-1] == place)
        rows, columns = index
        whole = inside[0][:, None, :, None] & inside[1][None, :, None, :]
        return (rows[:, None, :, None], columns[None, :, None, :]), whole

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True]] * (len(node.inputs) - 2) + [[False]] * 2


class Images2Neibs(PatchOp):
    """Patches of images as rows: ``images (n, c, h, w), … -> (patches, places)``.

    A row is a patch, rows of places first; patches follow one another along the columns of an
    image, then its rows, the channels and the images. The dtype is kept.

    Parameters
    ----------
    mode : {"valid", "half", "full", "ignore_borders", "wrap_centered"}
        What happens at the border; see ``images2neibs``.
    """

    def make_node(self, ten4: Any, neib_shape: Any, neib_step: Any = None) -> Apply:
        inputs = self.take(ten4, neib_shape, neib_step)
        return Apply(self, inputs, [TensorType(inputs[0].type.dtype, (False, False))()])

    def perform(self, node, inputs, output_storage):
        images, *sizes = inputs
        index, inside = self.places(images.shape, *sizes)
        patches = np.zeros((*images.shape[:2], *inside.shape), images.dtype)
        if images.size:
            np.copyto(patches, images[(slice(None), slice(None), *index)], where=inside)
        places = inside.shape[2] * inside.shape[3]
        output_storage[0][0] = patches.reshape(patches.size // places, places)

    def lower(self, ctx, images, *_):
        sizes = [ctx.static(i) for i in self.static_inputs(ctx.node)]
        counts = self.counts(images.shape, *sizes)
        patches = images
        for axis, count, size, step in zip(
            AXES, counts, *(map(int, s) for s in sizes), strict=True
        ):
            # The rows of patches, once taken, are two axes.
            at = axis if axis == AXES[0] else axis + 1
            patches = unfold(bordered(patches, at, self.mode, size), at, count, size, step)
        patches = patches.transpose(0, 1, 2, 4, 3, 5)
        places = patches.shape[4] * patches.shape[5]
        return patches.reshape(patches.size // places, places)

    def infer_shape(self, node, shapes):
        _, neib_shape, neib_step = node.inputs
        number, channels, *lengths = shapes[0]
        counts = [
            patch_count(self.mode, length, neib_shape[i], neib_step[i])
            for i, length in enumerate(lengths)
        ]
        if self.mode == "ignore_borders":
            counts = [ew.maximum(count, 0) for count in counts]  # type: ignore[attr-defined]
        rows, columns = counts
        return [(number * channels * rows * columns, neib_shape[0] * neib_shape[1])]

    def L_op(self, inputs, outputs, output_grads):
        images, *sizes = inputs
        if images.type.dtype in DISCRETE_DTYPES:
            g_x = ew.zeros_like(images, dtype="floatX")
        else:
            g_x = Images2NeibsGrad(self.mode)(images, output_grads[0], *sizes)
        return [g_x, disconnected_type(), disconnected_type()]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None or inputs[0].type.dtype in DISCRETE_DTYPES:
            return [None]
        return [self(eval_points[0], *inputs[1:])]


class Images2NeibsGrad(PatchOp):
    """Patches added up where they lie in the images: ``images, neibs, … -> images.shape``.

    The gradient of ``Images2Neibs``; of the images only the shape matters.

    Parameters
    ----------
    mode : {"valid", "half", "full", "ignore_borders", "wrap_centered"}
    """

    def make_node(self, ten4: Any, neibs: Any, neib_shape: Any, neib_step: Any = None) -> Apply:
        images, *sizes = self.take(ten4, neib_shape, neib_step)
        neibs = as_tensor_variable(neibs)
        if (neibs.type.ndim, neibs.type.dtype) != (2, images.type.dtype):
            raise usage_error(
                TypeError,
                "patches are the rows of a matrix of the images' dtype",
                expected=images.type.dtype,
                got=neibs,
            )
        return Apply(self, [images, neibs, *sizes], [images.type()])

    def perform(self, node, inputs, output_storage):
        images, neibs, *sizes = inputs
        index, inside = self.places(images.shape, *sizes)
        total = np.zeros_like(images)
        patches = neibs.reshape(*images.shape[:2], *inside.shape)
        if images.size:
            np.add.at(total, (slice(None), slice(None), *index), np.where(inside, patches, 0))
        output_storage[0][0] = total

    def lower(self, ctx, images, neibs, *_):
        sizes = [[int(n) for n in ctx.static(i)] for i in self.static_inputs(ctx.node)]
        counts = self.counts(images.shape, *sizes)
        patches = neibs.reshape(*images.shape[:2], *counts, *sizes[0]).transpose(0, 1, 2, 4, 3, 5)
        for axis, size, step in reversed(list(zip(AXES, *sizes, strict=True))):
            at = axis if axis == AXES[0] else axis + 1
            whole = images.shape[axis] + 2 * margin(self.mode, size)
            patches = unbordered(fold(patches, at, whole, step), at, self.mode, size)
        return patches

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        images, neibs, *sizes = inputs
        if neibs.type.dtype in DISCRETE_DTYPES:
            found = [ew.zeros_like(v, dtype="floatX") for v in (images, neibs)]
        else:
            found = [ew.zeros_like(images), Images2Neibs(self.mode)(output_grads[0], *sizes)]
        return [*found, disconnected_type(), disconnected_type()]

    def R_op(self, inputs, eval_points):
        images, _, *sizes = inputs
        if eval_points[1] is None:
            return [None]
        return [self(images, eval_points[1], *sizes)]


def bordered(x: Any, axis: int, mode: str, size: int) -> Any:
    """Return ``x`` with what a mode adds at both ends of an axis."""
    width = margin(mode, size)
    if width == 0:
        return x
    if mode == "wrap_centered":
        length = x.shape[axis]
        ends = [(length - width, length), (0, length), (0, width)]
        return lax.concatenate([lax.slice_in_dim(x, *end, axis=axis) for end in ends], axis)
    return padded(x, axis, width, width)


def unbordered(x: Any, axis: int, mode: str, size: int) -> Any:
    """Return ``x`` with its ends added to where ``bordered`` has them from: its transpose."""
    width = margin(mode, size)
    if width == 0:
        return x
    length = x.shape[axis] - 2 * width
    middle = padded(x, axis, -width, -width)
    if mode != "wrap_centered":
        return middle
    before = lax.slice_in_dim(x, 0, width, axis=axis)
    after = lax.slice_in_dim(x, width + length, None, axis=axis)
    rest = length - width
    return middle + padded(before, axis, rest, 0) + padded(after, axis, 0, rest)


def padded(x: Any, axis: int, low: int, high: int) -> Any:
    """Return ``x`` with zeros before and after along an axis; negative numbers cut it."""
    widths = [(low, high, 0) if i == axis else (0, 0, 0) for i in range(x.ndim)]
    return lax.pad(x, jnp.zeros((), x.dtype), widths)


def unfold(x: Any, axis: int, count: int, size: int, step: int) -> Any:
    """Return the windows along an axis, which becomes two: windows and their places.

    Made of blocks of one step, side by side: without overlap it is a view.
    """
    overlap = -(-size // step)
    whole = (count + overlap - 1) * step
    x = padded(x, axis, 0, whole - x.shape[axis])
    x = x.reshape(*x.shape[:axis], whole // step, step, *x.shape[axis + 1 :])
    parts = [lax.slice_in_dim(x, k, k + count, axis=axis) for k in range(overlap)]
    return lax.slice_in_dim(lax.concatenate(parts, axis + 1), 0, size, axis=axis + 1)


def fold(x: Any, axis: int, length: int, step: int) -> Any:
    """Return windows added up where they lie along an axis: the transpose of ``unfold``."""
    count, size = x.shape[axis : axis + 2]
    overlap = -(-size // step)
    x = padded(x, axis + 1, 0, overlap * step - size)
    total = None
    for k in range(overlap):
        part = lax.slice_in_dim(x, k * step, (k + 1) * step, axis=axis + 1)
        part = part.reshape(*x.shape[:axis], count * step, *x.shape[axis + 2 :])
        part = padded(part, axis, k * step, length - (k + count) * step)
        total = part if total is None else total + part
    return total


def images2neibs(ten4: Any, neib_shape: Any, neib_step: Any = None, mode: str = "valid") -> Any:
    """Return patches of images as the rows of a matrix.

    Parameters
    ----------
    ten4 : tensor of rank 4
        Images, channels, rows, columns.
    neib_shape : pair of int, or vector of two integers
        Rows and columns of a patch.
    neib_step : pair of int, or vector of two integers, optional
        How far the next patch is, down and to the right; by default ``neib_shape``.
    mode : {"valid", "half", "full", "ignore_borders", "wrap_centered"}
        ``"valid"``: patches have to end where the images do. ``"half"`` and ``"full"``: the same,
        after zeros were added on every side, as many as half a patch, or as a patch less one.
        ``"ignore_borders"``: what is left over at the end is left out. ``"wrap_centered"``: patches
        lie around their places, and what one lacks is taken from the opposite side.

    Returns
    -------
    matrix
        One row for each patch: those of one row of patches follow one another, then the rows, the
        channels and the images. It has a gradient in every mode; Theano's had it in two.

    Raises
    ------
    NotImplementedError
        ``mode`` is not known.
    TypeError
        ``ten4`` is not of rank 4, or a size is no vector of integers; at run time, where patches do
        not fit.
    """
    return Images2Neibs(mode)(ten4, neib_shape, neib_step)


def neibs2images(neibs: Any, neib_shape: Any, original_shape: Any, mode: str = "valid") -> Any:
    """Return the images whose patches, side by side, are the rows of a matrix.

    Parameters
    ----------
    neibs : matrix
        As ``images2neibs`` gives it where ``neib_step`` is ``neib_shape``.
    neib_shape : pair of int, or vector of two integers
    original_shape : four int, or vector of four integers
        The shape of the images.
    mode : {"valid", "ignore_borders"}
        With ``"ignore_borders"``, what the patches do not cover becomes zero.

    Returns
    -------
    tensor of rank 4

    Raises
    ------
    NotImplementedError
        Another ``mode``.
    ValueError
        At run time, where the patches do not make images of this shape.
    """
    if mode not in ("valid", "ignore_borders"):
        raise usage_error(
            NotImplementedError,
            "images are put together of patches that lie side by side",
            expected="mode 'valid' or 'ignore_borders'",
            got=repr(mode),
        )
    neibs = as_tensor_variable(neibs)
    rows, columns = (as_tensor_variable(neib_shape)[i] for i in range(2))
    shape = as_tensor_variable(original_shape)
    number, channels, height, width = (shape[i] for i in range(4))
    down, across = height // rows, width // columns
    patches = reshape(neibs, (number, channels, down, across, rows, columns), ndim=6)
    images = patches.dimshuffle(0, 1, 2, 4, 3, 5)
    if mode == "valid":
        return reshape(images, original_shape, ndim=4)
    images = reshape(images, (number, channels, down * rows, across * columns), ndim=4)
    zero = np.zeros((), neibs.type.dtype)
    below = alloc(zero, number, channels, height - down * rows, across * columns)
    right = alloc(zero, number, channels, height, width - across * columns)
    return join(3, join(2, images, below), right)
