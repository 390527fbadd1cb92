"""Linear algebra as SciPy has it: Cholesky factors, systems of equations, exponentials."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops import reduction, scipy_linalg
from theano.tensor.ops.diagonals import AllocDiag
from theano.tensor.ops.factorizations import Eigh
from theano.tensor.ops.gradient_ops import GradientOp
from theano.tensor.ops.inverses import matrix_dot
from theano.tensor.ops.linear import dot
from theano.tensor.ops.matrices import (
    LinAlgError,
    adjoint,
    all_finite,
    as_matrix,
    check_square,
    diagonal_of,
    from_triangle,
    not_finite,
    onto_triangle,
    precise_dtype,
    real_dtype,
)
from theano.tensor.ops.matrix_exponential import Expm, ExpmGrad, expm
from theano.tensor.ops.shape import flatten, reshape, transpose
from theano.tensor.ops.sizes import lengths_of, product
from theano.tensor.ops.solving import (
    MATRIX_STRUCTURES,
    Solve,
    solve,
    solve_lower_triangular,
    solve_symmetric,
    solve_upper_triangular,
)
from theano.tensor.ops.triangles import tril
from theano.tensor.type import TensorType

__all__ = [
    "MATRIX_STRUCTURES",
    "Cholesky",
    "CholeskyGrad",
    "Eigvalsh",
    "EigvalshGrad",
    "Expm",
    "ExpmGrad",
    "Solve",
    "cholesky",
    "eigvalsh",
    "expm",
    "kron",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_upper_triangular",
]


class Cholesky(Op):
    """The triangular root of a positive definite matrix, ``x == L @ L.T``: ``(n, n) -> (n, n)``.

    The dtype is kept; integers are rounded towards zero, as Theano did. Only one triangle of the
    matrix is read.

    Parameters
    ----------
    lower : bool
        Where False, the result is upper triangular, ``x == U.T @ U``, as is what is read.
    on_error : {"raise", "nan"}
        What to do with a matrix that is not positive definite.

    Notes
    -----
    The derivative is that of Murray, "Differentiation of the Cholesky decomposition",
    arXiv:1602.07527.

    Raises: TypeError for other ranks; at run time LinAlgError for matrices that are not square or,
    with ``on_error="raise"``, not positive definite; ValueError for NaN and infinity.
    """

    __props__ = ("is_lower", "on_error")

    def __init__(self, lower: bool = True, on_error: str = "raise") -> None:
        if on_error not in ("raise", "nan"):
            raise usage_error(
                ValueError,
                "cholesky was told what it cannot do on an error",
                expected="'raise' or 'nan'",
                got=f"on_error={on_error!r}",
            )
        self.is_lower = bool(lower)
        self.on_error = on_error

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "cholesky")
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        check_square(node, x.shape)
        if not np.isfinite(x).all():
            raise not_finite(node)
        wide = x.astype(precise_dtype(x.dtype.name))
        try:
            z = np.linalg.cholesky(wide if self.is_lower else wide.conj().T)
        except LinAlgError:
            if self.on_error == "raise":
                raise not_definite(node) from None
            z = np.full(x.shape, np.nan, wide.dtype)
        with np.errstate(invalid="ignore"):
            output_storage[0][0] = (z if self.is_lower else z.conj().T).astype(x.dtype)

    def lower(self, ctx, x):
        node = ctx.node
        check_square(node, x.shape)
        wide = lax.convert_element_type(x, precise_dtype(str(x.dtype)))
        ctx.check(all_finite(wide), np.int64(0), lambda _: not_finite(node))
        z = factor(ctx, wide, self.is_lower, self.on_error == "raise")
        return lax.convert_element_type(z if self.is_lower else z.conj().T, x.dtype)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        if self.on_error == "nan":
            # A system of equations takes no NaN.
            switch = ew.FUNCTIONS["switch"]
            ok = reduction.all(ew.FUNCTIONS["eq"](z, z))
            z, g_z = switch(ok, z, ew.ones_like(z)), switch(ok, g_z, ew.ones_like(g_z))
        root, g = (z, g_z) if self.is_lower else (adjoint(z), adjoint(g_z))
        within = lower_half(dot(adjoint(root), g))
        half = solve_upper_triangular(adjoint(root), within)
        between = adjoint(solve_upper_triangular(adjoint(root), adjoint(half)))
        g_x = onto_triangle(between, self.is_lower)
        if self.on_error == "nan":
            g_x = switch(ok, g_x, np.asarray(np.nan, "float32"))
        return [g_x]

    def R_op(self, inputs, eval_points):
        (x,), (r,) = inputs, eval_points
        if r is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        z = self(x)
        root = z if self.is_lower else adjoint(z)
        half = solve_lower_triangular(root, from_triangle(r, self.is_lower))
        moved = dot(root, lower_half(solve_lower_triangular(root, adjoint(half))))
        return [moved if self.is_lower else adjoint(moved)]


class CholeskyGrad(GradientOp):
    """The gradient of :class:`Cholesky`: ``x, cholesky(x), its gradient -> (n, n)``."""

    __props__ = ("is_lower",)
    ranks = (2, 2, 2)

    def __init__(self, lower: bool = True) -> None:
        self.is_lower = bool(lower)

    def gradients(self, inputs):
        x, z, g_z = inputs
        return Cholesky(self.is_lower).L_op([x], [z], [g_z])


def lower_half(x: Any) -> Any:
    """Return the lower triangle of a matrix, with half of the diagonal."""
    return tril(x) - diagonal_of(x) / np.int8(2)


def not_definite(node: Apply) -> Exception:
    """Return the error that a matrix, the last input of a node, has no Cholesky factor."""
    return usage_error(
        LinAlgError,
        f"{node.op} was given a matrix that is not positive definite",
        expected="positive eigenvalues",
        got=node.inputs[-1],
        fix="add a small number to its diagonal, or see Cholesky(on_error='nan')",
    )


def factor(ctx: Any, x: Any, lower: bool, required: bool = True) -> Any:
    """Return the Cholesky factor of a JAX matrix, lower triangular; NaN where there is none.

    Of a matrix whose upper triangle is read, it is the adjoint of the upper factor.
    """
    node = ctx.node
    z = lax.linalg.cholesky(x if lower else x.conj().T, symmetrize_input=False)
    ok = all_finite(z)
    if required:
        ctx.check(ok, np.int64(0), lambda _: not_definite(node))
    return jnp.where(ok, z, np.asarray(np.nan, z.dtype))


class Eigvalsh(Op):
    """The eigenvalues ``w`` of ``a @ v == w b @ v``, rising: ``(n, n), (n, n) -> (n,)``.

    ``a`` is Hermitian and ``b`` positive definite; of either one triangle is read. Without ``b``,
    they are those of ``a``. The result is real, of the precision of both; integers give float64.

    Parameters
    ----------
    lower : bool
        Which triangle is read.

    Raises: TypeError for other ranks; at run time LinAlgError where a matrix is not square or ``b``
    not positive definite, ValueError for NaN and infinity.
    """

    __props__ = ("is_lower",)

    def __init__(self, lower: bool = True) -> None:
        self.is_lower = bool(lower)

    def make_node(self, a: Any, b: Any = None) -> Apply:
        given = [a] if b is None or getattr(b, "data", b) is None else [a, b]
        matrices = [as_matrix(x, "eigvalsh") for x in given]
        dtype = real_dtype(self._dtype(matrices))
        return Apply(self, matrices, [TensorType(dtype, [False])()])

    @staticmethod
    def _dtype(matrices: Any) -> str:
        return precise_dtype(upcast(*[x.type.dtype for x in matrices]))

    def perform(self, node, inputs, output_storage):
        for i, x in enumerate(inputs):
            check_square(node, x.shape, i)
            if not np.isfinite(x).all():
                raise not_finite(node)
        matrices = [x.astype(self._dtype(node.inputs)) for x in inputs]
        if matrices[0].size == 0:
            output_storage[0][0] = np.zeros(0, node.outputs[0].type.dtype)
            return
        try:
            output_storage[0][0] = scipy_linalg.eigvalsh(*matrices, lower=self.is_lower)
        except LinAlgError:
            raise not_definite(node) from None

    def lower(self, ctx, *matrices):
        node = ctx.node
        for i, x in enumerate(matrices):
            check_square(node, x.shape, i)
        dtype = self._dtype(node.inputs)
        a, *rest = (lax.convert_element_type(x, dtype) for x in matrices)
        ctx.check(all_finite(a, *rest), np.int64(0), lambda _: not_finite(node))
        a = a if self.is_lower else a.conj().T
        if rest:
            root = factor(ctx, *rest, self.is_lower)
            beside = jnp.tril(a, -1)
            a = beside + beside.conj().T + jnp.diag(jnp.diagonal(a).real.astype(dtype))
            for _ in range(2):
                a = lax.linalg.triangular_solve(root, a, left_side=True, lower=True).conj().T
        return lax.linalg.eigh(a, symmetrize_input=False)[1]

    def _vectors(self, matrices: Any) -> Any:
        """Return eigenvectors with ``v.T @ b @ v`` the identity."""
        a, *rest = (ew.cast(x, self._dtype(matrices)) for x in matrices)
        if not rest:
            return Eigh("L" if self.is_lower else "U")(a)[1]
        root = Cholesky(self.is_lower)(*rest)
        root = root if self.is_lower else adjoint(root)
        half = solve_lower_triangular(root, from_triangle(a, self.is_lower))
        _, u = Eigh()(solve_lower_triangular(root, adjoint(half)))
        return solve_upper_triangular(adjoint(root), u)

    def infer_shape(self, node, shapes):
        return [(shapes[0][0],)]

    def L_op(self, inputs, outputs, output_grads):
        (w,), (g_w,) = outputs, output_grads
        if self._dtype(inputs) not in {x.type.dtype for x in inputs}:
            return [ew.zeros_like(x, dtype="floatX") for x in inputs]
        v = self._vectors(inputs)
        inside = [g_w, -g_w * w][: len(inputs)]
        return [
            onto_triangle(matrix_dot(v, AllocDiag()(g), adjoint(v)), self.is_lower) for g in inside
        ]


class EigvalshGrad(GradientOp):
    """The gradient of :class:`Eigvalsh`: ``a, b, that of the result -> (n, n), (n, n)``."""

    __props__ = ("is_lower",)
    ranks = (2, 2, 1)

    def __init__(self, lower: bool = True) -> None:
        self.is_lower = bool(lower)

    def gradients(self, inputs):
        a, b, g_w = inputs
        op = Eigvalsh(self.is_lower)
        return op.L_op([a, b], [op(a, b)], [g_w])


def eigvalsh(a: Any, b: Any = None, lower: bool = True) -> Any:
    """Return the eigenvalues of a Hermitian matrix, or of a pair of matrices; see ``Eigvalsh``."""
    return Eigvalsh(lower)(a, b)


def kron(a: Any, b: Any) -> Any:
    """Return the Kronecker product: ``(m, n), (p, q) -> (m p, n q)``.

    For other ranks, the second and third dimension of the products of all pairs are exchanged, and
    then the first and second, and the third and fourth, are joined; a vector results where there
    are three. NumPy orders these otherwise.

    Raises
    ------
    TypeError
        ``a`` and ``b`` have fewer than three dimensions together.
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    ndim = a.type.ndim + b.type.ndim
    if ndim < 3:
        raise usage_error(
            TypeError,
            "kron takes three dimensions or more together",
            expected="matrices",
            got=f"{a.type} and {b.type}",
        )
    pairs = a.dimshuffle(*range(a.type.ndim), *["x"] * b.type.ndim) * b.dimshuffle(
        *["x"] * a.type.ndim, *range(b.type.ndim)
    )
    if ndim == 3:
        return flatten(transpose(pairs, (1, 0, 2)))
    lengths = [*lengths_of(a), *lengths_of(b)]
    joined = [product([lengths[0], lengths[2]]), product([lengths[1], lengths[3]]), *lengths[4:]]
    return reshape(transpose(pairs, (0, 2, 1, *range(3, ndim))), joined, ndim=ndim - 2)


cholesky = Cholesky()
