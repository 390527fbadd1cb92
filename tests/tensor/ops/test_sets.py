"""Which values there are, and how many of each."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import config, function
from theano.tensor.extra_ops import Unique

v, f, x = T.ivector("v"), T.fvector("f"), T.fmatrix("x")


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("shape", [(4, 3), (0, 3)], ids=str)
def test_unique(shape, axis, rng):
    value = rng.integers(0, 2, size=shape)
    values, first, inverse, counts = np.unique(value, True, True, True, axis)
    expected = [values, first, inverse.ravel(), counts]
    check_value(Unique(True, True, True, axis), [value], expected, compiled=False)
    check_value(Unique(return_counts=True, axis=axis), [value], [values, counts], compiled=False)


def test_unique_of_scalars_and_nan():
    check_value(Unique(), [np.float32(3)], np.array([3], "float32"), compiled=False)
    value = np.array([np.nan, 1, np.nan])
    check_value(Unique(), [value], np.array([1, np.nan, np.nan]), compiled=False)


@pytest.mark.parametrize("axis", [None, 0])
def test_gradient_of_unique(axis):
    """It goes to the first element of each value."""
    a = T.dmatrix("a")
    values = Unique(axis=axis)(a)
    weights = T.arange(1, values.size + 1).reshape(values.shape, ndim=values.ndim)
    g = T.grad((values * weights).sum(), a)
    value = np.array([[3, 1.0], [1, 1], [3, 1]])
    expected = {None: [[2, 1], [0, 0], [0, 0]], 0: [[3, 4], [1, 2], [0, 0]]}[axis]
    assert g.eval({a: value}).tolist() == expected


def test_unique_in_the_middle_of_a_program():
    a = T.dvector("a")
    values = Unique()(a * 2)
    both = function([a], [values + 1, values.shape[0]])
    for given in ([1.0, 3, 1], [2.0, 2]):
        result, n = both(given)
        assert np.array_equal(result, np.unique(given) * 2 + 1)
        assert n == len(set(given))


def test_types_of_unique():
    assert [o.dtype for o in Unique(True, True, True)(v)] == ["int32", "int64", "int64", "int64"]
    assert Unique(axis=0)(T.frow()).broadcastable == (False, False)
    assert Unique(axis=1)(T.frow()).broadcastable == (True, False)
    assert Unique(True) == Unique(True) != Unique()
    for axis in (2, -3):
        with check_raises(ValueError, "from -2 to 1", f"axis={axis}"):
            Unique(axis=axis)(x)


@pytest.mark.parametrize("minlength", [None, 2, 9])
def test_bincount(minlength, rng):
    value = rng.integers(0, 5, size=20)
    weights = rng.normal(size=20)
    least = minlength or 0
    check_op(
        lambda x: T.bincount(x, minlength=minlength),
        [value],
        np.bincount(value, minlength=least),
    )
    check_op(
        lambda x, w: T.bincount(x, w, minlength, assert_nonneg=True),
        [value, weights],
        np.bincount(value, weights, least),
    )


def test_bincount_of_a_known_length_is_one_program(rng):
    """The counting itself is compiled: only the number of counts is asked for."""
    n = T.iscalar("n")
    counts = function([v, n], T.bincount(v, minlength=n))
    for _ in range(3):
        value = rng.integers(0, 3, size=6).astype("int32")
        assert np.array_equal(counts(value, 4), np.bincount(value, minlength=4))
    assert len(counts.compilations) == 1


def test_dtypes_of_bincount():
    """As in Theano, counts are in the dtype of what is counted, or of the weights."""
    value = np.array([200, 0, 200], "uint8")
    (counts,) = check_value(T.bincount, [value])
    assert (counts.dtype, counts[200], counts.size) == ("uint8", 2, 201)
    check_value(T.bincount, [value // 200, np.array([1, 2, 4], "int8")], np.array([2, 5], "int8"))


def test_negative_numbers():
    """They count from the end, as in Theano, unless they are to raise."""
    value = np.array([1, -1, -1, -2])
    check_value(T.bincount, [value], np.array([1, 3]))
    check_op_raises(T.bincount, [value - 2], IndexError, "out of bounds")
    check_op_raises(
        lambda x: T.bincount(x, assert_nonneg=True), [value], AssertionError, "negative"
    )


def test_bad_counts():
    for given in (f, T.imatrix(), T.TensorType("bool", [False])()):
        with check_raises(TypeError, "an integer vector"):
            T.bincount(given)
    with check_raises(TypeError, "vector of weights"):
        T.bincount(v, x)
    check_op_raises(T.bincount, [np.zeros(0, int)], ValueError, "no elements")
    check_op_raises(T.bincount, [np.zeros(3, int), np.ones(2)], ValueError, "shape (2,)")


@pytest.mark.parametrize("n", [1, 4])
def test_to_one_hot(n, rng):
    value = rng.integers(-n, n, size=6)
    check_op(lambda y: T.to_one_hot(y, n, dtype="float64"), [value], np.eye(n)[value])
    check_op(lambda y: T.to_one_hot(y, n, dtype="bool"), [value[:0]], np.eye(n, dtype=bool)[:0])


def test_types_of_one_hot():
    config.floatX = "float32"
    assert T.to_one_hot(v, 4).type == T.fmatrix
    assert T.to_one_hot(v, 1).type == T.fcol
    assert T.to_one_hot(v, T.iscalar(), "int8").dtype == "int8"
    for given in (f, T.imatrix()):
        with check_raises(TypeError, "class numbers"):
            T.to_one_hot(given, 4)


@pytest.mark.parametrize("number", [3, -4])
def test_numbers_without_a_column(number):
    value = np.array([0, number], "int32")
    check_op_raises(lambda y: T.to_one_hot(y, 3), [value], IndexError, "from -3 to 2", f"{number}")
