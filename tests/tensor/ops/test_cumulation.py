"""Running sums and products, and differences."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.tensor.ops.cumulation import CumOp, LinearRecurrence

x, s = T.fmatrix("x"), T.fscalar("s")


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("shape", [(3, 2), (0, 2), (2, 0)], ids=str)
def test_values(shape, axis, rng):
    value = rng.normal(size=shape)
    check_op(lambda x: x.cumsum(axis), [value], np.cumsum(value, axis))
    check_op(lambda x: x.cumprod(axis), [value], np.cumprod(value, axis))


@pytest.mark.parametrize("zeros", [[], [1], [0, 2], [3]], ids=str)
def test_products_with_zeros(zeros, rng):
    """Theano's derivative divides by the elements, and gives NaN here."""
    value = rng.normal(size=4)
    value[zeros] = 0
    check_op(lambda x: T.cumprod(x), [value], np.cumprod(value))
    g = T.dvector("g")
    v = T.dvector("v")
    again = T.grad((T.grad((T.cumprod(v) * g).sum(), v) ** 2).sum(), v)
    assert np.isfinite(again.eval({v: value, g: np.ones(4)})).all()


def test_complex_products(rng):
    value = rng.normal(size=3) + 1j * rng.normal(size=3)
    check_op(lambda x: T.cumprod(x), [value], np.cumprod(value))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "complex64"])
def test_dtypes(dtype):
    """The result is in the dtype of the tensor, as the types of Theano say."""
    value = np.array([[1, 0, 3], [2, 100, 1]]).astype(dtype)
    with np.errstate(over="ignore"):
        check_value(
            lambda x: [T.cumsum(x, 1), T.cumprod(x, 0)],
            [value],
            [np.cumsum(value, 1, dtype=dtype), np.cumprod(value, 0, dtype=dtype)],
        )


def test_patterns():
    assert T.cumsum(T.frow(), 0).broadcastable == (True, False)
    assert T.cumsum(T.frow()).broadcastable == (False,)
    check_op(lambda x: T.cumsum(x), [np.array(3.0)], np.array([3.0]))
    check_op(lambda x: T.cumprod(x, 0), [np.ones((1, 2))], types=[T.drow])


def test_bad_axes_and_modes():
    for axis in (2, -3):
        with check_raises(ValueError, "from -2 to 1", f"axis={axis}"):
            T.cumsum(x, axis)
    with check_raises(ValueError, "axis=None"):
        T.cumprod(s, 0)
    with check_raises(ValueError, "'add' or 'mul'"):
        CumOp(mode="div")
    assert CumOp(0) == CumOp(0, "add") != CumOp(0, "mul")


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_recurrence(n, axis, rng):
    shape = (2, n) if axis else (n, 2)
    a, b = rng.normal(size=shape), rng.normal(size=shape)
    y = np.zeros(shape)
    for t in range(n):
        at = (slice(None),) * axis + (t,)
        before = (slice(None),) * axis + (t - 1,)
        y[at] = b[at] + (a[at] * y[before] if t else 0)
    check_op(LinearRecurrence(axis), [a, b], y)


def test_bad_recurrences():
    with check_raises(TypeError, "one dtype and rank"):
        LinearRecurrence(0)(T.fvector(), T.dvector())
    check_op_raises(
        LinearRecurrence(0), [np.zeros(2), np.zeros(3)], ValueError, "shape (2,)", "shape (3,)"
    )


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_diff(n, axis, rng):
    value = rng.normal(size=(3, 4))
    expected = np.diff(value, n, axis)
    check_op(lambda x: T.extra_ops.diff(x, n, axis), [value], expected)


def test_differences_of_discrete_dtypes():
    for value in (np.array([3, 1, 2], "uint8"), np.array([True, True, False])):
        check_value(lambda x: T.extra_ops.diff(x), [value], np.diff(value))
    assert T.extra_ops.diff(T.frow()).broadcastable == (True, False)


def test_bad_differences():
    for n, axis in ((-1, 0), (1, 2), (1, -3)):
        with check_raises(ValueError, f"n={n}, axis={axis}"):
            T.extra_ops.diff(x, n, axis)
