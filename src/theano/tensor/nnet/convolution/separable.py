"""Convolutions that are made of others: depthwise and pointwise ones, causal ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.errors import usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.functions import Shape, abstract_conv2d, conv3d


def separable_conv2d(
    input: Any,
    depthwise_filters: Any,
    pointwise_filters: Any,
    num_channels: int,
    input_shape: Shape = None,
    depthwise_filter_shape: Shape = None,
    pointwise_filter_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
) -> Any:
    """Return a convolution of each channel by itself, then one of single pixels over channels.

    Parameters
    ----------
    input : ``(images, num_channels, rows, columns)``
    depthwise_filters : ``(n * num_channels, 1, rows, columns)``
        ``n`` for each channel.
    pointwise_filters : ``(filters, n * num_channels, 1, 1)``
    num_channels : int
    input_shape, depthwise_filter_shape, pointwise_filter_shape : sequence, optional
        As far as they are known.
    border_mode, subsample, filter_dilation
        Of the first convolution; as of :func:`~theano.tensor.nnet.conv2d`.
    filter_flip : bool
        As of ``conv2d``.

    Returns
    -------
    ``(images, filters, rows, columns)``

    Notes
    -----
    Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017.
    """
    depthwise = abstract_conv2d(
        input,
        depthwise_filters,
        input_shape,
        depthwise_filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups=num_channels,
    )
    return abstract_conv2d(
        depthwise, pointwise_filters, None, pointwise_filter_shape, filter_flip=filter_flip
    )


def separable_conv3d(
    input: Any,
    depthwise_filters: Any,
    pointwise_filters: Any,
    num_channels: int,
    input_shape: Shape = None,
    depthwise_filter_shape: Shape = None,
    pointwise_filter_shape: Shape = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1, 1),
) -> Any:
    """Return :func:`separable_conv2d` in three spatial dimensions."""
    depthwise = conv3d(
        input,
        depthwise_filters,
        input_shape,
        depthwise_filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups=num_channels,
    )
    return conv3d(
        depthwise, pointwise_filters, None, pointwise_filter_shape, filter_flip=filter_flip
    )


def causal_conv1d(
    input: Any,
    filters: Any,
    filter_shape: Sequence[Any],
    input_shape: Shape = None,
    subsample: int = 1,
    filter_flip: bool = True,
    filter_dilation: int = 1,
    num_groups: int = 1,
    unshared: bool = False,
) -> Any:
    """Return a convolution along time in which no result depends on a later input.

    Parameters
    ----------
    input : ``(samples, channels, times)``
    filters : ``(filters, channels / num_groups, times)``
    filter_shape : sequence of three
        Of the filters; the last entry, their length, must be known.
    input_shape : sequence of three, optional
        As far as it is known.
    subsample, filter_dilation : int
        Strides and dilation.
    filter_flip, num_groups
        As of :func:`~theano.tensor.nnet.conv2d`.
    unshared : bool
        Kept for programs that give it; filters of three dimensions are shared.

    Returns
    -------
    ``(samples, filters, times)``
        As many times as the input has, for a stride of 1: zeros are put before the first only.

    Raises
    ------
    ValueError
        Inputs or filters have another rank, or the length of filters is not given.

    Notes
    -----
    van den Oord et al., "WaveNet: a generative model for raw audio", arXiv:1609.03499, section 2.1.
    """
    input, filters = as_tensor_variable(input), as_tensor_variable(filters)
    for name, variable in (("Input", input), ("Filters", filters)):
        if variable.type.ndim != 3:
            raise usage_error(
                ValueError,
                f"{name} should be 3D for causal convolution.",
                expected="3 dimensions",
                got=variable,
            )
    for name, shape in (("filter_shape", filter_shape), ("input_shape", input_shape)):
        if shape is not None and len(shape) != 3:
            raise usage_error(
                ValueError, f"{name} has another length", expected="3 entries", got=str(shape)
            )
    before = filter_dilation * (filter_shape[2] - 1)
    output = abstract_conv2d(
        input.dimshuffle(0, 1, 2, "x"),
        filters.dimshuffle(0, 1, 2, "x"),
        None if input_shape is None else (*input_shape, 1),
        (*filter_shape, 1),
        border_mode=((before, 0), 0),
        subsample=(subsample, 1),
        filter_flip=filter_flip,
        filter_dilation=(filter_dilation, 1),
        num_groups=num_groups,
        unshared=unshared,
    )
    return output[:, :, :, 0]
