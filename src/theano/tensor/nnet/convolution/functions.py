"""Convolutions in two and three dimensions as functions of variables."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph import Constant, Variable
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.ops import (
    AbstractConv2d,
    AbstractConv2d_gradInputs,
    AbstractConv2d_gradWeights,
    AbstractConv3d,
    AbstractConv3d_gradInputs,
    AbstractConv3d_gradWeights,
)

Shape = Sequence[Any] | None


def abstract_conv2d(
    input: Any,
    filters: Any,
    input_shape: Shape = None,
    filter_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> Any:
    """Return the convolution of images with filters; see :func:`conv2d`."""
    return AbstractConv2d(
        input_shape,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )(input, filters)


def conv2d(
    input: Any,
    filters: Any,
    input_shape: Shape = None,
    filter_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    image_shape: Shape = None,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
    **kwargs: Any,
) -> Any:
    """Return the convolution of images with filters.

    Parameters
    ----------
    input : ``(images, channels, rows, columns)``, any dtype
    filters : ``(filters, channels / num_groups, rows, columns)``, any dtype
        Unshared, ``(filters, result rows, result columns, channels / num_groups, rows, columns)``.
    input_shape, filter_shape : sequence of (None, int or constant), optional
        Their shapes as far as they are known. Programs are compiled for the shapes that values
        have, with or without these; ``config.conv.assert_shape`` holds them against each other.
    border_mode : {"valid", "full", "half"}, int, or tuple of two
        Zeros around images. "valid": none, filters stay inside. "full": so many that filters
        overlap images with one element at least. "half": ``rows // 2`` and ``columns // 2`` of a
        filter. Numbers: of rows above and below, and of columns left and right; a pair in place of
        a number tells before and after.
    subsample : tuple of two int
        Strides: steps from one place of a filter to the next.
    filter_flip : bool
        Whether filters are turned round, as in the mathematical convolution; else the result is
        the cross-correlation.
    image_shape : optional
        The old name of ``input_shape``.
    filter_dilation : tuple of two int
        Steps between the elements of a filter (Yu & Koltun, ICLR 2016).
    num_groups : int
        Into how many independent convolutions channels and filters are divided.
    unshared : bool
        Whether every place has a filter of its own.
    **kwargs
        Ignored with a warning: arguments of earlier versions.

    Returns
    -------
    ``(images, filters, rows, columns)``
        Of the dtype that holds both.

    Raises
    ------
    TypeError
        Another number of dimensions.
    ValueError
        An argument that is none of these; at run time, channels or lengths that do not fit.
    """
    if "imshp_logical" in kwargs or "kshp_logical" in kwargs:
        raise usage_error(
            ValueError,
            "conv2d no longer takes imshp_logical and kshp_logical",
            fix="upsample the images first, or call theano.tensor.nnet.conv.conv2d",
        )
    if kwargs:
        warnings.warn(
            f"conv2d ignores {', '.join(sorted(kwargs))}: arguments of earlier versions",
            stacklevel=2,
        )
    if image_shape is not None:
        warnings.warn(
            "The `image_shape` keyword argument to `tensor.nnet.conv2d` is deprecated, it has been "
            "renamed to `input_shape`.",
            stacklevel=2,
        )
        if input_shape is not None:
            raise usage_error(
                ValueError,
                "conv2d was given input_shape and image_shape at the same time",
                fix="give input_shape alone",
            )
        input_shape = image_shape
    return abstract_conv2d(
        input,
        filters,
        input_shape,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )


def conv3d(
    input: Any,
    filters: Any,
    input_shape: Shape = None,
    filter_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1, 1),
    num_groups: int = 1,
) -> Any:
    """Return the convolution of ``(images, channels, depth, rows, columns)`` with filters.

    As :func:`conv2d`, with three spatial dimensions; filters are shared, and borders are the same
    before and after.
    """
    return AbstractConv3d(
        input_shape,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
    )(input, filters)


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Sequence[Any],
    filter_shape: Shape = None,
    border_mode: Any = "valid",
    input_dilation: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> Any:
    """Return the transposed convolution of images with filters, also called deconvolution.

    It is the linear map whose matrix is the transpose of that of :func:`conv2d`: the gradient of
    the latter with respect to its images.

    Parameters
    ----------
    input : ``(images, channels, rows, columns)``
    filters : ``(channels, result channels / num_groups, rows, columns)``
        Channels of the images first: the other way round than in ``conv2d``.
    output_shape : sequence of four
        Of the result; the last two entries, int or symbolic scalars, decide, the others may be
        None.
    border_mode
        Of the convolution that is transposed: what it pads is cut off here.
    input_dilation : tuple of two int
        The strides of the convolution that is transposed.
    filter_shape, filter_flip, filter_dilation, num_groups, unshared
        As of ``conv2d``.

    Returns
    -------
    ``(images, result channels, rows, columns)``
    """
    return conv2d_grad_wrt_inputs(
        output_grad=input,
        filters=filters,
        input_shape=output_shape,
        filter_shape=filter_shape,
        border_mode=border_mode,
        subsample=input_dilation,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
        unshared=unshared,
    )


def conv2d_grad_wrt_inputs(
    output_grad: Any,
    filters: Any,
    input_shape: Sequence[Any],
    filter_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> Any:
    """Return the gradient of images, given that of a convolution's result.

    Parameters
    ----------
    output_grad : ``(images, filters, result rows, result columns)``
    filters
        As of :func:`conv2d`.
    input_shape : sequence of four
        Of the images. The last two entries are int or symbolic scalars; the others may be None.
    filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
        As of ``conv2d``.

    Returns
    -------
    ``(images, channels, rows, columns)``

    Raises
    ------
    ValueError
        A shape that is none; at run time, shapes of which no convolution is possible.
    """
    known = known_shape("input_shape", input_shape, 4, 2)
    if filter_shape is not None:
        known_shape("filter_shape", filter_shape, 6 if unshared else 4, 0)
    return AbstractConv2d_gradInputs(
        known,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )(filters, output_grad, lengths_of(input_shape, 2))


def conv2d_grad_wrt_weights(
    input: Any,
    output_grad: Any,
    filter_shape: Sequence[Any],
    input_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> Any:
    """Return the gradient of filters, given that of a convolution's result.

    Parameters
    ----------
    input
        As of :func:`conv2d`.
    output_grad : ``(images, filters, result rows, result columns)``
    filter_shape : sequence of four, or of six for unshared filters
        Of the filters. The last two entries are int or symbolic scalars; the others may be None.
    input_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
        As of ``conv2d``.

    Returns
    -------
    Filters, as ``conv2d`` takes them.

    Raises
    ------
    ValueError
        A shape that is none; at run time, shapes of which no convolution is possible.
    """
    known = known_shape("filter_shape", filter_shape, 6 if unshared else 4, 2)
    return AbstractConv2d_gradWeights(
        input_shape,
        known,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )(input, output_grad, lengths_of(filter_shape, 2))


def conv3d_grad_wrt_inputs(
    output_grad: Any,
    filters: Any,
    input_shape: Sequence[Any],
    filter_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1, 1),
    num_groups: int = 1,
) -> Any:
    """Return the gradient of images: :func:`conv2d_grad_wrt_inputs` in three dimensions."""
    known = known_shape("input_shape", input_shape, 5, 3)
    return AbstractConv3d_gradInputs(
        known, filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups
    )(filters, output_grad, lengths_of(input_shape, 3))


def conv3d_grad_wrt_weights(
    input: Any,
    output_grad: Any,
    filter_shape: Sequence[Any],
    input_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1, 1),
    num_groups: int = 1,
) -> Any:
    """Return the gradient of filters: :func:`conv2d_grad_wrt_weights` in three dimensions."""
    known = known_shape("filter_shape", filter_shape, 5, 3)
    return AbstractConv3d_gradWeights(
        input_shape, known, border_mode, subsample, filter_flip, filter_dilation, num_groups
    )(input, output_grad, lengths_of(filter_shape, 3))


def known_shape(name: str, shape: Sequence[Any], ndim: int, n_needed: int) -> list[Any]:
    """Return a shape with None for symbolic lengths.

    Parameters
    ----------
    n_needed : int
        How many entries at the end must not be None; these alone may be symbolic.

    Raises
    ------
    ValueError
        Another number of entries, None where a length is needed, or symbolic where it is not.
    """
    if isinstance(shape, Variable) or len(shape) != ndim:
        raise usage_error(
            ValueError,
            f"{name} of a convolution's gradient is no tuple of {ndim}",
            expected=f"{ndim} entries",
            got=shape,
        )
    known = []
    for i, length in enumerate(shape):
        needed = i >= ndim - n_needed
        symbolic = isinstance(length, Variable) and not isinstance(length, Constant)
        if (needed and length is None) or (symbolic and not needed):
            raise usage_error(
                ValueError,
                f"{name}[{i}] of a convolution's gradient",
                expected="an int, a constant or a symbolic scalar"
                if needed
                else "None, an int or a constant",
                got=length,
            )
        known.append(None if symbolic else length)
    return known


def lengths_of(shape: Sequence[Any], n: int) -> Any:
    """Return the last ``n`` entries of a shape as a vector of integers."""
    return as_tensor_variable([as_tensor_variable(length) for length in shape[-n:]])
