"""Rules for the ops of neural networks."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_value

import theano.tensor as T
from theano import function
from theano.compile.mode import get_default_mode
from theano.gradient import grad

X = np.array([-6.0, -1, 0.5, 3])


def test_the_logarithm_of_a_biased_softmax_is_finite():
    """And that of a class's probability, and what comes back through both."""
    x, b = np.array([[1e4, 0.0]]), np.array([0.0, 1])

    def values(x, b):
        sm = T.nnet.softmax_with_bias(x, b)
        cost = T.nnet.categorical_crossentropy(sm, T.constant([1]))
        return [T.log(sm), cost, grad(cost.sum(), x)]

    kinds = [T.dmatrix(), T.dvector()]
    logs, cost, slope = function(kinds, values(*kinds))(x, b)
    np.testing.assert_allclose(logs, [[0, -9999]])
    np.testing.assert_allclose(cost, [9999])
    np.testing.assert_allclose(slope, [[1, -1]])


def test_the_gradient_through_an_underflown_softmax():
    x, dy = T.dmatrix("x"), T.dmatrix("dy")
    sm = T.nnet.softmax(x)
    g = function([x, dy], T.nnet.softmax_grad(dy / sm, sm))([[1e4, 0.0]], [[0.0, 1.0]])
    np.testing.assert_allclose(g, [[-1, 1]])


def test_other_dtypes_are_left_alone():
    x, b = np.zeros((1, 2), "float32"), np.array([0, np.log(3)])
    check_value(T.nnet.softmax_with_bias, [x, b], np.float32([[0.25, 0.75]]))


@pytest.mark.parametrize("name", ["ultra_fast_sigmoid", "hard_sigmoid"])
def test_approximations_by_name(name):
    x = T.dvector("x")
    approximation = getattr(T.nnet, name)(T.constant(X)).eval()
    exact = 1 / (1 + np.exp(-X))
    mode = get_default_mode()
    np.testing.assert_allclose(function([x], T.nnet.sigmoid(x), mode=mode)(X), exact)
    mode = mode.including(f"local_{name}")
    z = function([x], T.nnet.sigmoid(x), mode=mode)(X)
    np.testing.assert_allclose(z, approximation)
    assert abs(z - exact).max() > 1e-3
