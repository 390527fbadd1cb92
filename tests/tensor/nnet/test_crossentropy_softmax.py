"""Cross-entropies of classes under a softmax, in one op."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.gradient import grad

XENT, DX = (
    T.nnet.crossentropy_softmax_argmax_1hot_with_bias,
    T.nnet.crossentropy_softmax_1hot_with_bias_dx,
)
CLASSES = np.array([2, 0, 3])


def expected(x, b, y):
    logs = scipy.special.log_softmax(x.astype("float64") + b, axis=1)
    likeliest = (x + b).argmax(1).astype(y.dtype)
    return [-logs[np.arange(len(y)), y], np.exp(logs), likeliest]


@pytest.mark.parametrize(
    "dtypes",
    [
        ("float64", "float64", "int64"),
        ("float32", "float32", "uint8"),
        ("float32", "float64", "int8"),
    ],
)
def test_with_bias(dtypes, rng):
    x, b, y = (v.astype(d) for v, d in zip((*data(rng), CLASSES), dtypes, strict=True))
    check_op(XENT, [x, b, y], expected, rtol=2e-5 if "float32" in dtypes else None)


def data(rng):
    return rng.normal(size=(3, 4)), rng.normal(size=4)


def test_of_float16(rng):
    x, b = (v.astype("float16") for v in data(rng))
    check_value(XENT, [x, b, CLASSES], expected)


def test_without_bias_and_with_maximum(rng):
    x, b = data(rng)
    nll, sm, am = expected(x, 0 * b, CLASSES)
    check_op(T.nnet.crossentropy_softmax_1hot, [x, CLASSES], [nll, sm])
    f = T.nnet.crossentropy_softmax_max_and_argmax_1hot
    check_value(f, [x, CLASSES], [nll, sm, sm.max(1), am])


def test_no_rows():
    check_value(T.nnet.crossentropy_softmax_1hot, [np.zeros((0, 3)), np.zeros(0, "int64")])


def test_a_cost_of_an_impossible_class_is_finite():
    x = np.array([[1e4, 0, -1e4]], "float32")

    def value_and_slope(x):
        nll, _ = T.nnet.crossentropy_softmax_1hot(x, [2])
        return [nll, grad(nll.sum(), x)]

    check_value(value_and_slope, [x], [np.float32([2e4]), np.float32([[1, 0, -1]])])


@pytest.mark.parametrize("dy", [0.5, [0.5], [0.5, -1, 2]], ids=str)
def test_the_gradient_as_an_op(dy, rng):
    sm, dy = rng.dirichlet(np.ones(4), size=3), np.array(dy)
    kind = T.TensorType("float64", [n == 1 for n in dy.shape])
    types = [kind, T.dmatrix, T.lvector]
    check_op(DX, [dy, sm, CLASSES], dy.reshape(-1, 1) * (sm - np.eye(4)[CLASSES]), types=types)


def test_second_derivative(rng):
    x, b = data(rng)

    def gradient(x, b):
        nll, sm, _ = XENT(x, b, CLASSES)
        return grad((nll * nll).sum() + (sm * sm).sum(), x)

    check_op(gradient, [x, b])


@pytest.mark.parametrize("wrong", [-1, 4])
def test_classes_that_do_not_exist(wrong, rng):
    x, b = data(rng)
    said = "classes from 0 to 3", str(wrong)
    check_op_raises(XENT, [x, b, np.array([0, wrong, 1])], ValueError, *said)
    check_op_raises(DX, [b[:3], x, np.array([0, 1, wrong])], ValueError, *said)


def test_lengths_that_do_not_fit(rng):
    x, b = data(rng)
    check_op_raises(XENT, [x, b[:3], CLASSES], ValueError, "4 elements", "3 elements")
    check_op_raises(XENT, [x, b, CLASSES[:2]], ValueError, "3 classes", "2 classes")
    check_op_raises(DX, [b, x, CLASSES], ValueError, "3 elements, or one", "4 elements")


def test_bad_input():
    x, y = T.matrix("x"), T.lvector("y")
    for args in ((T.imatrix("z"), y), (T.vector("z"), y)):
        with check_raises(ValueError, "of floats"):
            T.nnet.crossentropy_softmax_1hot_with_bias(args[0], T.vector(), args[1])
    for z in (T.fvector("z"), T.lmatrix("z")):
        with check_raises(ValueError, "vector of integers", "`z`"):
            T.nnet.crossentropy_softmax_1hot(x, z)
    with check_raises(ValueError, "does not fit", "`y`"):
        DX(y, x, y)
