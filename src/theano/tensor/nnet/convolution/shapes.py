"""Shapes of images, filters and results, in numbers or symbols, with checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from theano.errors import NotScalarConstantError, usage_error
from theano.graph import Variable
from theano.options import config
from theano.tensor.nnet.convolution.borders import borders
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.assertions import Assert
from theano.tensor.ops.facts import get_scalar_constant_value


def plus(n: Any, zeros: Any) -> Any:
    """Return a sum, the first alone where the second is 0: graphs stay small."""
    return n if not isinstance(zeros, Variable) and zeros == 0 else n + zeros


def per_axis(border_mode: Any, ndim: int) -> Sequence[Any]:
    """Return the border mode of each dimension."""
    return border_mode if isinstance(border_mode, tuple) else (border_mode,) * ndim


def along_axes(
    one_axis: Callable[..., Any],
    first: Sequence[Any],
    second: Sequence[Any],
    border_mode: Any,
    subsample: Sequence[Any],
    dilation: Sequence[Any] | None,
) -> tuple[Any, ...]:
    """Return what ``one_axis`` gives for each spatial dimension."""
    ndim = len(subsample)
    modes = per_axis(border_mode, ndim)
    dilation = (1,) * ndim if dilation is None else dilation
    return tuple(
        one_axis(*numbers)
        for numbers in zip(first, second, modes, subsample, dilation, strict=True)
    )


def get_conv_output_shape(
    image_shape: Sequence[Any],
    kernel_shape: Sequence[Any],
    border_mode: Any,
    subsample: Sequence[Any],
    filter_dilation: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Return the shape of a convolution's result, in numbers or symbols.

    Parameters
    ----------
    image_shape : sequence
        Number of images and of channels, then two or three lengths; None for what is not known.
    kernel_shape : sequence
        Number of filters, for unshared ones the places, number of channels, then lengths.
    border_mode, subsample, filter_dilation
        As of :func:`theano.tensor.nnet.conv2d`.

    Returns
    -------
    tuple
        Number of images and of filters, then lengths; None for what is not known.
    """
    lengths = image_shape[2:]
    elements = kernel_shape[-len(lengths) :]
    return (
        image_shape[0],
        kernel_shape[0],
        *along_axes(
            get_conv_shape_1axis, lengths, elements, border_mode, subsample, filter_dilation
        ),
    )


def get_conv_shape_1axis(
    image_shape: Any, kernel_shape: Any, border_mode: Any, subsample: Any, dilation: Any = 1
) -> Any:
    """Return one length of a convolution's result; None if anything is None."""
    if any(n is None for n in (image_shape, kernel_shape, border_mode, subsample, dilation)):
        return None
    span = reach(kernel_shape, dilation)
    before, after = borders(border_mode, span)
    room = plus(plus(image_shape - span, before), after)
    steps = room if not isinstance(subsample, Variable) and subsample == 1 else room // subsample
    return steps + 1


def reach(length: Any, dilation: Any) -> Any:
    """Return how far a filter reaches along one dimension, dilation included."""
    if not isinstance(dilation, Variable) and dilation == 1:
        return length
    return (length - 1) * dilation + 1


def get_conv_gradweights_shape(
    image_shape: Sequence[Any],
    top_shape: Sequence[Any],
    border_mode: Any,
    subsample: Sequence[Any],
    filter_dilation: Sequence[Any] | None = None,
    num_groups: int = 1,
    unshared: bool = False,
) -> tuple[Any, ...]:
    """Return the shape of the filters that gave a result, where it can be told.

    Parameters
    ----------
    image_shape, top_shape : sequence
        Shapes of images and of the result; None for what is not known.

    Returns
    -------
    tuple
        With None for lengths of which several are possible: with strides, or half borders.

    Notes
    -----
    The first two entries are those of Theano 1.0.5: channels of the result divided by the groups,
    then channels of the images.
    """
    filters = top_shape[1]
    if num_groups > 1 and filters is not None:
        filters = filters // num_groups
    elements = along_axes(
        get_conv_gradweights_shape_1axis,
        image_shape[2:],
        top_shape[2:],
        border_mode,
        subsample,
        filter_dilation,
    )
    places = tuple(top_shape[2:]) if unshared else ()
    return (filters, *places, image_shape[1], *elements)


def get_conv_gradweights_shape_1axis(
    image_shape: Any, top_shape: Any, border_mode: Any, subsample: Any, dilation: Any
) -> Any:
    """Return one length of the filters; None where several are possible."""
    if any(n is None for n in (image_shape, top_shape, border_mode, subsample, dilation)):
        return None
    if subsample != 1 or (isinstance(border_mode, str) and border_mode == "half"):
        return None
    if isinstance(border_mode, str) and border_mode == "full":
        span = top_shape - image_shape
    else:
        before, after = borders(border_mode, 0)
        span = plus(plus(image_shape, before), after) - top_shape
    return (span // dilation if dilation != 1 else span) + 1


def get_conv_gradinputs_shape(
    kernel_shape: Sequence[Any],
    top_shape: Sequence[Any],
    border_mode: Any,
    subsample: Sequence[Any],
    filter_dilation: Sequence[Any] | None = None,
    num_groups: int = 1,
) -> tuple[Any, ...]:
    """Return the shape of the images that gave a result, where it can be told.

    Parameters
    ----------
    kernel_shape, top_shape : sequence
        Shapes of filters and of the result; None for what is not known.

    Returns
    -------
    tuple
        With None for lengths of which several are possible: with strides.
    """
    convdim = len(top_shape) - 2
    channels = kernel_shape[-convdim - 1]
    if num_groups > 1 and channels is not None:
        channels = channels * num_groups
    lengths = along_axes(
        get_conv_gradinputs_shape_1axis,
        kernel_shape[-convdim:],
        top_shape[2:],
        border_mode,
        subsample,
        filter_dilation,
    )
    return (top_shape[0], channels, *lengths)


def get_conv_gradinputs_shape_1axis(
    kernel_shape: Any, top_shape: Any, border_mode: Any, subsample: Any, dilation: Any
) -> Any:
    """Return one length of the images; None where several are possible."""
    if any(n is None for n in (kernel_shape, top_shape, border_mode, subsample, dilation)):
        return None
    if subsample != 1:
        return None
    span = reach(kernel_shape, dilation)
    before, after = borders(border_mode, span)
    return top_shape + span - 1 - before - after


def check_conv_gradinputs_shape(
    image_shape: Sequence[Any],
    kernel_shape: Sequence[Any],
    output_shape: Sequence[Any],
    border_mode: Any,
    subsample: Sequence[Any],
    filter_dilation: Sequence[Any] | None = None,
) -> bool:
    """Whether images and filters of these shapes could give a result of that one.

    Returns
    -------
    bool
        True also where it cannot be told, as a length is symbolic or None.
    """
    ranks = {len(image_shape), len(kernel_shape), len(output_shape), len(subsample) + 2}
    if filter_dilation is not None:
        ranks.add(len(filter_dilation) + 2)
    if len(ranks) > 1:
        return False
    found = get_conv_output_shape(
        image_shape, kernel_shape, border_mode, subsample, filter_dilation
    )
    return all(may_be_equal(a, b) for a, b in zip(output_shape, found, strict=True))


def may_be_equal(given: Any, found: Any) -> bool:
    """Whether two lengths are equal, or at least one is not known."""
    if given is None or found is None:
        return True
    try:
        return int(get_scalar_constant_value(given)) == int(get_scalar_constant_value(found))
    except NotScalarConstantError:
        return True


def assert_conv_shape(shape: Sequence[Any]) -> tuple[Any, ...]:
    """Return a shape whose symbolic lengths are checked when a function is called.

    Parameters
    ----------
    shape : sequence of int or symbolic
        Two numbers that must not be negative, then lengths that must be positive.

    Raises
    ------
    ValueError
        A constant length is not.
    """
    checked = []
    for i, length in enumerate(shape):
        least, sign = (0, "<") if i < 2 else (1, "<=")
        complaint = "The convolution would produce an invalid shape"
        try:
            number = int(get_scalar_constant_value(length))
        except NotScalarConstantError:
            check = Assert(f"{complaint} (dim[{i}] {sign} 0).")
            checked.append(check(length, ew.FUNCTIONS["ge"](length, least)))
            continue
        if number < least:
            raise usage_error(
                ValueError,
                f"{complaint} (dim[{i}]: {number} {sign} 0).",
                expected=f"at least {least}",
                got=str(number),
            )
        checked.append(length)
    return tuple(checked)


def assert_shape(
    x: Any, expected_shape: Sequence[Any] | None, msg: str = "Unexpected shape."
) -> Any:
    """Return ``x``, checked to have a shape if ``config.conv.assert_shape`` is set.

    Parameters
    ----------
    x : tensor
    expected_shape : sequence of (None, int or symbolic), optional
        None for a length that may be any.
    msg : str
        What the AssertionError says.
    """
    if expected_shape is None or not config.conv.assert_shape:
        return x
    conditions = [ew.eq(x.shape[i], n) for i, n in enumerate(expected_shape) if n is not None]
    return Assert(msg)(x, *conditions) if conditions else x
