"""Local response normalisation, which programs write with what the language has."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op

import theano
import theano.tensor as T

ALPHA, K, BETA = 0.3, 2, 0.75


def by_hand(x, n):
    """Divide each channel by a power of the sum of squares over the ``n`` channels around it."""
    z = np.empty_like(x)
    for channel in range(x.shape[1]):
        around = slice(max(channel - n // 2, 0), channel + n // 2 + 1)
        z[:, channel] = x[:, channel] / (K + ALPHA * (x[:, around] ** 2).sum(1)) ** BETA
    return z


def with_a_written_slice(x, n):
    """A square with zeros on both sides, as an alloc that is written into."""
    half = n // 2
    b, channels, rows, columns = x.shape
    padded = T.alloc(np.array(0, x.dtype), b, channels + 2 * half, rows, columns)
    padded = T.set_subtensor(padded[:, half : half + channels, :, :], T.sqr(x))
    scale = K
    for i in range(n):
        scale += ALPHA * padded[:, i : i + channels, :, :]
    return x / scale**BETA


def channels_first(x, n):
    """The same with channels as the first axis, as (channels, rows, columns, images)."""
    x = x.dimshuffle(1, 2, 3, 0)
    half = n // 2
    squares = T.zeros((x.shape[0] + 2 * half, x.shape[1], x.shape[2], x.shape[3]), x.dtype)
    squares = T.set_subtensor(squares[half:-half], x**2)
    scale = K + ALPHA * sum(squares[i : i + x.shape[0]] for i in range(n))
    return (x / T.pow(scale, BETA)).dimshuffle(3, 0, 1, 2)


@pytest.mark.parametrize("normalize", [with_a_written_slice, channels_first])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normalization(normalize, dtype, rng):
    x = rng.normal(size=(2, 6, 2, 3)).astype(dtype)
    with theano.config.change_flags(floatX=dtype):
        check_op(lambda x: normalize(x, 5), [x], by_hand(x, 5))
