"""The softmax of rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from tests.checks import check_op, check_raises, check_value

import theano.tensor as T


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 4), (1, 3), (3, 1), (0, 3)], ids=str)
def test_softmax(shape, dtype, rng):
    x = rng.normal(size=shape).astype(dtype)
    check_op(T.nnet.softmax, [x], lambda x: scipy.special.softmax(x.astype("float64"), axis=-1))


def test_rows_without_elements():
    check_op(T.nnet.softmax, [np.zeros((3, 0))], np.zeros((3, 0)))


def test_a_vector_is_one_row(rng):
    x = rng.normal(size=4)
    check_op(T.nnet.softmax, [x], scipy.special.softmax(x)[None])
    assert T.nnet.softmax(T.vector()).broadcastable == (True, False)
    assert T.nnet.softmax(T.col()).broadcastable == (False, True)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([1e30, 0, -1e30], [1, 0, 0]),
        ([-1e30, -1e30], [0.5, 0.5]),
        ([1e4, 1e4 + 1], [1 / (1 + np.e), np.e / (1 + np.e)]),
        ([-np.inf, 0, 0], [0, 0.5, 0.5]),
        ([np.inf, 0], [np.nan, np.nan]),
        ([-np.inf, -np.inf], [np.nan, np.nan]),
        ([np.nan, 0], [np.nan, np.nan]),
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extremes(row, expected, dtype):
    if dtype == "float32" and 1e4 in row:
        expected = scipy.special.softmax(np.array(row, dtype))
    check_value(T.nnet.softmax, [np.array([row], dtype)], np.array([expected]))


@pytest.mark.parametrize("x", [T.imatrix("x"), T.tensor3("x"), T.scalar("x"), T.zmatrix("x")])
def test_bad_input(x):
    with check_raises(ValueError, "vector or a matrix of floats", "`x`", str(x.type)):
        T.nnet.softmax(x)
