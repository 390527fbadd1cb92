"""Activation functions."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_raises, check_value

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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elu_and_selu(dtype):
    config.floatX = dtype
    x = X.astype(dtype)
    below = np.expm1(np.minimum(x, 0))
    alpha, scale = 1.6732632423543772, 1.0507009873554805

    def all_of_them(x):
        return [T.nnet.elu(x), T.nnet.elu(x, 1.5), T.nnet.elu(x, -2), T.nnet.selu(x)]

    unit = [np.where(x > 0, x, a * below).astype(dtype) for a in (1, 1.5, -2, alpha)]
    check_op(all_of_them, [x], [*unit[:3], (scale * unit[3]).astype(dtype)])


def test_elu_of_extremes():
    x = np.array([1e30, -1e30, np.inf, -np.inf, np.nan])

    def value_and_slope(x):
        return [T.nnet.elu(x), grad(T.nnet.elu(x).sum(), x)]

    check_value(value_and_slope, [x], [[1e30, -1, np.inf, -1, np.nan], [1, 0, 1, 0, np.nan]])


def test_selu_keeps_mean_and_variance(rng):
    z = T.nnet.selu(T.constant(rng.normal(size=200_000))).eval()
    assert abs(z.mean()) < 0.01
    assert abs(z.var() - 1) < 0.02


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softsign(dtype):
    x = X.astype(dtype)
    check_op(T.nnet.softsign, [x], x / (1 + abs(x)))


def test_hard_sigmoid():
    x = np.array([-3, -2.4, -1, 0, 0.5, 2.4, 3])
    check_op(T.nnet.hard_sigmoid, [x], np.clip(0.2 * x + 0.5, 0, 1))
    check_value(T.nnet.hard_sigmoid, [np.array([-3, 0, 1], "int8")], np.float32([0, 0.5, 0.7]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ultra_fast_sigmoid(dtype):
    """Theano's values at a few places, and never far from the sigmoid itself."""
    config.floatX = dtype
    x = np.array([-8.0, -4, -1, 0.2, 1, 4, 8]).astype(dtype)
    (z,) = check_op(T.nnet.ultra_fast_sigmoid, [x])
    some = [0.002472623, 0.025413264, 0.25, 0.568181818, 0.75, 0.974586736, 0.997527377]
    np.testing.assert_allclose(z, some, rtol=1e-5)
    everywhere = np.linspace(-20, 20, 4001).astype(dtype)
    (z,) = check_value(T.nnet.ultra_fast_sigmoid, [everywhere])
    assert abs(z - 1 / (1 + np.exp(-everywhere))).max() < 0.028
    assert np.isnan(T.nnet.ultra_fast_sigmoid(np.float64(np.nan)).eval())


def test_dtypes_of_integers():
    for function in (T.nnet.softsign, T.nnet.hard_sigmoid, T.nnet.ultra_fast_sigmoid):
        assert function(T.bmatrix()).dtype == "float32"
        assert function(T.lmatrix()).dtype == "float64"
    with check_raises(TypeError, "complex"):
        T.nnet.softsign(T.zmatrix())


def test_relu_of_values_is_a_value():
    """Programs compute with it outside of graphs, as in Theano."""
    np.testing.assert_array_equal(T.nnet.relu(np.float32([-1, 2])) + 1, np.float32([1, 3]))
    assert T.nnet.relu(-2.5) == 0
