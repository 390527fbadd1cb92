"""Gradients held against finite differences, and ops of users with a gradient of their own."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import function, grad
from theano.compile import verify_grad
from theano.gradient import GradientError


class Double(theano.Op):
    """Twice its input, with a gradient that can be wrong."""

    __props__ = ("slope",)

    def __init__(self, slope=2.0):
        self.slope = slope

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] * 2

    def grad(self, inputs, output_grads):
        return [output_grads[0] * np.asarray(self.slope, inputs[0].dtype)]


def test_the_gradient_of_a_users_op():
    x = T.dvector("x")
    f = function([x], [T.sum(Double()(x) ** 2), grad(T.sum(Double()(x) ** 2), x)])
    value, gradient = f([1.0, 2.0])
    assert value == 20
    np.testing.assert_allclose(gradient, [8, 16])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_right_and_wrong_gradients(dtype, rng):
    point = rng.normal(size=(2, 2)).astype(dtype)
    verify_grad(Double(), [point], rng=rng)
    with pytest.raises(GradientError, match=r"argument 0 .* at \(\d, \d\): symbolic .*, numeric"):
        verify_grad(Double(3.0), [point], rng=rng)
    verify_grad(Double(3.0), [point], rng=rng, abs_tol=100, rel_tol=100)
    verify_grad(Double(2.0001), [point], rng=rng, rel_tol=1e-2)


def test_the_argument_at_fault_is_named(rng):
    with pytest.raises(GradientError, match="argument 1"):
        verify_grad(lambda a, b: Double()(a) * Double(1.0)(b), [np.ones(2), np.ones(2)], rng=rng)


@pytest.mark.parametrize("generator", [None, np.random.RandomState(1), np.random.default_rng(1)])
def test_generators(generator):
    verify_grad(lambda a, b: T.tanh(a) * b, [np.ones(2), np.ones(2)], rng=generator, n_tests=1)


def test_0d_points(rng):
    verify_grad(T.exp, [0.5], rng=rng)


def test_points_are_floats(rng):
    with pytest.raises(TypeError, match="point 0 is of dtype int64"):
        verify_grad(T.exp, [np.ones(2, int)], rng=rng)


def test_points_are_left_alone(rng):
    point = np.ones(2)
    verify_grad(T.sqr, [point], rng=rng, n_tests=1)
    np.testing.assert_array_equal(point, [1, 1])


def test_the_names_of_the_front_doors():
    assert theano.gradient.verify_grad is T.verify_grad is verify_grad
    assert verify_grad.E_grad is GradientError
