"""Fourier transforms of real numbers."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.tensor import fft

SINGLE = {"float32": 1e-4, "float16": 1e-2}


def parts(z):
    return np.stack([z.real, z.imag], axis=-1)


def forward(x, norm=None):
    return parts(np.fft.rfftn(x, axes=range(1, x.ndim), norm=norm))


def backward(x, last, norm=None):
    lengths = (*x.shape[1:-2], last)
    z = x[..., 0] + 1j * x[..., 1]
    return np.fft.irfftn(z, lengths, range(1, z.ndim), norm=norm)


@pytest.mark.parametrize("shape", [(2, 4), (2, 5), (1, 1), (2, 3, 4), (1, 2, 3, 3)], ids=str)
def test_rfft(shape, rng):
    x = rng.normal(size=shape)
    check_op(fft.rfft, [x], forward(x))


@pytest.mark.parametrize("is_odd", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 2), (1, 3, 2, 2), (1, 2, 3, 2, 2)], ids=str)
def test_irfft(shape, is_odd, rng):
    """Of any numbers, also of those that no real ones are transformed to."""
    x = rng.normal(size=shape)
    last = (shape[-2] - 1) * 2 + is_odd
    check_op(lambda x: fft.irfft(x, is_odd=is_odd), [x], backward(x, last))


def test_norms(rng):
    x = rng.normal(size=(2, 3, 4))
    z = forward(x)
    check_op(
        lambda x, z: [
            fft.rfft(x, "ortho"),
            fft.rfft(x, "no_norm"),
            fft.irfft(z, "ortho"),
            fft.irfft(z, norm="no_norm"),
        ],
        [x, z],
        [forward(x, "ortho"), z, backward(z, 4, "ortho"), backward(z, 4, "forward")],
    )


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("n", [4, 5])
def test_there_and_back(n, norm, rng):
    x = rng.normal(size=(2, 3, n))
    check_value(lambda x: fft.irfft(fft.rfft(x, norm), norm, is_odd=n % 2 == 1), [x], x)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_dtype_is_kept(dtype, rng):
    x = rng.normal(size=(2, 4)).astype(dtype)
    z = forward(x).astype(dtype)
    tolerance = SINGLE[dtype]
    got = check_op(
        lambda x, z: [fft.rfft(x), fft.irfft(z)],
        [x, z],
        [z, x],
        rtol=tolerance,
        atol=tolerance,
        skip=("gradient", "R_op"),
    )
    assert [v.dtype for v in got] == [dtype] * 2


def test_integers():
    """Theano rounds their transforms towards zero."""
    x = np.array([[1, 2, 4, 0]])
    z = fft.rfft(T.lmatrix())
    assert z.dtype == (T.lscalar() / np.int8(1)).dtype
    check_op(fft.rfft_op, [x], forward(x).astype("int64"), skip=("gradient", "R_op"))
    check_op(fft.irfft_op, [forward(x).astype("int64")], 4 * x, skip=("gradient", "R_op"))


def test_empty_batches():
    check_op(fft.rfft, [np.zeros((0, 4))], np.zeros((0, 3, 2)), skip=("gradient", "R_op"))
    check_op(fft.irfft, [np.zeros((0, 3, 2))], np.zeros((0, 4)), skip=("gradient", "R_op"))


@pytest.mark.parametrize("lengths", [(2, 3), (4, 7), (3, 4)], ids=str)
def test_other_lengths(lengths, rng):
    """What is too long is cut off; zeros stand for what is missing."""
    x = rng.normal(size=(2, 3, 4))
    z = forward(x)
    check_op(
        lambda x, z: [fft.rfft_op(x, lengths), fft.irfft_op(z, lengths)],
        [x, z],
        [
            parts(np.fft.rfftn(x, lengths, (1, 2))),
            np.fft.irfftn(z[..., 0] + 1j * z[..., 1], lengths, (1, 2), norm="forward"),
        ],
    )


def test_symbolic_lengths(rng):
    x, n = T.dmatrix(), T.iscalar()
    run = function([x, n], [fft.rfft_op(x, [n]), fft.rfft_op(x)])
    value = rng.normal(size=(2, 5))
    for k in (3, 8):
        cut, whole = run(value, k)
        assert np.allclose(cut, parts(np.fft.rfft(value, k)))
        assert np.allclose(whole, forward(value))


def test_patterns():
    assert fft.rfft(T.drow()).broadcastable == (False, False, False)
    assert fft.irfft(T.dtensor3()).broadcastable == (False, False)
    assert fft.RFFTOp() == fft.rfft_op != fft.irfft_op


def test_bad_input():
    for x in (T.vector("v"), T.scalar("v"), T.zmatrix("v")):
        with check_raises(TypeError, "RFFTOp", "2 dimensions or more", "`v`"):
            fft.rfft(x)
    with check_raises(TypeError, "IRFFTOp", "3 dimensions or more", "imaginary"):
        fft.irfft(T.matrix())
    with check_raises(TypeError, "integers"):
        fft.rfft_op(T.matrix(), [2.0])
    for transform in (fft.rfft, fft.irfft):
        with check_raises(ValueError, "'ortho' or 'no_norm'", "norm='x'"):
            transform(T.tensor3(), norm="x")
    with check_raises(ValueError, "is_odd=2"):
        fft.irfft(T.tensor3(), is_odd=2)
    check_op_raises(fft.rfft, [np.zeros((2, 0))], ValueError, "1 or more", "(0,)")
    check_op_raises(fft.irfft, [np.zeros((2, 1, 2))], ValueError, "1 or more", "(0,)")
    check_op_raises(fft.irfft, [np.zeros((2, 3, 1))], ValueError, "a length of 2")
    check_op_raises(lambda x: fft.rfft_op(x, [2]), [np.zeros((2, 3, 4))], ValueError, "2 lengths")
