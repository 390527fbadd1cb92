"""Diagonals filled with one value."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T

x, s = T.fmatrix("x"), T.fscalar("s")


@pytest.mark.parametrize(
    "shape", [(3, 3), (2, 4), (5, 2), (0, 2), (2, 0), (2, 2, 2), (0, 0, 0)], ids=str
)
def test_fill_diagonal(shape, rng):
    value = rng.normal(size=shape)
    expected = value.copy()
    for i in range(min(shape)):
        expected[(i,) * len(shape)] = 2.5
    check_op(T.fill_diagonal, [value, np.float64(2.5)], expected)


@pytest.mark.parametrize("offset", [0, 1, -1, 2, -4, 9])
@pytest.mark.parametrize("shape", [(2, 3), (5, 2)], ids=str)
def test_fill_diagonal_offset(shape, offset, rng):
    value = rng.normal(size=shape)
    expected = np.where(np.eye(*shape, offset, dtype=bool), 2.5, value)
    arguments = [value, np.float64(2.5), np.int32(offset)]
    check_op(T.fill_diagonal_offset, arguments, expected)


def test_infinities_beside_the_diagonal():
    """The gradient with respect to the value sums the diagonal alone."""
    g = T.dmatrix("g")
    filled = T.fill_diagonal(T.dmatrix("a"), s.astype("float64"))
    g_s = T.grad(None, s, known_grads={filled: g})
    assert g_s.eval({g: np.array([[1, np.inf], [np.nan, 2]])}) == 3


def test_dtypes():
    """The dtype of the tensor must hold the value, as in Theano."""
    flag, n = T.TensorType("bool", ())(), T.iscalar()
    assert T.fill_diagonal(x, flag).dtype == "float32"
    assert T.fill_diagonal(T.imatrix(), n).dtype == "int32"
    value = np.array([[1, 2], [3, 4]], "int32")
    check_value(T.fill_diagonal, [value, np.int8(9)], np.array([[9, 2], [3, 9]], "int32"))
    for a, val in ((x, T.dscalar()), (x, T.lscalar()), (T.imatrix(), s), (x, T.zscalar())):
        with check_raises(TypeError, "cannot be filled", f"theano.tensor.cast(val, '{a.dtype}')"):
            T.fill_diagonal(a, val)


def test_bad_input():
    with check_raises(TypeError, "a scalar that float32 can hold"):
        T.fill_diagonal(x, T.fvector())
    with check_raises(TypeError, "two dimensions or more"):
        T.fill_diagonal(T.fvector(), 1)
    with check_raises(TypeError, "takes a matrix"):
        T.fill_diagonal_offset(T.ftensor3(), 1, 1)
    for offset in (s, 1.5, T.ivector()):
        with check_raises(TypeError, "offset of a diagonal is no integer"):
            T.fill_diagonal_offset(x, 1, offset)
    check_op_raises(
        T.fill_diagonal, [np.zeros((2, 2, 3)), np.float64(1)], ValueError, "shape (2, 2, 3)"
    )
