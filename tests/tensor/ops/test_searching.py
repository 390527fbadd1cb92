"""Where numbers belong in a sorted vector."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T

v, s = T.fvector("v"), T.fscalar("s")


@pytest.mark.parametrize("side", ["left", "right"])
def test_values(side, rng):
    line = np.sort(rng.integers(0, 9, size=12)).astype(float)
    for values in (rng.integers(-1, 10, size=(2, 4)) / 1.0, np.array(3.0), np.zeros((0, 2))):
        expected = np.searchsorted(line, values, side)
        check_op(lambda x, v: T.searchsorted(x, v, side), [line, values], expected)
    check_op(lambda x: x.searchsorted(3, side), [line], np.searchsorted(line, 3, side))
    check_op(lambda x, v: T.searchsorted(x, v, side), [line[:0], values], np.zeros((0, 2), int))


def test_order(rng):
    line, values = rng.normal(size=7), rng.normal(size=3)
    order = np.argsort(line)
    expected = np.searchsorted(line, values, sorter=order)
    check_op(lambda x, v, o: T.searchsorted(x, v, sorter=o), [line, values, order], expected)
    check_value(lambda x, v: x.searchsorted(v, sorter=T.argsort(x)), [line, values], expected)


@pytest.mark.parametrize("dtypes", [("int64", "float64"), ("int8", "uint8"), ("bool", "int32")])
def test_several_dtypes(dtypes):
    line, values = np.array([0, 1, 1]).astype(dtypes[0]), np.array([1, 0, 2]).astype(dtypes[1])
    check_value(T.searchsorted, [line, values], np.searchsorted(line, values))
    check_value(T.searchsorted, [np.array([1, 2, 3]), np.array([1.5, 2])], np.array([1, 1]))


def test_nan_is_the_largest():
    line = np.array([-np.inf, 1, 2, np.nan, np.nan])
    values = np.array([np.nan, 1, -np.inf, np.inf])
    for side in ("left", "right"):
        expected = np.searchsorted(line, values, side)
        check_value(lambda x, v, side=side: T.searchsorted(x, v, side), [line, values], expected)


def test_gradient_is_none():
    assert T.grad((T.searchsorted(v, s) * s).sum(), s).eval({v: [1, 2], s: 1.5}) == 1


def test_orders_that_do_not_fit():
    line, values = np.arange(4.0), np.array([1.0])
    for order, text in (([3, 2, 1], "4 places"), ([3, 2, 1, 4], "does not exist")):
        check_op_raises(
            lambda x, v, o: T.searchsorted(x, v, sorter=o),
            [line, values, np.array(order)],
            ValueError,
            text,
        )


def test_bad_input():
    with check_raises(ValueError, "'left' or 'right'", "'x'"):
        T.searchsorted(v, s, side="x")
    with check_raises(ValueError, "2 dimensions"):
        T.searchsorted(T.fmatrix(), s)
    with check_raises(TypeError, "no integer vector"):
        T.searchsorted(v, s, sorter=v)
    assert T.searchsorted(v, T.frow()).type == T.lrow
