"""Diagonals, read and put into tensors."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.tensor.ops.diagonals import AllocDiag, ExtractDiag, SetDiagonal

x, v, t3 = T.fmatrix("x"), T.fvector("v"), T.ftensor3("t3")
AXES = [(0, 1), (1, 0), (0, 2), (-1, -2)]


@pytest.mark.parametrize("axes", AXES, ids=str)
@pytest.mark.parametrize("offset", [0, 1, -1, 3])
def test_three_dimensions(offset, axes, rng):
    value = rng.normal(size=(2, 3, 4))
    expected = np.diagonal(value, offset, *axes)
    check_op(ExtractDiag(offset, *axes), [value], expected)
    new = rng.normal(size=expected.shape)
    filled = value.copy()
    places = np.diagonal(np.arange(24).reshape(2, 3, 4), offset, *axes)
    filled.ravel()[places] = new
    check_op(SetDiagonal(offset, *axes), [value, new], filled)


@pytest.mark.parametrize("axes", AXES, ids=str)
@pytest.mark.parametrize("offset", [0, 2, -1])
def test_alloc_diag(offset, axes, rng):
    value = rng.normal(size=(2, 3))
    (z,) = check_op(AllocDiag(offset, *axes), [value])
    assert np.array_equal(np.diagonal(z, offset, *axes), value)
    assert np.abs(z).sum() == pytest.approx(np.abs(value).sum())
    lengths = [3 + abs(offset)] * 3
    lengths[({0, 1, 2} - {a % 3 for a in axes}).pop()] = 2
    assert z.shape == tuple(lengths)


@pytest.mark.parametrize("k", [0, 1, -2, 9])
def test_diag(k, rng):
    matrix, vector = rng.normal(size=(3, 2)), rng.normal(size=3)
    check_op(lambda x: T.diag(x, k), [matrix], np.diag(matrix, k))
    check_op(lambda v: T.diag(v, k), [vector], np.diag(vector, k))
    check_op(lambda v: T.diag(v, k), [vector[:0]], np.diag(vector[:0], k))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float16", "complex64"])
def test_dtypes(dtype):
    matrix = np.arange(6).reshape(2, 3).astype(dtype)
    check_value(lambda x: x.diagonal(1), [matrix], np.diagonal(matrix, 1))
    check_value(T.diag, [matrix[1]], np.diag(matrix[1]))


def test_trace(rng):
    matrix = rng.normal(size=(3, 2))
    check_op(lambda x: x.trace(), [matrix], np.trace(matrix))
    check_value(lambda x: x.trace(), [np.ones((2, 2), "int8")], np.int64(2))


def test_patterns():
    assert T.diag(T.frow()).broadcastable == (False,)
    first = T.TensorType("float32", (True, False, False))()
    assert T.diagonal(first, 0, 1, 2).broadcastable == (True, False)
    assert AllocDiag(0, 0, 1)(T.frow()).broadcastable == (False, False, True)
    # `view` is kept, and `AllocDiag` puts the axes where they are asked for.
    assert ExtractDiag(view=True).view
    assert ExtractDiag(1) == ExtractDiag(1, 0, 1) != ExtractDiag(2)


def test_bad_input():
    for axes in ((0, 0), (0, 3), (-4, 1), (2, -1)):
        with check_raises(ValueError, "two different axes", f"axis1={axes[0]}"):
            T.diagonal(t3, 0, *axes)
    for k in (T.iscalar("k"), 1.5):
        with check_raises(TypeError, "known when the graph is built"):
            T.diag(x, k)
    with check_raises(ValueError, "two dimensions or more"):
        T.diagonal(v)
    with check_raises(ValueError, "scalar has no diagonal"):
        T.diag(T.scalar())
    with check_raises(ValueError, "vector at least"):
        AllocDiag()(T.scalar())
    for d in (x, T.dvector()):
        with check_raises(TypeError, "one dimension less"):
            SetDiagonal()(x, d)
    check_op_raises(
        SetDiagonal(), [np.zeros((2, 3)), np.zeros(3)], ValueError, "shape (2,)", "shape (3,)"
    )
