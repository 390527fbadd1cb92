"""Convolutions in three dimensions as Theano 0.9 and earlier had them: channels come last.

Videos are ``(batch, row, column, time, channel)``, filters ``(output channel, row, column, time,
input channel)``, and filters are not flipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.errors import NotScalarConstantError, usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.functions import (
    conv3d,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
)
from theano.tensor.ops.facts import get_scalar_constant_value

__all__ = ["conv3D", "convGrad3D", "convTransp3D"]

CHANNELS_FIRST = (0, 4, 1, 2, 3)
CHANNELS_LAST = (0, 2, 3, 4, 1)


def conv3D(V: Any, W: Any, b: Any, d: Any) -> Any:
    """Return the correlation of videos with filters, and a bias added.

    Parameters
    ----------
    V : float tensor ``(batch, row, column, time, channel)``
    W : float tensor ``(output channel, row, column, time, channel)``
    b : float vector ``(output channel,)``
    d : three ints, or a constant vector
        Steps of the filters along row, column and time.

    Returns
    -------
    TensorVariable
        ``(batch, row, column, time, output channel)``, where filters lie within the video.
    """
    found = conv3d(first(V), first(W), subsample=steps(d), filter_flip=False)
    return last(found) + as_tensor_variable(b)


def convGrad3D(V: Any, d: Any, WShape: Any, dCdH: Any) -> Any:
    """Return the gradient of a cost with respect to the filters of :func:`conv3D`.

    Parameters
    ----------
    V, d
        As :func:`conv3D` has them.
    WShape : five ints or scalars, or a vector
        The shape of the filters.
    dCdH : float tensor ``(batch, row, column, time, output channel)``
        The gradient with respect to what :func:`conv3D` returns.
    """
    shape = [None, None, *lengths(WShape, 5)[1:4]]
    return last(
        conv3d_grad_wrt_weights(first(V), first(dCdH), shape, subsample=steps(d), filter_flip=False)
    )


def convTransp3D(W: Any, b: Any, d: Any, H: Any, RShape: Any = None) -> Any:
    """Return the transpose of :func:`conv3D`, as its gradient with respect to videos is.

    Parameters
    ----------
    W : float tensor ``(output channel, row, column, time, channel)``
    b : float vector ``(channel,)``
        Added to what is returned.
    d : three ints, or a constant vector
    H : float tensor ``(batch, row, column, time, output channel)``
    RShape : three ints or scalars, or a vector, optional
        Rows, columns and times of the result; by default the least that they can be.

    Returns
    -------
    TensorVariable
        ``(batch, row, column, time, channel)``.
    """
    W, H = as_tensor_variable(W), as_tensor_variable(H)
    step = steps(d)
    if RShape is None:
        size = [(H.shape[i + 1] - 1) * step[i] + W.shape[i + 1] for i in range(3)]
    else:
        size = lengths(RShape, 3)
    found = conv3d_grad_wrt_inputs(
        first(H), first(W), [None, None, *size], subsample=step, filter_flip=False
    )
    return last(found) + as_tensor_variable(b)


def first(x: Any) -> Any:
    """Put the channels behind the batch."""
    return as_tensor_variable(x).dimshuffle(CHANNELS_FIRST)


def last(x: Any) -> Any:
    """Put the channels, which stand behind the batch, at the end."""
    return x.dimshuffle(CHANNELS_LAST)


def lengths(shape: Any, n: int) -> list[Any]:
    """Return the entries of a shape that may be a vector."""
    if isinstance(shape, Sequence):
        return list(shape)
    vector = as_tensor_variable(shape)
    return [vector[i] for i in range(n)]


def steps(d: Any) -> tuple[int, int, int]:
    """Return the steps of a convolution as ints.

    Raises
    ------
    ValueError
        If they are not known before the function runs.
    """
    try:
        row, column, time = (int(get_scalar_constant_value(n)) for n in lengths(d, 3))
    except (NotScalarConstantError, ValueError, TypeError):
        raise usage_error(
            ValueError,
            "the steps `d` of a convolution",
            expected="three ints, or a constant vector of them",
            got=repr(d),
        ) from None
    return row, column, time
