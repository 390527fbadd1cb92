"""Products that are added to something."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises

import theano.tensor as T
from theano import function
from theano.errors import InconsistencyError
from theano.tensor.ops import blas

SKIP = ("gradient", "R_op")


@pytest.fixture
def tensors(rng):
    return {
        "z": rng.normal(size=(2, 3)),
        "x": rng.normal(size=(2, 4)),
        "y": rng.normal(size=(4, 3)),
        "u": rng.normal(size=2),
        "v": rng.normal(size=3),
        "w": rng.normal(size=4),
        "a": np.float64(2),
        "b": np.float64(-0.5),
    }


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
@pytest.mark.parametrize(
    ("ops", "inputs", "expected"),
    [
        ([blas.gemm_no_inplace, blas.gemm_inplace], "zaxyb", "b * z + a * x @ y"),
        ([blas.gemv_no_inplace, blas.gemv_inplace], "uaxwb", "b * u + a * x @ w"),
        ([blas.ger, blas.ger_destructive], "zauv", "z + a * np.outer(u, v)"),
        ([blas._dot22scalar], "xya", "a * x @ y"),
    ],
    ids=["gemm", "gemv", "ger", "dot22scalar"],
)
def test_values(ops, inputs, expected, dtype, tensors):
    values = [tensors[name].astype(dtype) for name in inputs]
    check_op(
        lambda *variables: [op(*variables) for op in ops],
        values,
        [eval(expected, {"np": np}, tensors)] * len(ops),
        skip=SKIP,
        rtol=1e-4 if dtype == "float32" else None,
    )


def test_dot22(tensors):
    x, y = tensors["x"], tensors["y"]
    check_op(blas._dot22, [x, y], x @ y)


def test_nothing_is_read_where_it_counts_zero_times(tensors):
    zero, nothing = np.float64(0), np.full((2, 3), np.nan)
    x, y, w, a = (tensors[name] for name in "xywa")
    check_op(blas.gemm, [nothing, a, x, y, zero], 2 * x @ y, skip=SKIP)
    check_op(blas.gemv, [nothing[:, 0], a, x, w, zero], 2 * x @ w, skip=SKIP)


def test_gemv_takes_integers_and_scalars_of_other_dtypes(tensors):
    ones = np.ones((2, 3), "int64")
    check_op(blas.gemv, [ones[:, 0], np.int8(2), ones, ones[0], np.int8(1)], [7, 7], skip=SKIP)
    empty = np.zeros((2, 0))
    check_op(blas.gemv, [tensors["u"], 2.0, empty, empty[0], 1.0], tensors["u"], skip=SKIP)


def test_inplace_ops_leave_the_callers_memory_alone(tensors):
    z, x, y = T.dmatrices("z", "x", "y")
    a = np.float64(1)
    run = function([z, x, y], blas.gemm_inplace(z * 1, a, x, y, a))
    given = [tensors[name] for name in "zxy"]
    before = given[0].copy()
    assert np.allclose(run(*given), before + given[1] @ given[2])
    assert np.array_equal(given[0], before)


@pytest.mark.parametrize(
    ("op", "shapes"),
    [
        (blas.gemm, [(2, 2), (), (2, 4), (4, 3), ()]),
        (blas.gemm, [(1, 3), (), (2, 4), (4, 3), ()]),
        (blas.gemm, [(2, 3), (), (2, 4), (2, 3), ()]),
        (blas.gemv, [(3,), (), (2, 4), (4,), ()]),
        (blas.gemv, [(2,), (), (2, 4), (3,), ()]),
        (blas.ger, [(2, 3), (), (3,), (3,)]),
        (blas.ger, [(2, 3), (), (1,), (3,)]),
        (blas._dot22scalar, [(2, 3), (2, 3), ()]),
    ],
    ids=str,
)
def test_lengths_that_do_not_fit(op, shapes):
    check_op_raises(op, [np.ones(shape) for shape in shapes], ValueError, "lengths do not fit")


def test_other_ranks_and_dtypes():
    m, v, s = T.dmatrix("m"), T.dvector("v"), T.dscalar("s")
    i, j, k = T.imatrix(), T.ivector(), T.iscalar()
    bad = [
        (blas.gemm, (v, s, m, m, s), "2 dimensions"),
        (blas.gemm, (m, v, m, m, s), "0 dimensions"),
        (blas.gemm, (i, k, i, i, k), "real or complex"),
        (blas.gemm, (T.fmatrix(), s, m, m, s), "one dtype"),
        (blas.gemm, (m, s), "another number"),
        (blas.gemv, (v, s, v, v, s), "2 dimensions"),
        (blas.gemv, (T.fvector(), s, m, v, s), "one dtype"),
        (blas.ger, (i, k, j, j), "real or complex"),
        (blas.ger, (m, s, m, v), "1 dimensions"),
        (blas._dot22, (i, i), "one dtype, real or complex"),
        (blas._dot22, (T.fmatrix(), m), "one dtype"),
        (blas._dot22, (v, m), "two matrices"),
        (blas._dot22scalar, (m, m, T.fscalar()), "one dtype"),
    ]
    for op, inputs, text in bad:
        with check_raises(TypeError, text):
            op(*inputs)
    with check_raises(InconsistencyError, "overwrite", "`m`"):
        blas.gemm_inplace(m, s, m, T.dmatrix(), s)


def test_the_module_of_old():
    module = importlib.import_module("theano.tensor.blas")
    for name in (*blas.__all__, "_dot22", "_dot22scalar"):
        assert getattr(module, name) is getattr(blas, name)
