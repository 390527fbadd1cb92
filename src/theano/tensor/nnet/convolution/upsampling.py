"""Images enlarged by bilinear interpolation."""

from __future__ import annotations

from math import gcd
from typing import Any

from theano.errors import usage_error
from theano.options import config
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.borders import whole
from theano.tensor.nnet.convolution.functions import abstract_conv2d, conv2d_grad_wrt_inputs
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.creation import arange
from theano.tensor.ops.joining import concatenate
from theano.tensor.ops.shape import zeros


def bilinear_kernel_1D(ratio: Any, normalize: bool = True) -> Any:
    """Return the filter that interpolates linearly: ``(2 * ratio - 1,)`` of ``floatX``.

    Parameters
    ----------
    ratio : int or integer scalar
        By how much images are enlarged.
    normalize : bool
        Whether the largest element is 1; else it is ``ratio``.
    """
    rising = arange(1, ratio + 1, dtype=config.floatX)
    kernel = concatenate([rising, rising[-2::-1]])
    return kernel / ew.cast(as_tensor_variable(ratio), config.floatX) if normalize else kernel


def bilinear_kernel_2D(ratio: Any, normalize: bool = True) -> Any:
    """Return the filter that interpolates in both directions: a matrix of ``floatX``.

    Parameters
    ----------
    ratio : int, integer scalar, or pair of such
        By how much images are enlarged: rows and columns, or rows, then columns.
    normalize : bool
        Whether the largest element is 1.
    """
    rows, columns = ratio if isinstance(ratio, tuple) else (ratio, ratio)
    across = bilinear_kernel_1D(columns, normalize).dimshuffle("x", 0)
    return across * bilinear_kernel_1D(rows, normalize).dimshuffle(0, "x")


def with_edges(images: Any) -> Any:
    """Return images whose first and last rows and columns come twice."""
    images = concatenate((images[:, :, :1], images, images[:, :, -1:]), axis=2)
    return concatenate((images[..., :1], images, images[..., -1:]), axis=3)


def frac_bilinear_upsampling(input: Any, frac_ratio: Any) -> Any:
    """Return images enlarged by a ratio of whole numbers.

    Parameters
    ----------
    input : ``(images, channels, rows, columns)``
    frac_ratio : ``(numerator, denominator)``, or a pair of such
        Of rows and columns, or of rows, then of columns.

    Returns
    -------
    ``(images, channels, rows * ratio, columns * ratio)``
        With an even numerator the last row and column are repeated once more than the first.

    Raises
    ------
    ValueError
        ``frac_ratio`` is no tuple.
    """
    if not isinstance(frac_ratio, tuple):
        raise usage_error(
            ValueError,
            "frac_ratio must be a tuple",
            expected="(numerator, denominator), or a pair of such",
            got=frac_ratio,
        )
    pairs = frac_ratio if isinstance(frac_ratio[0], tuple) else (frac_ratio, frac_ratio)
    lowest = [(p // gcd(p, q), q // gcd(p, q)) for p, q in pairs]
    ratio, steps = zip(*lowest, strict=True)
    input = as_tensor_variable(input)
    rows, columns = input.shape[2], input.shape[3]
    enlarged = with_edges(input.reshape((-1, 1, rows, columns)))
    # The small kernel is what filters are moved over: with a dilation of the ratio, images that
    # are taken as filters lie as many pixels apart in it.
    room = [(2 * n - 1) * r + 1 for n, r in zip((rows, columns), ratio, strict=True)]
    kernel = bilinear_kernel_2D(ratio).dimshuffle("x", "x", 0, 1)
    for axis, zeros_needed in zip((2, 3), room, strict=True):
        before = zeros_needed // 2
        kernel = concatenate(
            [band(kernel, axis, before), kernel, band(kernel, axis, zeros_needed - before)], axis
        )
    result = abstract_conv2d(kernel, enlarged, filter_dilation=ratio, subsample=steps)
    return result.reshape((input.shape[0], input.shape[1], result.shape[2], result.shape[3]))


def band(kernel: Any, axis: int, width: Any) -> Any:
    """Return zeros of a width along one axis, as long as the kernel along all others."""
    lengths = [kernel.shape[i] if i != axis else width for i in range(4)]
    return zeros(lengths, dtype=config.floatX)


def bilinear_upsampling(
    input: Any,
    ratio: Any = None,
    frac_ratio: Any = None,
    batch_size: Any = None,
    num_input_channels: Any = None,
    use_1D_kernel: bool = True,
) -> Any:
    """Return images enlarged by bilinear interpolation.

    Parameters
    ----------
    input : ``(images, channels, rows, columns)``
    ratio : int or integer constant
        By how much. Of this and ``frac_ratio`` one is given.
    frac_ratio : tuple
        See :func:`frac_bilinear_upsampling`; needs ``use_1D_kernel=False``.
    batch_size, num_input_channels : int, optional
        Numbers of images and channels, where they are known.
    use_1D_kernel : bool
        Whether rows and columns are enlarged one after the other; the result is the same.

    Returns
    -------
    ``(images, channels, rows * ratio, columns * ratio)``
        With an even ratio the last row and column are repeated once more than the first.

    Raises
    ------
    ValueError
        Both ratios or none, or one of whole numbers with one-dimensional kernels.
    """
    if ratio and frac_ratio:
        raise usage_error(ValueError, "can't use ratio and frac_ratio together")
    if not (ratio or frac_ratio):
        raise usage_error(ValueError, "No ratio (or frac_ratio) provided")
    if frac_ratio:
        if use_1D_kernel:
            raise usage_error(
                ValueError,
                "bilinear_upsampling has no one-dimensional kernels for fractional ratios",
                fix="give use_1D_kernel=False",
            )
        return frac_bilinear_upsampling(input, frac_ratio)
    input, ratio = as_tensor_variable(input), whole(ratio)
    known = batch_size is not None and num_input_channels is not None
    n_images = batch_size * num_input_channels if known else None
    rows, columns = input.shape[2], input.shape[3]
    images = with_edges(input.reshape((-1, 1, rows, columns)))
    tall, wide = rows * ratio, columns * ratio
    cut = 2 * ratio - (ratio - 1) // 2 - 1
    if use_1D_kernel:
        kernel = bilinear_kernel_1D(ratio)
        images = conv2d_grad_wrt_inputs(
            images,
            kernel.dimshuffle("x", "x", 0, "x"),
            (n_images, 1, tall, columns + 2),
            border_mode=(cut, 0),
            subsample=(ratio, 1),
        )
        images = conv2d_grad_wrt_inputs(
            images,
            kernel.dimshuffle("x", "x", "x", 0),
            (n_images, 1, tall, wide),
            border_mode=(0, cut),
            subsample=(1, ratio),
        )
    else:
        images = conv2d_grad_wrt_inputs(
            images,
            bilinear_kernel_2D(ratio).dimshuffle("x", "x", 0, 1),
            (n_images, 1, tall, wide),
            border_mode=(cut, cut),
            subsample=(ratio, ratio),
        )
    return images.reshape((input.shape[0], input.shape[1], tall, wide))
