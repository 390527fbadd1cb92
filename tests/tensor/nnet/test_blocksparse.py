"""Products of chosen blocks."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.gradient import grad
from theano.tensor.nnet.blocksparse import (
    sparse_block_dot,
    sparse_block_gemv,
    sparse_block_gemv_inplace,
    sparse_block_outer,
)

ROWS, COLUMNS = np.array([[0, 2], [2, 2], [1, 0]]), np.array([[3], [0], [-1]])


def blocks(rng, dtype="float64"):
    sizes = ((3, 1, 2), (3, 4, 3, 2), (3, 2, 3))
    return [rng.normal(size=size).astype(dtype) for size in sizes]


def gemv(o, W, h, rows, columns):
    z = o.copy()
    for b, j in np.ndindex(columns.shape):
        for i in range(rows.shape[1]):
            z[b, j] += h[b, i] @ W[rows[b, i], columns[b, j]]
    return z


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gemv(dtype, rng):
    values = [*blocks(rng, dtype), ROWS.astype("int32"), COLUMNS]
    check_op(sparse_block_gemv, values, gemv)
    check_value(sparse_block_gemv_inplace, values, gemv)


def test_gemv_of_other_dtypes(rng):
    o, W, h = blocks(rng)
    check_value(sparse_block_gemv, [o.astype("float32"), W, h, ROWS, COLUMNS], gemv)


@pytest.mark.parametrize("alpha", [None, 0.5])
def test_outer(alpha, rng):
    y, o, x = blocks(rng)
    expected = o.copy()
    for b, i, j in np.ndindex(3, 2, 1):
        expected[ROWS[b, i], COLUMNS[b, j]] += (alpha or 1) * np.outer(x[b, i], y[b, j])
    more = [] if alpha is None else [np.float64(alpha)]
    check_op(sparse_block_outer, [o, x, y, ROWS, COLUMNS, *more], expected)


def test_second_derivative(rng):
    def gradients(o, W, h):
        z = sparse_block_gemv(o, W, h, ROWS, COLUMNS)
        return grad((z**2).sum(), [W, h])

    check_op(gradients, blocks(rng))


def test_dot(rng):
    _, W, h = blocks(rng)
    b = rng.normal(size=(4, 2))
    expected = gemv(b[COLUMNS], W, h, ROWS, COLUMNS)
    check_op(sparse_block_dot, [W, h, ROWS, b, COLUMNS], expected)
    check_value(sparse_block_dot, [W, h[0], ROWS[0], b, COLUMNS[0]], expected[:1])


def test_nothing(rng):
    o, W, h = blocks(rng)
    check_op(sparse_block_gemv, [o, W, h[:, :0], ROWS[:, :0], COLUMNS], o)
    check_op(sparse_block_gemv, [o[:0], W, h[:0], ROWS[:0], COLUMNS[:0]], o[:0])


def test_blocks_that_do_not_exist(rng):
    values = [*blocks(rng), ROWS, COLUMNS + 2]
    check_op_raises(sparse_block_gemv, values, IndexError, "out of bounds")


def test_bad_input():
    o, W, i = T.tensor3("o"), T.tensor4("W"), T.imatrix("i")
    for args in ((W, W, o, i, i), (o, o, o, i, i), (o, W, o, i, T.matrix("i"))):
        with check_raises(TypeError, "sparse_block_gemv takes"):
            sparse_block_gemv(*args)
    with check_raises(TypeError, "sparse_block_outer takes"):
        sparse_block_outer(o, o, o, i, i)
    with check_raises(TypeError, "another rank", "2 dimensions for both", "2 and 1"):
        sparse_block_dot(W, o, i, T.matrix(), T.ivector())
