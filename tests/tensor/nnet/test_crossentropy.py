"""Cross-entropies of distributions, classes, and probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import HOST, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.gradient import grad
from theano.scalar.type import INTEGER_DTYPES

PREDICTED = np.array([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]])
OF_CLASSES = np.array([-np.log(0.3), -np.log(0.7)])


def crossentropy_at(index):
    return lambda p: T.nnet.categorical_crossentropy(p, T.constant(np.array(index)))


@pytest.mark.parametrize("shape", [(2, 3), (3,), (2, 2, 3), (0, 3)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distributions(shape, dtype, rng):
    p, q = (rng.dirichlet(np.ones(3), size=shape[:-1]).astype(dtype) for _ in range(2))
    check_op(T.nnet.categorical_crossentropy, [p, q], -(q * np.log(p)).sum(-1))


@pytest.mark.parametrize("dtype", INTEGER_DTYPES)
def test_classes(dtype):
    index = np.array([2, 0], dtype)
    check_op(T.nnet.categorical_crossentropy, [PREDICTED, index], OF_CLASSES)


def test_classes_count_from_the_end_if_negative():
    check_op(T.nnet.categorical_crossentropy, [PREDICTED, np.array([-1, -3])], OF_CLASSES)


def test_no_rows():
    check_op(T.nnet.categorical_crossentropy, [np.zeros((0, 3)), np.zeros(0, "int64")], np.zeros(0))


def test_second_derivative():
    check_op(lambda p: grad(crossentropy_at([2, 0])(p).sum(), p), [PREDICTED])


def test_probabilities_of_zero_elsewhere_do_no_harm():
    p = np.array([[0.0, 1, 0], [0.5, 0, 0.5]])

    def derivatives(p):
        g = grad(crossentropy_at([1, 0])(p).sum(), p)
        return [g, grad(g.sum(), p)]

    check_value(derivatives, [p], [[[0, -1, 0], [-2, 0, 0]], [[0, 1, 0], [4, 0, 0]]])


@pytest.mark.parametrize("wrong", [3, -4, 100])
def test_classes_that_do_not_exist(wrong):
    """The host raises; a device cannot, so its row is NaN, and so are all derivatives of it."""
    p, index = T.dmatrix("p"), T.lvector("index")
    cost = T.nnet.categorical_crossentropy(p, index)
    g = grad(cost.sum(), p)
    with pytest.raises(IndexError, match="out of bounds"):
        function([p, index], cost, mode=HOST)(PREDICTED, [wrong, 0])
    values, gradient = function([p, index], [cost, g])(PREDICTED, [wrong, 0])
    assert np.isnan(values).tolist() == [True, False]
    assert np.isnan(gradient).tolist() == [[True] * 3, [False] * 3]


@pytest.mark.parametrize("n", [1, 3])
def test_another_number_of_classes_than_of_rows(n):
    check_op_raises(
        T.nnet.categorical_crossentropy,
        [PREDICTED, np.zeros(n, "int64")],
        ValueError,
        "2 classes, one for each row",
        f"{n} classes",
    )


def test_bad_targets():
    p, t3 = T.matrix("p"), T.tensor3("t3")
    for target in (T.vector("y"), T.TensorType("bool", (False,))("y")):
        with check_raises(TypeError, "vector of integers", "`y`"):
            T.nnet.categorical_crossentropy(p, target)
    for predicted, target in ((p, T.scalar("y")), (t3, T.imatrix("y")), (p, T.tensor3("y"))):
        with check_raises(TypeError, "rank does not fit", "`y`"):
            T.nnet.categorical_crossentropy(predicted, target)
    with check_raises(TypeError, "matrix of floats", "`p`"):
        T.nnet.categorical_crossentropy(T.imatrix("p"), T.ivector())


def test_binary_crossentropy(rng):
    p, t = rng.uniform(0.1, 0.9, size=(2, 3)), rng.uniform(size=(2, 3))
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    check_op(T.nnet.binary_crossentropy, [p, t], expected)
    check_op(T.nnet.binary_crossentropy, [p, (t > 0.5).astype("int8")])
    assert T.nnet.binary_crossentropy(T.fmatrix(), T.bmatrix()).dtype == "float32"
    assert T.nnet.binary_crossentropy(T.fmatrix(), T.imatrix()).dtype == "float64"


@pytest.mark.parametrize("dtypes", [("float64",) * 2, ("float32", "int8"), ("float32",) * 2])
def test_sigmoid_binary_crossentropy(dtypes, rng):
    x, t = rng.normal(size=(2, 3)), rng.uniform(size=(2, 3)).round(1 if dtypes[1][0] == "f" else 0)
    x, t = x.astype(dtypes[0]), t.astype(dtypes[1])
    p = 1 / (1 + np.exp(-x.astype("float64")))
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    check_op(T.nnet.sigmoid_binary_crossentropy, [x, t], expected)


def test_sigmoid_binary_crossentropy_where_the_sigmoid_saturates():
    x, t = np.array([1e4, -1e4, 1e4, -1e4, 0]), np.array([1.0, 0, 0, 1, 0.5])

    def value_and_slope(x, t):
        z = T.nnet.sigmoid_binary_crossentropy(x, t)
        return [z, grad(z.sum(), x)]

    check_value(value_and_slope, [x, t], [[0, 0, 1e4, 1e4, np.log(2)], [0, 0, 1, -1, 0]])


def test_sigmoid_binary_crossentropy_dtypes():
    """As in Theano."""
    for x, t, z in (
        ("float32", "int64", "float64"),
        ("int8", "float32", "float32"),
        ("float16", "int8", "float16"),
        ("int64", "int64", "float64"),
        ("int8", "int8", "float32"),
    ):
        output, target = T.TensorType(x, [])(), T.TensorType(t, [])()
        assert T.nnet.sigmoid_binary_crossentropy(output, target).dtype == z


def test_the_gradient_as_an_op():
    g, index = np.array([0.5, -2.0]), np.array([2, 0])
    expected = [[0, 0, -0.5 / 0.3], [2 / 0.7, 0, 0]]
    check_op(T.nnet.crossentropy_categorical_1hot_grad, [g, PREDICTED, index], expected)
