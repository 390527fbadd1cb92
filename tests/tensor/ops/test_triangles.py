"""Matrices of ones and zeros."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import config, function
from theano.tensor.ops.triangles import Eye, Tri

x = T.fmatrix("x")


@pytest.mark.parametrize("k", [0, 1, -1, 5, -5])
@pytest.mark.parametrize("shape", [(3, 4), (4, 2), (0, 2), (2, 0)], ids=str)
def test_values(shape, k):
    n, m = shape
    check_op(
        lambda k: [T.eye(n, m, k, dtype="float64"), T.tri(n, m, k, dtype="int8")],
        [np.int64(k)],
        [np.eye(n, m, k), np.tri(n, m, k, dtype="int8")],
    )


def test_symbolic_sizes():
    n = T.iscalar("n")
    matrices = function([n], [T.eye(n, dtype="bool"), T.eye(n, n + 1, n - 2), T.tri(n, k=1 - n)])
    for size in (3, 2, 0, 3):
        flags, ones, lower = matrices(size)
        assert flags.dtype == bool
        assert np.array_equal(flags, np.eye(size))
        assert np.array_equal(ones, np.eye(size, size + 1, size - 2))
        assert np.array_equal(lower, np.tri(size, k=1 - size))
    assert len(matrices.compilations) == 3


def test_dtypes():
    config.floatX = "float32"
    assert [T.eye(3).dtype, T.eye(3, dtype="floatX").dtype, T.tri(3).dtype] == ["float32"] * 3
    assert T.eye(3, dtype="int8").dtype == "int8"
    for dtype in ("int32", "complex128"):
        assert T.identity_like(T.matrix(dtype=dtype)).dtype == dtype
    assert T.eye(1).broadcastable == (False, False)
    # As in Theano, which takes one less the part that stays.
    for dtype, lower, upper in (
        ("bool", "bool", "int8"),
        ("uint8", "uint8", "int16"),
        ("uint32", "uint32", "int64"),
        ("uint64", "uint64", "float64"),
        ("float16", "float16", "float16"),
        ("complex64", "complex64", "complex64"),
    ):
        matrix = T.matrix(dtype=dtype)
        assert (T.tril(matrix).dtype, T.triu(matrix).dtype) == (lower, upper)


def test_identity_like(rng):
    check_value(T.identity_like, [rng.normal(size=(2, 3))], np.eye(2, 3))


@pytest.mark.parametrize("k", [0, 1, -1, 4])
def test_tril_and_triu(k, rng):
    value = rng.normal(size=(3, 4))
    check_op(
        lambda x: [T.tril(x, k), T.triu(x, k)], [value], [np.tril(value, k), np.triu(value, k)]
    )


def test_nan_stays_as_in_theano():
    value = np.full((2, 2), np.nan)
    check_value(T.triu, [value], value)


def test_negative_lengths():
    """As in NumPy, where `tri` takes them as nothing."""
    check_op_raises(lambda n: T.eye(n), [np.int64(-1)], ValueError, "negative length", "(-1, -1)")
    check_op(lambda: T.tri(-1, 2, dtype="float64"), [], np.zeros((0, 2)))


def test_bad_input():
    for n in (T.fscalar(), 2.5, T.ivector()):
        with check_raises(TypeError, "integer"):
            T.eye(n)
        with check_raises(TypeError, "integer"):
            T.tri(n)
    for takes_a_matrix in (T.identity_like, T.tril, T.triu):
        with check_raises(TypeError, "takes a matrix"):
            takes_a_matrix(T.vector())


def test_ops_are_equal_by_dtype():
    assert Eye("int8") == Eye("int8") != Eye("int16")
    assert Tri("int8") != Eye("int8")
