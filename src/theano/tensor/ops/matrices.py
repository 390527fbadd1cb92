"""What the ops of linear algebra share: which matrices they take, and in which dtype they work."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import describe, usage_error
from theano.graph import Apply
from theano.scalar.type import COMPLEX_DTYPES, DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.diagonals import AllocDiag, ExtractDiag
from theano.tensor.ops.product import conjugate
from theano.tensor.ops.shape import transpose
from theano.tensor.ops.triangles import tril, triu

LinAlgError = np.linalg.LinAlgError


def as_matrix(x: Any, what: str) -> Any:
    """Return ``x`` as a matrix.

    Raises
    ------
    TypeError
        It has another number of dimensions.
    """
    x = as_tensor_variable(x)
    if x.type.ndim != 2:
        raise usage_error(TypeError, f"{what} takes a matrix", expected="2 dimensions", got=x)
    return x


def precise_dtype(dtype: str) -> str:
    """Return the dtype in which a matrix is factored: float64 for integers, float32 for float16."""
    if dtype in DISCRETE_DTYPES:
        return "float64"
    return "float32" if dtype == "float16" else dtype


def real_dtype(dtype: str) -> str:
    """Return the dtype of the real part."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def check_square(node: Apply, shape: Any, i: int = 0) -> None:
    """Raise LinAlgError, which is a ValueError, unless input ``i`` of a node is square."""
    if shape[0] != shape[1]:
        raise usage_error(
            LinAlgError,
            f"{node.op} takes a square matrix",
            expected="as many columns as rows",
            got=f"shape {tuple(map(int, shape))}, for {describe(node.inputs[i])}",
        )


def not_finite(node: Apply) -> ValueError:
    """Return the error that an input of a node holds NaN or infinity."""
    return usage_error(
        ValueError,
        f"{node.op} was given infs or NaNs",
        expected="finite numbers",
        got=node.inputs[0],
    )


def singular(node: Apply) -> Exception:
    """Return the error that a matrix has no inverse."""
    return usage_error(
        LinAlgError,
        f"{node.op} was given a singular matrix",
        expected="a matrix that has an inverse",
        got=node.inputs[0],
        fix="theano.tensor.nlinalg.pinv takes any matrix",
    )


def all_finite(*arrays: Any) -> Any:
    """Return whether JAX arrays hold neither NaN nor infinity, as a 0-d array."""
    ok = jnp.isfinite(arrays[0]).all()
    for x in arrays[1:]:
        ok = lax.bitwise_and(ok, jnp.isfinite(x).all())
    return ok


def check_pivots(ctx: Any, pivots: Any) -> None:
    """Have the call raise LinAlgError where one of ``pivots`` is zero; NaN passes."""
    node = ctx.node
    ok = lax.ne(pivots, np.zeros((), pivots.dtype)).all()
    ctx.check(ok, np.int64(0), lambda _: singular(node))


def solve_factored(ctx: Any, a: Any, b: Any) -> Any:
    """Return ``x`` with ``a @ x == b``, both JAX matrices, by factors of ``a``."""
    factors, _, permutation = lax.linalg.lu(a)
    check_pivots(ctx, jnp.diagonal(factors))
    half = lax.linalg.triangular_solve(
        factors, b[permutation], left_side=True, lower=True, unit_diagonal=True
    )
    return lax.linalg.triangular_solve(factors, half, left_side=True, lower=False)


def adjoint(x: Any) -> Any:
    """Return the conjugate transpose of a matrix variable."""
    return conjugate(transpose(x))


def onto_triangle(g: Any, lower: bool) -> Any:
    """Return the gradient for one triangle, from that for the Hermitian matrix it stands for.

    An element beside the diagonal stands for two of the matrix.
    """
    both = g + adjoint(g)
    return (tril if lower else triu)(both) - diagonal_of(both) / np.int8(2)


def from_triangle(x: Any, lower: bool) -> Any:
    """Return the Hermitian matrix of which ``x`` holds one triangle, on and beside the diagonal."""
    half = tril(x, -1) if lower else triu(x, 1)
    diagonal = diagonal_of(x)
    if x.type.dtype in COMPLEX_DTYPES:
        diagonal = (diagonal + conjugate(diagonal)) / np.int8(2)
    return half + adjoint(half) + diagonal


def diagonal_of(x: Any) -> Any:
    """Return a square matrix with all zero that is not on the diagonal."""
    return AllocDiag()(ExtractDiag()(x))
