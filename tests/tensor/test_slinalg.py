"""Linear algebra as SciPy has it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from tests.checks import HOST, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.tensor import slinalg

LinAlgError = np.linalg.LinAlgError
NO_DERIVATIVE = ("gradient", "R_op")
LOWER = slinalg.solve_lower_triangular
UPPER = slinalg.solve_upper_triangular


def definite(rng, n, dtype="float64"):
    x = rng.normal(size=(n, n))
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=(n, n))
    return (x @ x.conj().T + np.eye(n)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("lower", [True, False])
def test_cholesky(lower, dtype, rng):
    """Only one triangle is read."""
    x = definite(rng, 3, dtype)
    expected = scipy.linalg.cholesky(x, lower=lower)
    x[(0, 2) if lower else (2, 0)] = 7
    op = slinalg.Cholesky(lower=lower)
    check_op(op, [x], expected, rtol=1e-4 if dtype == "float32" else 1e-8)


def test_cholesky_that_gives_nan(rng):
    x, bad = definite(rng, 2), np.ones((2, 2))
    nothing = np.full((2, 2), np.nan)
    op = slinalg.Cholesky(on_error="nan")
    check_op(op, [x], np.linalg.cholesky(x))
    check_op(op, [bad], nothing, skip=NO_DERIVATIVE)
    v = T.dmatrix()
    assert np.isnan(function([v], T.grad(op(v).sum(), v))(bad)).all()
    for on_error in ("raise", "nan"):
        op = slinalg.Cholesky(on_error=on_error)
        check_op_raises(op, [nothing], ValueError, "infs or NaNs")


@pytest.mark.parametrize("dtype", ["int32", "float16"])
def test_cholesky_of_other_dtypes(dtype):
    x = np.array([[4, 2], [2, 5]]).astype(dtype)
    check_op(slinalg.cholesky, [x], np.array([[2, 0], [1, 2]], dtype), skip=NO_DERIVATIVE)


def test_bad_input_of_cholesky():
    check_op_raises(slinalg.cholesky, [np.ones((2, 2))], LinAlgError, "not positive definite")
    check_op_raises(slinalg.cholesky, [np.ones((2, 3))], ValueError, "square", "(2, 3)")
    check_op(slinalg.cholesky, [np.ones((0, 0))], np.ones((0, 0)), skip=NO_DERIVATIVE)
    with check_raises(ValueError, "'raise' or 'nan'"):
        slinalg.Cholesky(on_error="x")
    assert slinalg.Cholesky(False) != slinalg.cholesky == slinalg.Cholesky(lower=True)


@pytest.mark.parametrize(
    ("op", "part", "columns"),
    [
        (slinalg.solve, np.array, ()),
        (slinalg.solve, np.array, (2,)),
        (LOWER, np.tril, ()),
        (UPPER, np.triu, (2,)),
    ],
    ids=["general, vector", "general, matrix", "lower, vector", "upper, matrix"],
)
def test_solve(op, part, columns, rng):
    a = rng.normal(size=(3, 3)) + 2 * np.eye(3)
    b = rng.normal(size=(3, *columns))
    check_op(op, [a, b], np.linalg.solve(part(a), b), rtol=1e-7)


def test_other_structures(rng):
    """They are solved as general ones, as Theano did, whatever the matrix is."""
    a, b = rng.normal(size=(2, 2)), rng.normal(size=2)
    ops = [slinalg.Solve(s) for s in slinalg.MATRIX_STRUCTURES if not s.endswith("triangular")]
    expected = [np.linalg.solve(a, b)] * (len(ops) + 1)
    check_value(
        lambda a, b: [slinalg.solve_symmetric(a, b), *[op(a, b) for op in ops]], [a, b], expected
    )


def test_solve_of_complex_numbers(rng):
    a = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
    check_op(
        lambda a, b: [slinalg.solve(a, b), LOWER(a, b)],
        [a, a[0]],
        [np.linalg.solve(a, a[0]), np.linalg.solve(np.tril(a), a[0])],
        rtol=1e-7,
    )


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (("float32", "float32"), "float32"),
        (("float32", "float64"), "float64"),
        (("float16", "float16"), "float32"),
        (("int8", "uint16"), "float32"),
        (("int32", "float32"), "float64"),
        (("int64", "int64"), "float64"),
        (("complex64", "int16"), "complex64"),
        (("complex64", "int32"), "complex128"),
    ],
    ids=str,
)
def test_dtype_of_a_solution(dtypes, expected):
    a, b = np.array([[2, 0], [1, 4]]).astype(dtypes[0]), np.array([4, 6]).astype(dtypes[1])
    (x,) = check_value(slinalg.solve, [a, b], np.array([2, 1]))
    assert x.dtype == expected


def test_empty_systems():
    for a, b in (((0, 0), (0,)), ((0, 0), (0, 2)), ((2, 2), (2, 0))):
        for op in (slinalg.solve, LOWER):
            check_op(op, [np.ones(a), np.ones(b)], np.ones(b), skip=NO_DERIVATIVE)


@pytest.mark.parametrize("op", [slinalg.solve, UPPER], ids=["general", "upper"])
def test_systems_without_solution(op):
    a, b = np.triu(np.ones((3, 3))), np.ones(3)
    a_singular, a_infinite = a.copy(), a.copy()
    a_singular[1, 1:] = 0
    a_infinite[2, 0] = np.inf
    check_op_raises(op, [a_singular, b], LinAlgError, "singular")
    check_op_raises(op, [a_infinite, b], ValueError, "infs or NaNs")
    check_op_raises(op, [a, b * np.nan], ValueError, "infs or NaNs")
    check_op_raises(op, [a[:2], b], ValueError, "square", "(2, 3)")
    check_op_raises(op, [a, b[:2]], ValueError, "b.shape[0] == 3", "(2,)")


def test_bad_arguments_of_solve():
    for a, b in ((T.vector(), T.vector()), (T.matrix(), T.tensor3()), (T.matrix(), T.scalar())):
        with check_raises(TypeError, "solve takes a"):
            slinalg.solve(a, b)
    with check_raises(ValueError, "lower_triangular", "'positive'"):
        slinalg.Solve("positive")
    assert slinalg.solve(T.matrix(), T.col()).broadcastable == (False, True)


@pytest.mark.parametrize(("lower", "dtype"), [(True, "float64"), (False, "complex128")])
def test_eigvalsh(lower, dtype, rng):
    a, b = rng.normal(size=(3, 3)).astype(dtype), definite(rng, 3, dtype)
    if dtype == "complex128":
        a = a + 1j * rng.normal(size=(3, 3))
    check_op(
        lambda a, b: [slinalg.eigvalsh(a, b, lower), slinalg.eigvalsh(a, None, lower)],
        [a, b],
        [scipy.linalg.eigvalsh(a, b, lower=lower), scipy.linalg.eigvalsh(a, lower=lower)],
        rtol=1e-7,
        skip=("R_op",),
    )


def test_other_input_of_eigvalsh(rng):
    a = np.array([[2, 1], [1, 3]])
    for dtype, expected in (("int32", "float64"), ("float32", "float32"), ("complex64", "float32")):
        x = a.astype(dtype)
        (w,) = check_op(slinalg.eigvalsh, [x, x], np.ones(2), skip=NO_DERIVATIVE)
        assert w.dtype == expected
    ones = np.ones((2, 2))
    check_op_raises(slinalg.eigvalsh, [a, ones], LinAlgError)
    check_op_raises(slinalg.eigvalsh, [a, ones * np.nan], ValueError, "infs or NaNs")
    check_op_raises(slinalg.eigvalsh, [ones * np.nan, a], ValueError, "infs or NaNs")
    check_op_raises(slinalg.eigvalsh, [ones[:1], a], ValueError, "square")
    with check_raises(TypeError, "eigvalsh takes a matrix"):
        slinalg.eigvalsh(T.vector(), T.matrix())


def test_expm(rng):
    x = rng.normal(size=(3, 3))
    x = x - x.T
    check_op(slinalg.expm, [x], scipy.linalg.expm(x), rtol=1e-9, atol=1e-9)
    several = [x * scale for scale in (0.0, 0.01, 20.0, 1e3)]
    check_value(
        lambda *many: [slinalg.expm(v) for v in many],
        several,
        [scipy.linalg.expm(v) for v in several],
        atol=1e-9,
    )


def test_expm_of_a_matrix_without_a_basis_of_eigenvectors():
    x = np.array([[1.0, 1], [0, 1]])
    check_op(slinalg.expm, [x], np.e * x)


@pytest.mark.parametrize("dtype", ["float32", "complex128", "int8", "float16"])
def test_dtypes_of_expm(dtype, rng):
    x = np.array([[1, -1], [2, 0]]).astype(dtype)
    if dtype == "complex128":
        x = x * (1 + 0.5j)
    skip = () if dtype == "complex128" else NO_DERIVATIVE
    computed = {"int8": "float64", "float16": "float32"}.get(dtype, dtype)
    expected = scipy.linalg.expm(x.astype(computed))
    (z,) = check_op(slinalg.expm, [x], expected, skip=skip, rtol=1e-3)
    assert z.dtype == computed


def test_large_and_bad_input_of_expm():
    check_value(slinalg.expm, [-np.diag([1e7, 1e9])], np.zeros((2, 2)))
    check_op(slinalg.expm, [np.ones((0, 0))], np.ones((0, 0)), skip=NO_DERIVATIVE)
    check_op_raises(slinalg.expm, [np.ones((2, 3))], ValueError, "square")
    check_op_raises(slinalg.expm, [np.full((2, 2), np.nan)], ValueError, "infs or NaNs")


# What Theano 1.0.5 gives for numbers counted from 1.
OF_OTHER_RANKS = [
    ((2,), (2, 2), [1, 2, 2, 4, 3, 4, 6, 8]),
    ((2, 2), (2,), [1, 2, 3, 6, 2, 4, 4, 8]),
    ((), (2, 2, 2), [1, 2, 5, 6, 3, 4, 7, 8]),
    ((2,), (2, 1, 2), [[1, 2, 3, 4], [2, 4, 6, 8]]),
    ((2, 2, 2), (1,), [[1, 3], [2, 4], [5, 7], [6, 8]]),
]


def test_kron(rng):
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(1, 2))
    check_op(slinalg.kron, [a, b], np.kron(a, b))
    check_op(slinalg.kron, [a[:0], b], np.kron(a[:0], b), skip=NO_DERIVATIVE)
    counted = [
        np.arange(1.0, np.prod(shape) + 1).reshape(shape)
        for *shapes, _ in OF_OTHER_RANKS
        for shape in shapes
    ]
    check_op(
        lambda *x: [slinalg.kron(*x[i : i + 2]) for i in range(0, len(x), 2)],
        counted,
        [np.array(z) for *_, z in OF_OTHER_RANKS],
    )
    with check_raises(TypeError, "three dimensions or more"):
        slinalg.kron(T.vector(), T.vector())


@pytest.mark.parametrize("lower", [True, False])
def test_gradients_as_ops(lower, rng):
    """They are what ``grad`` builds."""
    x, b, g, g_w = T.dmatrix("x"), T.dmatrix("b"), T.dmatrix("g"), T.dvector("g_w")
    root, w, power = (
        slinalg.Cholesky(lower=lower)(x),
        slinalg.eigvalsh(x, b, lower),
        slinalg.expm(x),
    )
    pairs = [
        (slinalg.CholeskyGrad(lower)(x, root, g), T.grad(None, x, known_grads={root: g})),
        *zip(
            slinalg.EigvalshGrad(lower)(x, b, g_w),
            T.grad(None, [x, b], known_grads={w: g_w}),
            strict=True,
        ),
        (slinalg.ExpmGrad()(x, g), T.grad(None, x, known_grads={power: g})),
    ]
    values = [definite(rng, 3), definite(rng, 3), rng.normal(size=(3, 3)), rng.normal(size=3)]
    for mode in (None, HOST):
        found = function([x, b, g, g_w], [v for pair in pairs for v in pair], mode=mode)(*values)
        for by_name, by_grad in zip(found[::2], found[1::2], strict=True):
            np.testing.assert_allclose(by_name, by_grad, rtol=1e-9, atol=1e-12)
