"""Convolution of films, with time before colour: ``theano.tensor.nnet.conv3d2d``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution import functions

TIME_LAST = (0, 2, 1, 3, 4)
"""Times and channels exchanged; the same way back."""


def conv3d(
    signals: Any,
    filters: Any,
    signals_shape: Sequence[Any] | None = None,
    filters_shape: Sequence[Any] | None = None,
    border_mode: Any = "valid",
) -> Any:
    """Return the convolution of films with filters, which are turned round.

    Parameters
    ----------
    signals : ``(films, times, channels, rows, columns)``
    filters : ``(filters, times, channels, rows, columns)``
    signals_shape, filters_shape : sequence of five, optional
        Their shapes, as far as they are known.
    border_mode : {"valid", "full", "half"}, or tuple of three of them
        Of times, rows and columns.

    Returns
    -------
    ``(films, times, filters, rows, columns)``

    Raises
    ------
    ValueError
        Another border mode.
    NotImplementedError
        Rows and columns have different ones.
    """
    modes = (border_mode,) * 3 if isinstance(border_mode, str) else tuple(border_mode)
    if len(modes) == 3 and modes[1] != modes[2]:
        raise NotImplementedError("height and width bordermodes must match")
    signals, filters = as_tensor_variable(signals), as_tensor_variable(filters)
    result = functions.conv3d(
        signals.dimshuffle(TIME_LAST),
        filters.dimshuffle(TIME_LAST),
        time_last(signals_shape),
        time_last(filters_shape),
        border_mode=modes,
    )
    return result.dimshuffle(TIME_LAST)


def time_last(shape: Sequence[Any] | None) -> list[Any] | None:
    """Return what is known of a shape, its times and channels exchanged."""
    if shape is None:
        return None
    return [shape[i] if isinstance(shape[i], (int, np.integer)) else None for i in TIME_LAST]
