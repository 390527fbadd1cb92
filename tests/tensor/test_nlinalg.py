"""Linear algebra as NumPy has it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function, shared
from theano.errors import NullTypeGradError
from theano.tensor import nlinalg
from theano.tensor.ops.solving import solve

LinAlgError = np.linalg.LinAlgError
NO_DERIVATIVE = ("gradient", "R_op")
OF_A_MATRIX = [
    nlinalg.matrix_inverse,
    nlinalg.pinv,
    nlinalg.det,
    nlinalg.eig,
    nlinalg.eigh,
    nlinalg.qr,
    nlinalg.svd,
]


def well_posed(rng, n, dtype="float64"):
    x = rng.normal(size=(n, n)) + 3 * np.eye(n)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=(n, n))
    return x.astype(dtype)


def inverse_and_determinant(x):
    return [nlinalg.matrix_inverse(x), nlinalg.det(x)]


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_inverse_and_determinant(dtype, rng):
    x = well_posed(rng, 3, dtype)
    rtol = 1e-4 if dtype in ("float32", "complex64") else None
    skip = NO_DERIVATIVE if dtype == "complex64" else ()
    check_op(
        inverse_and_determinant,
        [x],
        lambda x: [np.linalg.inv(x), np.linalg.det(x)],
        rtol=rtol,
        skip=skip,
    )


@pytest.mark.parametrize("n", [0, 1, 2])
def test_small_inverses(n, rng):
    x = well_posed(rng, n)[::-1]
    check_op(inverse_and_determinant, [x], [np.linalg.inv(x), np.linalg.det(x)])


def test_odd_and_even_permutations():
    for order in ([1, 0, 2], [1, 2, 0], [2, 1, 0]):
        check_value(nlinalg.det, [np.eye(3)[order]], np.linalg.det(np.eye(3)[order]))


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "float16"])
def test_dtype_is_kept(dtype):
    """Theano rounds the inverse of integers towards zero."""
    x = np.array([[1, 1], [0, 1]]).astype(dtype)
    inverse = np.array([[1, -1], [0, 1]]).astype(dtype)
    check_op(
        lambda x: [*inverse_and_determinant(x), nlinalg.pinv(x[:, :1])],
        [x],
        [inverse, np.ones((), dtype), np.array([[1, 0]]).astype(dtype)],
        skip=NO_DERIVATIVE,
    )


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)], ids=str)
def test_pinv(shape, rng):
    x = rng.normal(size=shape)
    check_op(nlinalg.pinv, [x], np.linalg.pinv(x), rtol=1e-7)
    check_value(nlinalg.pinv, [x.astype("float32")], np.linalg.pinv(x), rtol=1e-3)


def test_pinv_of_low_rank(rng):
    x = np.outer([1.0, 2, 3], [1.0, -1])
    for dtype in ("float64", "float32"):
        rtol = 1e-4 if dtype == "float32" else 1e-9
        check_value(nlinalg.pinv, [x.astype(dtype)], np.linalg.pinv(x), rtol=rtol)
    for shape in ((0, 3), (3, 0), (0, 0)):
        check_op(nlinalg.pinv, [np.zeros(shape)], np.zeros(shape[::-1]), skip=NO_DERIVATIVE)
    z = well_posed(rng, 3, "complex128")
    check_op(nlinalg.pinv, [z[:, :2]], np.linalg.pinv(z[:, :2]), rtol=1e-7)
    assert nlinalg.pinv(T.drow()).broadcastable == (False, True)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_eigh(UPLO, dtype, rng):
    """Of a matrix that is not symmetric, only one triangle is read."""
    x = rng.normal(size=(3, 3)).astype(dtype)
    rtol = 1e-3 if dtype == "float32" else 1e-7
    check_op(lambda x: nlinalg.eigh(x, UPLO), [x], list(np.linalg.eigh(x, UPLO)), rtol=rtol)


def test_eigenvalues_alone(rng):
    for dtype in ("float64", "complex128"):
        x = well_posed(rng, 3, dtype)
        check_op(lambda x: nlinalg.eigh(x)[0], [x], np.linalg.eigvalsh(x), rtol=1e-7)


def test_eigenvectors_of_complex_and_other_matrices(rng):
    z = well_posed(rng, 3, "complex64")
    for x, dtype in ((z, z.dtype), (np.array([[2, 1], [1, 5]], "int8"), np.dtype("float64"))):
        w, v = check_op(nlinalg.eigh, [x], skip=NO_DERIVATIVE, rtol=1e-4)
        assert (w.dtype, v.dtype) == (np.linalg.eigvalsh(np.eye(1, dtype=dtype)).dtype, dtype)
        full = np.tril(x) + np.tril(x, -1).conj().T
        full = full - 1j * np.diag(np.diag(full).imag)
        assert np.allclose(full @ v, v * w, atol=1e-5)
    check_op(nlinalg.eigh, [np.zeros((0, 0))], [np.zeros(0), np.zeros((0, 0))], skip=NO_DERIVATIVE)


def test_eig(rng):
    x = well_posed(rng, 3) + 5 * np.diag([0.0, 1, 2])
    w, v = check_op(nlinalg.eig, [x], skip=NO_DERIVATIVE, compiled=False)
    assert np.allclose(x @ v, v * w)
    z = x.astype("complex64") * 1j
    w, v = check_op(nlinalg.eig, [z], skip=NO_DERIVATIVE, compiled=False)
    assert v.dtype == "complex64"
    assert np.allclose(z @ v, v * w, atol=1e-3)
    turning = np.array([[0.0, -1], [1, 0]])
    w, v = check_op(nlinalg.eig, [turning], skip=NO_DERIVATIVE, compiled=False)
    assert np.array_equal(w, [0, 0]), "imaginary parts are dropped"
    check_value(nlinalg.eig, [np.array([[1, 0], [0, 3]])], [[1, 3], np.eye(2)], compiled=False)


@pytest.mark.parametrize("mode", ["reduced", "complete", "r", "raw"])
@pytest.mark.parametrize("shape", [(4, 2), (2, 3), (0, 2)], ids=str)
def test_qr(shape, mode, rng):
    x = rng.normal(size=shape)
    expected = np.linalg.qr(x, mode)
    if mode != "r":
        expected = list(expected)
    check_op(lambda x: nlinalg.qr(x, mode), [x], expected, skip=NO_DERIVATIVE)


@pytest.mark.parametrize("shape", [(4, 2), (2, 3), (0, 2), (0, 0)], ids=str)
def test_svd(shape, rng):
    x = rng.normal(size=shape)
    check_op(
        lambda x: [
            *nlinalg.svd(x),
            *nlinalg.svd(x, full_matrices=0),
            nlinalg.svd(x, compute_uv=False),
        ],
        [x],
        [*np.linalg.svd(x), *np.linalg.svd(x, False), np.linalg.svd(x, compute_uv=False)],
        skip=NO_DERIVATIVE,
    )


@pytest.mark.parametrize("dtype", ["int16", "float16", "float32", "complex64"])
def test_dtypes_of_factors(dtype, rng):
    x = (rng.normal(size=(3, 2)) * 3).astype(dtype)
    u, s, vt, q, r = check_op(
        lambda x: [*nlinalg.svd(x, False), *nlinalg.qr(x)],
        [x],
        skip=NO_DERIVATIVE,
        rtol=1e-4,
        atol=1e-5,
    )
    wide = {"int16": "float64", "float16": "float32"}.get(dtype, dtype)
    assert u.dtype == vt.dtype == q.dtype == r.dtype == wide
    assert s.dtype == ("float32" if dtype == "complex64" else wide)
    assert np.allclose((u * s) @ vt, x, atol=1e-3)
    assert np.allclose(q @ r, x, atol=1e-3)


def test_lstsq(rng):
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    low = np.outer(np.arange(5.0), [1, 2, 3])
    for left, right in ((x, y), (x, y[:, 0]), (low, y), (x[:2], y[:2])):
        expected = list(np.linalg.lstsq(left, right, rcond=-1))
        check_value(
            lambda x, y: nlinalg.lstsq()(x, y, -1.0),
            [left, right],
            expected,
            compiled=False,
            rtol=1e-6,
            atol=1e-6,
        )
    types = [v.dtype for v in nlinalg.lstsq()(T.fmatrix(), T.fmatrix(), 0.1)]
    assert types == ["float32", "float64", "int64", "float64"]
    for bad in ((T.vector(), T.matrix(), 0), (T.matrix(), T.tensor3(), 0), (x, y, [0.1])):
        with check_raises(TypeError, "lstsq takes"):
            nlinalg.lstsq()(*bad)


def test_what_comes_behind_lstsq(rng):
    """The number of residuals depends on the rank; the program goes on for what came out."""
    x, y = T.dmatrices("x", "y")
    run = function([x, y], nlinalg.lstsq()(x * 1, y, -1.0)[1].sum() * 2)
    a, b = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
    assert np.isclose(run(a, b), 2 * np.linalg.lstsq(a, b, rcond=-1)[1].sum())
    assert run(np.ones((4, 2)), b) == 0


def test_tensorinv(rng):
    x = rng.normal(size=(4, 6, 8, 3))
    y = rng.normal(size=(6, 2, 3))
    check_op(nlinalg.tensorinv, [x], np.linalg.tensorinv(x), skip=NO_DERIVATIVE, rtol=1e-6)
    check_op(
        lambda y: [nlinalg.tensorinv(y, 1), nlinalg.tensorinv(T.cast(y * 9, "int8"), 1)],
        [y],
        lambda y: [np.linalg.tensorinv(v, 1) for v in (y, (y * 9).astype("int8"))],
        skip=NO_DERIVATIVE,
        rtol=1e-6,
    )
    check_op_raises(nlinalg.tensorinv, [x[:, :, :2]], LinAlgError, "square", "(24, 6)")
    check_op_raises(nlinalg.tensorinv, [0 * x], LinAlgError, "singular")
    for ind in (0, -1, 4):
        with check_raises(ValueError, "from 1 to 3", f"ind={ind}"):
            nlinalg.tensorinv(T.tensor3(), ind)


def test_tensorsolve(rng):
    a, b = rng.normal(size=(2, 3, 3, 2)), rng.normal(size=(2, 3))
    flat = rng.normal(size=(2, 3, 6))
    moved = np.moveaxis(flat, -1, 0)
    check_op(
        lambda a, b, flat, moved: [
            nlinalg.tensorsolve(a, b),
            nlinalg.tensorsolve(flat, b),
            nlinalg.tensorsolve(moved, b, axes=[0]),
            nlinalg.tensorsolve(T.cast(flat * 9, "int8"), T.cast(b, "int8")),
        ],
        [a, b, flat, moved],
        lambda a, b, flat, moved: [
            np.linalg.tensorsolve(a, b),
            np.linalg.tensorsolve(flat, b),
            np.linalg.tensorsolve(moved, b, axes=[0]),
            np.linalg.tensorsolve((flat * 9).astype("int8"), b.astype("int8")),
        ],
        skip=NO_DERIVATIVE,
        rtol=1e-6,
    )
    check_op_raises(nlinalg.tensorsolve, [a[..., :1], b], LinAlgError, "square", "(6, 3)")
    check_op_raises(nlinalg.tensorsolve, [0 * a, b], LinAlgError, "singular")
    with check_raises(ValueError, "tensorsolve", "3 dimensions or more"):
        nlinalg.tensorsolve(T.matrix(), T.tensor3())


def test_trace_and_diagonals(rng):
    x = rng.normal(size=(3, 4))
    check_op(
        lambda x: [nlinalg.trace(x), nlinalg.extract_diag(x), nlinalg.diag(x)],
        [x],
        [np.trace(x), np.diag(x), np.diag(x)],
    )
    check_op(lambda v: [nlinalg.alloc_diag(v), nlinalg.diag(v)], [x[0]], [np.diag(x[0])] * 2)
    assert nlinalg.trace(T.imatrix()).dtype == "int64"
    with check_raises(ValueError):
        nlinalg.trace(T.vector())


def test_matrix_dot_and_power(rng):
    x, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 2))
    check_op(lambda x, y: nlinalg.matrix_dot(x, x, y), [x, y], x @ x @ y)
    check_op(
        lambda x: [nlinalg.matrix_power(x, n) for n in (2, 3, 6, -1, -2)],
        [x],
        [np.linalg.matrix_power(x, n) for n in (2, 3, 6, -1, -2)],
        rtol=1e-6,
    )
    check_value(lambda x: [nlinalg.matrix_power(x, n) for n in (0, 1)], [x], [np.eye(3), x])
    with check_raises(TypeError):
        nlinalg.matrix_power(x, 0.5)
    with check_raises(TypeError, "nothing to multiply"):
        nlinalg.matrix_dot()


def test_norm(rng):
    v, m = np.array([1.0, -2, 0, 2.5]), rng.normal(size=(3, 2))
    of_vector = [None, "inf", "-inf", np.inf, -np.inf, 1, 2, 3, 2.5]
    of_matrix = [None, "fro", "inf", "-inf", np.inf, 1, -1]
    as_number = {"inf": np.inf, "-inf": -np.inf}
    check_op(
        lambda v, m: (
            [nlinalg.norm(v, o) for o in of_vector] + [nlinalg.norm(m, o) for o in of_matrix]
        ),
        [v, m],
        [np.linalg.norm(v, as_number.get(o, o)) for o in of_vector]
        + [np.linalg.norm(m, as_number.get(o, o)) for o in of_matrix],
        # At zero an absolute value has no derivative.
        wrt=[1],
    )
    check_value(lambda v: nlinalg.norm(v, 0), [v], np.int64(3))
    check_value(lambda v: nlinalg.norm(v, 2), [np.array([3, 4])], np.float64(5))
    check_value(lambda v: nlinalg.norm(v, 2), [np.array([3, 4j])], np.float64(5))
    bad = [(T.vector(), "fro"), (T.matrix(), 2), (T.matrix(), "nuc"), (T.scalar(), None)]
    for x, order in bad:
        with check_raises(ValueError, "norm was asked", f"ord={order!r}"):
            nlinalg.norm(x, order)
    with check_raises(NotImplementedError, "vector or a matrix"):
        nlinalg.norm(T.tensor3(), 2)


@pytest.mark.parametrize("op", OF_A_MATRIX, ids=lambda op: getattr(op, "__name__", str(op)))
def test_other_ranks(op):
    for x in (T.vector("v"), T.tensor3("v")):
        with check_raises(TypeError, "takes a matrix", "`v`"):
            op(x)


@pytest.mark.parametrize("op", [nlinalg.matrix_inverse, nlinalg.det, nlinalg.eig, nlinalg.eigh])
def test_matrices_that_are_not_square(op):
    for shape in ((2, 3), (0, 3)):
        check_op_raises(op, [np.ones(shape)], LinAlgError, "square", str(shape))


def test_singular_matrices():
    ones = np.ones((3, 3))
    check_op_raises(nlinalg.matrix_inverse, [ones], LinAlgError, "singular", "pinv")
    check_op_raises(lambda x: T.grad(nlinalg.det(x), x), [ones], LinAlgError, "singular")
    check_value(nlinalg.det, [ones], 0.0)
    check_op_raises(nlinalg.eig, [ones * np.nan], LinAlgError)
    nothing = np.full((3, 3), np.nan)
    check_value(lambda x: [nlinalg.matrix_inverse(x), nlinalg.det(x)], [nothing], [nothing, np.nan])


def test_no_update_is_made_by_a_call_that_raises():
    state, x = shared(np.eye(2)), T.dmatrix()
    step = function([x], updates=[(state, solve(x, state))])
    step(2 * np.eye(2))
    with check_raises(LinAlgError, "singular"):
        step(np.ones((2, 2)))
    assert np.array_equal(state.get_value(), np.eye(2) / 2)


def test_no_derivative():
    x = T.dmatrix()
    for z in (nlinalg.svd(x)[1], nlinalg.qr(x)[1], nlinalg.eig(x)[0], nlinalg.tensorinv(x, 1)):
        with check_raises(NullTypeGradError, "has no gradient"):
            T.grad(z.sum(), x)


def test_bad_options():
    with check_raises(ValueError, "'L' or 'U'", "UPLO='X'"):
        nlinalg.eigh(T.matrix(), "X")
    with check_raises(ValueError, "'complete', 'r' or 'raw'", "mode='x'"):
        nlinalg.qr(T.matrix(), "x")
    assert nlinalg.Eigh("L") == nlinalg.Eigh() != nlinalg.Eigh("U")
    assert nlinalg.SVD(1, 1) == nlinalg.SVD(True, True) != nlinalg.SVD(0)


def test_earlier_modes_of_qr(rng):
    x = rng.normal(size=(4, 3))
    check_value(lambda x: nlinalg.qr(x, "full"), [x], list(np.linalg.qr(x)))
    check_value(lambda x: nlinalg.qr(x, "economic"), [x], np.linalg.qr(x, "raw")[0].T)


def test_the_gradient_of_eigh_as_an_op(rng):
    x = rng.normal(size=(3, 3))
    x, g_w, g_v = x + x.T, rng.normal(size=3), rng.normal(size=(3, 3))
    for triangle in "LU":
        by_grad, by_name = gradients_of_eigh(triangle)
        values = [x, g_w, g_v]
        check_value(by_name, values, function(VARIABLES, by_grad(*VARIABLES))(*values))
    op = nlinalg.EighGrad()
    assert op == nlinalg.EighGrad("L") != nlinalg.EighGrad("U")
    with check_raises(TypeError, "2, 1, 2, 1, 2 dimensions"):
        op(*[VARIABLES[0]] * 5)


VARIABLES = [T.dmatrix("x"), T.dvector("g_w"), T.dmatrix("g_v")]


def gradients_of_eigh(triangle):
    def by_grad(x, g_w, g_v):
        w, v = nlinalg.eigh(x, triangle)
        return T.grad(None, x, known_grads={w: g_w, v: g_v})

    def by_name(x, g_w, g_v):
        return nlinalg.EighGrad(triangle)(x, *nlinalg.eigh(x, triangle), g_w, g_v)

    return by_grad, by_name


def test_alloc_diag_takes_vectors_alone():
    check_value(nlinalg.alloc_diag, [np.arange(3.0)], np.diag(np.arange(3.0)))
    check_value(nlinalg.diag, [np.arange(3.0)], np.diag(np.arange(3.0)))
    check_value(nlinalg.diag, [np.arange(6.0).reshape(2, 3)], [0.0, 4.0])
    with check_raises(TypeError, "takes a vector"):
        nlinalg.alloc_diag(T.matrix())
    for x in (T.scalar(), T.tensor3()):
        with check_raises(TypeError, "a vector or a matrix"):
            nlinalg.diag(x)
