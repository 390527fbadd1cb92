"""Activation functions."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_value

import theano.tensor as T
from theano import config
from theano.gradient import grad

X = np.array([[-2.0, -0.5, 0.25], [3, 0.1, -0.1]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_relu(dtype):
    config.floatX = dtype
    x = X.astype(dtype)
    check_op(T.nnet.relu, [x], np.maximum(x, 0))
    check_op(lambda x: T.nnet.relu(x, 0.1), [x], np.where(x > 0, x, x * np.asarray(0.1, dtype)))


def test_relu_of_learnt_slopes():
    alpha = np.array([0.5, 0, -1])
    check_op(T.nnet.relu, [X, alpha], np.where(X > 0, X, X * alpha))


@pytest.mark.parametrize(("alpha", "slope"), [(0, 0.5), (0.1, 0.55), (1, 1)])
def test_the_derivative_at_zero_is_the_mean_of_both_sides(alpha, slope):
    config.floatX = "float64"
    check_value(lambda x: grad(T.nnet.relu(x, alpha), x), [np.float64(0)], np.float64(slope))


def test_relu_of_extremes():
    x = np.array([np.inf, np.nan], "float32")
    check_value(T.nnet.relu, [x], x)


def test_relu_dtypes():
    """As in Theano."""
    config.floatX = "float32"
    for x, dtype in (
        (T.fmatrix(), "float32"),
        (T.dmatrix(), "float64"),
        (T.imatrix(), "float64"),
        (T.bmatrix(), "float32"),
    ):
        assert T.nnet.relu(x).dtype == dtype
        assert T.nnet.relu(x, 0.1).dtype == dtype
