"""Batch normalization."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import config, function, shared
from theano.gradient import grad
from theano.tensor.nnet import bn

LAYOUTS = [
    ((4, 3), "per-activation", (0,)),
    ((3, 2, 2, 2), "spatial", (0, 2, 3)),
    ((3, 2, 2), (0, 2), (0, 2)),
    ((3, 2), [1], (1,)),
    ((2, 3), np.array([0, 1]), (0, 1)),
    ((5,), "spatial", (0,)),
]


def spread(v, axes, ndim):
    return v if np.ndim(v) == ndim else np.expand_dims(v, axes)


def trained(x, gamma, beta, mean, var, axes, epsilon=1e-4, factor=0.1):
    """Return all five results, with the dimensions of ``x``."""
    gamma, beta, mean, var = (spread(v, axes, x.ndim) for v in (gamma, beta, mean, var))
    mu, sigma2 = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    m = x.size / mu.size
    out = (x - mu) * gamma / np.sqrt(sigma2 + epsilon) + beta
    new_mean = mean * (1 - factor) + mu * factor
    new_var = var * (1 - factor) + m / (m - 1) * sigma2 * factor
    return [out, mu, 1 / np.sqrt(sigma2 + epsilon), new_mean, new_var]


def data(rng, shape, axes, full=False, dtype="float64"):
    sizes = [1 if i in axes else n for i, n in enumerate(shape)]
    small = sizes if full else [n for i, n in enumerate(shape) if i not in axes]
    x = rng.normal(2, 3, size=shape)
    return [v.astype(dtype) for v in (x, *rng.uniform(0.5, 2, size=(4, *small)))]


@pytest.mark.parametrize("is_full", [False, True], ids=["few dimensions", "all dimensions"])
@pytest.mark.parametrize(("shape", "given", "axes"), LAYOUTS, ids=str)
def test_train(shape, given, axes, is_full, rng):
    def op(x, gamma, beta, mean, var):
        return bn.batch_normalization_train(
            x, gamma, beta, given, 5e-3, 0.3, running_mean=mean, running_var=var
        )

    values = data(rng, shape, axes, is_full)
    out, *rest = trained(*values, axes, 5e-3, 0.3)
    # Lengths of 1 along the axes are known to the graph.
    sizes = np.shape(values[1])
    pattern = [is_full and i in axes for i in range(len(sizes))]
    types = [None] + [T.TensorType("float64", pattern)] * 4
    check_op(op, values, [out, *[v.reshape(sizes) for v in rest]], types=types)


def test_train_in_float32(rng):
    config.floatX = "float32"
    values = data(rng, (4, 3), (0,), dtype="float32")

    def op(x, gamma, beta, mean, var):
        results = bn.batch_normalization_train(x, gamma, beta, running_mean=mean, running_var=var)
        return [*results, *bn.batch_normalization_train(x, gamma, beta)]

    results = [
        v.reshape(v.shape[-1 if i else 0 :] if i else v.shape)
        for i, v in enumerate(trained(*values, (0,)))
    ]
    check_op(op, values, [*results, *results[:3]])


def test_gradients_in_float32(rng):
    x, gamma, beta, *_ = data(rng, (4, 3, 5, 2), (0, 2, 3), dtype="float32")
    g = rng.normal(size=x.shape).astype("float32")

    def op(x, gamma, beta, g):
        z = bn.batch_normalization_train(x, gamma, beta, axes="spatial")[0]
        return grad(None, [x, gamma, beta], known_grads={z: g})

    axes, wide = (0, 2, 3), x.astype("float64")
    std = np.sqrt(wide.var(axes, keepdims=True) + 1e-4)
    normal = (wide - wide.mean(axes, keepdims=True)) / std
    rest = g - g.mean(axes, keepdims=True) - normal * (g * normal).mean(axes, keepdims=True)
    expected = [spread(gamma, axes, 4) / std * rest, (g * normal).sum(axes), g.sum(axes)]
    check_op(op, [x, gamma, beta, g], [v.astype("float32") for v in expected])


def test_a_large_mean_costs_no_digits_of_the_variance(rng):
    x = (1e4 + rng.normal(size=(1000, 1))).astype("float32")
    _, _, invstd = check_value(
        lambda x: bn.batch_normalization_train(x, T.ones(1), T.zeros(1)), [x]
    )
    wide = x.astype("float64")
    np.testing.assert_allclose(invstd, 1 / np.sqrt(wide.var(0) + 1e-4), rtol=1e-5)


@pytest.mark.parametrize(("shape", "given", "axes"), LAYOUTS[:3], ids=str)
def test_test(shape, given, axes, rng):
    values = data(rng, shape, axes)
    x, gamma, beta, mean, var = (spread(v, axes, len(shape)) for v in values)
    expected = (x - mean) * gamma / np.sqrt(var + 1e-3) + beta
    check_op(lambda *v: bn.batch_normalization_test(*v, given, epsilon=1e-3), values, expected)


@pytest.mark.parametrize("axes", [(0,), (0, 2)], ids=str)
def test_the_gradient_as_an_op(axes, rng):
    """And its derivatives, at statistics that need not be those of ``x``."""
    shape = (3, 2, 2)
    x, scale, mean, invstd, _ = data(rng, shape, axes, full=True)
    dy = rng.normal(size=shape)
    types = [T.TensorType("float64", [i in axes for i in range(3)])] * 3
    op = bn.AbstractBatchNormTrainGrad(axes)
    check_op(op, [x, dy, scale, mean, invstd], types=[None, None, *types])


def test_second_derivative(rng):
    x, gamma, beta, *_ = data(rng, (4, 2), (0,))

    def gradients(x, gamma, beta):
        out, mean, invstd = bn.batch_normalization_train(x, gamma, beta)
        return grad((out**3).sum() + (mean * invstd).sum(), [x, gamma])

    check_op(gradients, [x, gamma, beta])


def test_updates_of_running_averages(rng):
    """As programs write them: shared variables, updated at each call."""
    x = T.matrix("x")
    parameters = data(rng, (4, 3), (0,), dtype=config.floatX)
    state = [shared(v) for v in parameters[1:]]
    out, _, _, mean, var = bn.batch_normalization_train(
        x, *state[:2], running_mean=state[2], running_var=state[3]
    )
    step = function([x], out, updates=[(state[2], mean), (state[3], var)])
    step(parameters[0])
    expected = trained(*parameters, (0,))
    for variable, value in zip(state[2:], expected[3:], strict=True):
        np.testing.assert_allclose(variable.get_value(), value[0], rtol=1e-5)


def test_parameters_that_are_broadcast_further(rng):
    """One scale for all channels: its gradient is summed over them."""
    x = rng.normal(size=(4, 3))
    row = T.TensorType("float64", [True, True])

    def op(x, gamma, beta):
        return bn.batch_normalization_train(x, gamma, beta)[0]

    check_op(op, [x, [[1.5]], [[0.5]]], types=[None, row, row])


@pytest.mark.parametrize("mode", ["low_mem", "high_mem"])
def test_the_old_form(mode, rng):
    x, gamma, beta, mean, std = data(rng, (4, 3), (0,))
    op = lambda *v: T.nnet.batch_normalization(*v, mode=mode)  # noqa: E731
    check_op(op, [x, gamma, beta, mean, std], (x - mean) / std * gamma + beta)


def test_one_element_has_no_unbiased_variance():
    one = np.ones((1, 2))
    results = check_value(
        lambda x, *v: bn.batch_normalization_train(x, *v[:2], running_mean=v[2], running_var=v[3]),
        [one, *np.ones((4, 2))],
    )
    assert np.isnan(results[4]).all()
    assert not np.isnan(np.array(results[1:4])).any()


def test_dtypes():
    """The dtype that holds all tensors; numbers do not widen it."""
    config.floatX = "float64"
    x, g, b = T.fmatrix(), T.fvector(), T.fvector()
    assert [z.dtype for z in bn.batch_normalization_train(x, g, b)] == ["float32"] * 3
    assert bn.batch_normalization_test(x, g, b, T.dvector(), b).dtype == "float64"
    assert bn.batch_normalization_train(T.bmatrix(), g, b)[0].dtype == "float32"


def test_bad_input():
    x, v, m = T.matrix("x"), T.vector("v"), T.matrix("m")
    train, test = bn.batch_normalization_train, bn.batch_normalization_test
    for axes in ("temporal", (), 0):
        with check_raises(ValueError, "axes that it does not know"):
            train(x, v, v, axes)
    for axes in ((0, 2), (-1,)):
        with check_raises(ValueError, "axis that does not exist", "from 0 to 1"):
            train(x, v, v, axes)
    with check_raises(ValueError, "a beta of another number", "`m`"):
        train(x, v, m)
    with check_raises(ValueError, "a running_var of another number", "`m`"):
        train(x, v, v, running_mean=v, running_var=m)
    with check_raises(ValueError, "one running average"):
        train(x, v, v, running_mean=v)
    with check_raises(ValueError, "a var of another number", "`m`"):
        test(x, v, v, v, m)
    for f in (lambda: train(x, v, v, epsilon=1e-6), lambda: test(x, v, v, v, v, epsilon=0)):
        with check_raises(ValueError, "epsilon that is too small", "1e-05"):
            f()
    with check_raises(ValueError, "a mode that it does not know", "'fast'"):
        T.nnet.batch_normalization(x, v, v, v, v, mode="fast")
    with check_raises(ValueError, "floats of one rank"):
        train(T.imatrix(), T.ivector(), T.ivector())


def test_a_parameter_that_is_not_broadcastable_after_all():
    ones = np.ones((2, 3))

    def op(x, gamma):
        return bn.batch_normalization_train(x, gamma, gamma)[0]

    check_op_raises(op, [ones, ones], ValueError, "declared broadcastable")
