"""The softmax of rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.gradient import grad


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
    with pytest.warns(UserWarning, match="rows of one element"):
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


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 4), (1, 3), (3, 1), (0, 3), (3, 0)], ids=str)
def test_logsoftmax(shape, dtype, rng):
    x = rng.normal(size=shape).astype(dtype)
    check_op(
        T.nnet.logsoftmax,
        [x],
        lambda x: scipy.special.log_softmax(x.astype("float64"), axis=-1) if x.size else x,
    )


def test_logsoftmax_of_extremes():
    x = np.array([[1e30, 0], [1e4, 1e4 + 1], [-np.inf, 0], [0, np.inf], [np.nan, 0]])
    row = -np.log1p(np.exp([1, -1]))
    nan = [np.nan, np.nan]
    check_value(T.nnet.logsoftmax, [x], [[0, -1e30], row, [-np.inf, 0], nan, nan])


@pytest.mark.parametrize("dtypes", [("float64",) * 2, ("float32",) * 2, ("float32", "float64")])
def test_a_bias(dtypes, rng):
    x, b = (rng.normal(size=s).astype(d) for s, d in zip([(3, 4), 4], dtypes, strict=True))
    check_op(T.nnet.softmax_with_bias, [x, b], scipy.special.softmax(x + b, axis=1).astype(x.dtype))


def test_a_bias_that_does_not_fit():
    x, b = np.zeros((2, 3)), np.zeros(2)
    check_op_raises(T.nnet.softmax_with_bias, [x, b], ValueError, "3", "2")
    for args in ((T.vector(), T.vector()), (T.matrix(), T.matrix()), (T.matrix(), T.ivector())):
        with check_raises(ValueError, "softmax_with_bias", "of floats"):
            T.nnet.softmax_with_bias(*args)


def test_the_gradient_as_an_op(rng):
    """And its own derivatives, at a ``sm`` that need not be a softmax."""
    dy, sm = rng.normal(size=(2, 3, 4))
    check_op(T.nnet.softmax_grad, [dy, sm], (dy - (dy * sm).sum(1, keepdims=True)) * sm)
    check_value(T.nnet.softmax_grad, [dy[0], sm[0].astype("float32")])


def test_second_derivatives(rng):
    x, w, b = rng.normal(size=(3, 2, 3))

    def gradients(x, w, b):
        z = [T.nnet.softmax(x), T.nnet.logsoftmax(x), T.nnet.softmax_with_bias(x, b[0])]
        return [grad((v * w).sum(), x) for v in z]

    check_op(gradients, [x, w, b])


def test_softmax_written_out(rng):
    x = rng.normal(size=(3, 4))
    check_op(T.nnet.softmax_graph, [x], scipy.special.softmax(x, axis=-1))
    check_value(T.nnet.softmax_graph, [x[0]], scipy.special.softmax(x[0]))
    big = function([v := T.dmatrix()], T.nnet.softmax_graph(v))(np.array([[1e3, 0.0]]))
    assert big.tolist() == [[1, 0]]


@pytest.mark.parametrize("x", [T.imatrix("x"), T.tensor3("x"), T.scalar("x"), T.zmatrix("x")])
def test_bad_input(x):
    with check_raises(ValueError, "vector or a matrix of floats", "`x`", str(x.type)):
        T.nnet.softmax(x)
