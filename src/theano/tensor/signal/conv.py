"""Convolution of single images and of lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.errors import usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.conv_op import ConvOp


def conv2d(
    input: Any,
    filters: Any,
    image_shape: Sequence[Any] | None = None,
    filter_shape: Sequence[Any] | None = None,
    border_mode: str = "valid",
    subsample: Sequence[int] = (1, 1),
    **kargs: Any,
) -> Any:
    """Return the convolution of each image with each filter, which is turned round.

    Parameters
    ----------
    input : ``(rows, columns)`` or ``(images, rows, columns)``
    filters : ``(rows, columns)`` or ``(filters, rows, columns)``, of the same dtype
    image_shape, filter_shape : sequence of two or three int, optional
        Where both are given, values must have them.
    border_mode : {"valid", "full"}
        Whether filters stay inside images, or overlap with one element at least.
    subsample : pair of int
        Strides.
    **kargs
        Further arguments of :class:`~theano.tensor.nnet.conv.ConvOp`.

    Returns
    -------
    ``([images,] [filters,] rows, columns)``

    Raises
    ------
    AssertionError
        Images or filters have another number of dimensions.
    """
    input, filters = as_tensor_variable(input), as_tensor_variable(filters)
    for name, variable in (("images", input), ("filters", filters)):
        if variable.type.ndim not in (2, 3):
            raise usage_error(
                AssertionError,
                f"signal.conv.conv2d takes single {name} or a list of them",
                expected="2 or 3 dimensions",
                got=variable,
                fix="call theano.tensor.nnet.conv2d for images with channels",
            )
    known: dict[str, Any] = {}
    if image_shape and filter_shape:
        known = {
            "bsize": image_shape[0] if input.type.ndim == 3 else 1,
            "imshp": (1, *image_shape[-2:]),
            "nkern": filter_shape[0] if filters.type.ndim == 3 else 1,
            "kshp": tuple(filter_shape[-2:]),
        }
    op = ConvOp(output_mode=border_mode, dx=subsample[0], dy=subsample[1], **known, **kargs)
    result = op(with_channel(input), with_channel(filters))
    lists = [i for i, variable in enumerate((input, filters)) if variable.type.ndim == 3]
    return result.dimshuffle(*lists, 2, 3)


def with_channel(images: Any) -> Any:
    """Return images as ``(images, 1, rows, columns)``."""
    if images.type.ndim == 2:
        return images.dimshuffle("x", "x", 0, 1)
    return images.dimshuffle(0, "x", 1, 2)
