"""Elements in other places."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function

x, r, t3, v = T.fmatrix("x"), T.frow("r"), T.ftensor3("t3"), T.ivector("v")


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_roll(axis, rng):
    value, shifts = rng.normal(size=(2, 3)), np.array([0, 1, -2, 7], "int32")
    expected = [np.roll(value, shift, axis) for shift in shifts]
    check_op(lambda x, *n: [T.roll(x, k, axis) for k in n], [value, *shifts], expected)
    check_value(lambda x: T.roll(x, 1, axis), [value[:, :0]], value[:, :0])


def test_one_program_for_every_shift():
    n = T.iscalar("n")
    rolled = function([x, n], T.roll(x, n, 1))
    value = np.arange(6, dtype="float32").reshape(2, 3)
    for shift in (1, 2, -5):
        assert np.array_equal(rolled(value, shift), np.roll(value, shift, 1))
    assert len(rolled.compilations) == 1


def test_patterns():
    """As in Theano."""
    assert T.roll(r, 1, 0).broadcastable == (False, False)
    assert T.roll(r, 1, 1).broadcastable == (True, False)
    assert T.roll(r, 1).broadcastable == (True, False)
    assert T.swapaxes(r, 0, 1).broadcastable == (False, True)
    assert T.squeeze(r).broadcastable == (False,)


def test_bad_rolls():
    for axis in (2, -3):
        with check_raises(IndexError, "roll names an axis", "from -2 to 1", f"axis {axis}"):
            T.roll(x, 1, axis)
    for shift in (1.5, v):
        with check_raises(TypeError, "integer shift"):
            T.roll(x, shift, 0)


@pytest.mark.parametrize("axes", [(0, 2), (-1, 0), (1, 1), (-2, -1)], ids=str)
def test_swapaxes(axes, rng):
    value = rng.normal(size=(2, 3, 4))
    check_op(lambda x: x.swapaxes(*axes), [value], np.swapaxes(value, *axes))


def test_bad_swaps():
    for axes in ((0, 3), (-4, 0)):
        with check_raises(IndexError, "swapaxes names an axis", "from -3 to 2"):
            T.swapaxes(t3, *axes)


def test_squeeze(rng):
    value = rng.normal(size=(1, 3, 1))
    kind = T.TensorType("float64", (True, False, False))
    check_op(lambda x: x.squeeze(), [value], value[0], types=[kind])


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("dtype", ["bool", "int64"])
def test_compress(dtype, axis, rng):
    value = rng.normal(size=(3, 3))
    condition = np.array([0, 1, 1]).astype(dtype)
    expected = np.compress(condition, value, axis)
    check_value(lambda c, x: T.compress(c, x, axis), [condition, value], expected, compiled=False)
    # As in Theano, the method is that of the condition.
    check_value(lambda c, x: c.compress(x, axis), [condition, value], expected, compiled=False)


def test_gradient_of_compress():
    a = T.dmatrix("a")
    g = T.grad((T.compress(v, a, axis=0) * T.constant([1.0, 2.0])).sum(), a)
    assert g.eval({a: np.ones((2, 2)), v: [0, 1]}).tolist() == [[0, 0], [1, 2]]


@pytest.mark.parametrize("inverse", [0, 1])
@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3))], ids=str)
def test_permute_row_elements(shapes, inverse, rng):
    value = rng.normal(size=shapes[0])
    order = rng.permuted(np.broadcast_to(np.arange(3), shapes[1]), axis=-1)
    full, places = np.broadcast_arrays(value, np.argsort(order, -1) if inverse else order)
    expected = np.take_along_axis(full, places, -1)
    check_op(lambda x, y: T.permute_row_elements(x, y, inverse), [value, order], expected)
    arguments = [value, order, np.int8(inverse)]
    check_value(T.permute_row_elements, arguments, expected)
    check_value(lambda x, y: T.permute_row_elements(x, y, bool(inverse)), arguments[:2], expected)


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64"])
def test_inverse_permutation(dtype, rng):
    orders = np.array([[2, 0, 1], [0, 2, 1]], dtype)
    check_op(T.inverse_permutation, [orders], np.argsort(orders, -1).astype(dtype))
    check_op(T.inverse_permutation, [orders[0]], np.argsort(orders[0]).astype(dtype))
    check_value(T.inverse_permutation, [orders[0, :0]], orders[0, :0])


def test_bad_permutations():
    for y in (T.fvector(), T.fmatrix()):
        with check_raises(TypeError, "made of integers"):
            T.permute_row_elements(x, y)
        with check_raises(TypeError, "made of integers"):
            T.inverse_permutation(y)
    value = np.zeros((2, 3))
    check_op_raises(T.permute_row_elements, [value, np.array([[0, 1, 3]] * 2)], IndexError, "3")
