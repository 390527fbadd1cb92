"""Systems of linear equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.linear import dot, outer
from theano.tensor.ops.matrices import (
    LinAlgError,
    adjoint,
    all_finite,
    as_matrix,
    check_pivots,
    check_square,
    not_finite,
    precise_dtype,
    singular,
    solve_factored,
)
from theano.tensor.ops.product import conjugate
from theano.tensor.ops.shape import reshape, transpose
from theano.tensor.ops.sizes import lengths_of, product
from theano.tensor.ops.triangles import tril, triu
from theano.tensor.type import TensorType

__all__ = [
    "MATRIX_STRUCTURES",
    "Solve",
    "TensorSolve",
    "lstsq",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_upper_triangular",
    "tensorsolve",
]

MATRIX_STRUCTURES = (
    "general",
    "symmetric",
    "lower_triangular",
    "upper_triangular",
    "hermitian",
    "banded",
    "diagonal",
    "toeplitz",
)

TRANSPOSED = {"lower_triangular": "upper_triangular", "upper_triangular": "lower_triangular"}


class Solve(Op):
    """The solution ``x`` of ``A @ x == b``: ``(n, n), (n, …) -> (n, …)`` for a vector or matrix.

    float32 and float16, and integers of 16 bits or fewer, give float32; all else gives float64, or
    a complex dtype.

    Parameters
    ----------
    A_structure : str
        One of ``MATRIX_STRUCTURES``. Of a triangular matrix the other triangle is not read; all
        other structures are solved as general ones.
    lower, overwrite_A, overwrite_b : bool
        Kept for programs that give them.

    Notes
    -----
    The derivative is that of Giles, "An extended collection of matrix derivative results", 2008.

    Raises: TypeError for other ranks; at run time LinAlgError where there is no single solution,
    ValueError for NaN or infinity in ``A`` or ``b``, and where the lengths differ.
    """

    __props__ = ("A_structure", "lower", "overwrite_A", "overwrite_b")

    def __init__(
        self,
        A_structure: str = "general",
        lower: bool = False,
        overwrite_A: bool = False,
        overwrite_b: bool = False,
    ) -> None:
        if A_structure not in MATRIX_STRUCTURES:
            raise usage_error(
                ValueError,
                "solve was given a structure that it does not know",
                expected=", ".join(MATRIX_STRUCTURES),
                got=f"A_structure={A_structure!r}",
            )
        self.A_structure = A_structure
        self.lower = lower
        self.overwrite_A = overwrite_A
        self.overwrite_b = overwrite_b

    # An attribute of this name is part of the interface, so that lowering has another one.
    def make_node(self, A: Any, b: Any) -> Apply:
        A, b = as_matrix(A, "solve"), as_tensor_variable(b)
        if b.type.ndim not in (1, 2):
            raise usage_error(
                TypeError, "solve takes a vector or a matrix b", expected="1 or 2 dimensions", got=b
            )
        dtype = upcast(solving_dtype(A.type.dtype), solving_dtype(b.type.dtype))
        return Apply(self, [A, b], [TensorType(dtype, b.type.broadcastable)()])


def solving_dtype(dtype: str) -> str:
    """Return the dtype in which a system is solved: float32 for what it holds without loss."""
    if dtype in DISCRETE_DTYPES and np.dtype(dtype).itemsize <= 2:
        return "float32"
    return precise_dtype(dtype)
