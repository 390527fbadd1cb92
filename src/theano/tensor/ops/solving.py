"""Systems of linear equations."""

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
from theano.tensor.ops import scipy_linalg
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

    __props__ = ("A_structure", "is_lower", "overwrite_A", "overwrite_b")

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
        self.is_lower = lower
        self.overwrite_A = overwrite_A
        self.overwrite_b = overwrite_b

    def make_node(self, A: Any, b: Any) -> Apply:
        A, b = as_matrix(A, "solve"), as_tensor_variable(b)
        if b.type.ndim not in (1, 2):
            raise usage_error(
                TypeError, "solve takes a vector or a matrix b", expected="1 or 2 dimensions", got=b
            )
        dtype = upcast(solving_dtype(A.type.dtype), solving_dtype(b.type.dtype))
        return Apply(self, [A, b], [TensorType(dtype, b.type.broadcastable)()])

    @property
    def _triangle(self) -> Any:
        """The function that keeps what is read of a matrix: ``tril``, ``triu``, or none."""
        return {"lower_triangular": tril, "upper_triangular": triu}.get(self.A_structure)

    def _check(self, node: Apply, a: Any, b: Any) -> None:
        check_square(node, a.shape)
        if a.shape[0] != b.shape[0]:
            raise usage_error(
                ValueError,
                "a system of linear equations with another number of right-hand sides",
                expected=f"b.shape[0] == {a.shape[0]}",
                got=f"b of shape {tuple(map(int, b.shape))}"
                + (f" at {node.source}" if node.source else ""),
            )

    def perform(self, node, inputs, output_storage):
        a, b = (v.astype(node.outputs[0].type.dtype) for v in inputs)
        self._check(node, a, b)
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise not_finite(node)
        try:
            if b.size == 0:
                x = b
            elif self._triangle is None:
                x = np.linalg.solve(a, b)
            else:
                x = scipy_linalg.solve_triangular(a, b, lower=self._triangle is tril)
        except LinAlgError:
            raise singular(node) from None
        output_storage[0][0] = x

    def lower(self, ctx, a, b):
        node = ctx.node
        self._check(node, a, b)
        a, b = (lax.convert_element_type(v, node.outputs[0].type.dtype) for v in (a, b))
        if b.size == 0:
            return b
        ctx.check(all_finite(a, b), np.int64(0), lambda _: not_finite(node))
        columns = b if b.ndim == 2 else b[:, None]
        if self._triangle is None:
            x = solve_factored(ctx, a, columns)
        else:
            check_pivots(ctx, jnp.diagonal(a))
            x = lax.linalg.triangular_solve(
                a, columns, left_side=True, lower=self._triangle is tril
            )
        return x.reshape(b.shape)

    def infer_shape(self, node, shapes):
        return [(shapes[0][1], *shapes[1][1:])]

    def L_op(self, inputs, outputs, output_grads):
        (a, _), (x,), (g_x,) = inputs, outputs, output_grads
        structure = TRANSPOSED.get(self.A_structure, self.A_structure)
        g_b = Solve(structure, lower=not self.is_lower)(adjoint(a), g_x)
        g_a = -(outer(g_b, conjugate(x)) if x.type.ndim == 1 else dot(g_b, adjoint(x)))
        return [g_a if self._triangle is None else self._triangle(g_a), g_b]

    def R_op(self, inputs, eval_points):
        (a, b), (r_a, r_b) = inputs, eval_points
        if r_a is None:
            return [None if r_b is None else self(a, r_b)]
        moved = dot(r_a if self._triangle is None else self._triangle(r_a), self(a, b))
        return [self(a, -moved if r_b is None else r_b - moved)]


def solving_dtype(dtype: str) -> str:
    """Return the dtype in which a system is solved: float32 for what it holds without loss."""
    if dtype in DISCRETE_DTYPES and np.dtype(dtype).itemsize <= 2:
        return "float32"
    return precise_dtype(dtype)


class TensorSolve(Op):
    """The solution of ``tensordot(a, x, x.ndim) == b``: ``b.shape + Q, b.shape -> Q``.

    The product of ``Q`` is that of ``b.shape``. dtype: that of both, integers give float64.

    Parameters
    ----------
    axes : sequence of int, optional
        Axes of ``a`` that are moved to its end first.

    Raises: ValueError where ``a`` has fewer dimensions than ``b``; at run time LinAlgError where
    there is no single solution.
    """

    __props__ = ("axes",)

    def __init__(self, axes: Any = None) -> None:
        self.axes = None if axes is None else tuple(int(i) for i in axes)

    def make_node(self, a: Any, b: Any) -> Apply:
        a, b = as_tensor_variable(a), as_tensor_variable(b)
        if a.type.ndim < b.type.ndim:
            raise usage_error(
                ValueError,
                "tensorsolve takes an `a` with the dimensions of `b` and others behind",
                expected=f"{b.type.ndim} dimensions or more",
                got=a,
            )
        pattern = [a.type.broadcastable[i] for i in self._order(a.type.ndim)[b.type.ndim :]]
        dtype = precise_dtype(upcast(a.type.dtype, b.type.dtype))
        return Apply(self, [a, b], [TensorType(dtype, pattern)()])

    def _order(self, ndim: int) -> list[int]:
        moved = [] if self.axes is None else [i % ndim for i in self.axes]
        return [i for i in range(ndim) if i not in moved] + moved

    def perform(self, node, inputs, output_storage):
        a, b = (v.astype(node.outputs[0].type.dtype) for v in inputs)
        a = a.transpose(self._order(a.ndim))
        shape = a.shape[b.ndim :]
        check_square(node, (b.size, int(np.prod(shape, dtype="int64"))))
        try:
            x = np.linalg.solve(a.reshape(b.size, b.size), b.ravel())
        except LinAlgError:
            raise singular(node) from None
        output_storage[0][0] = x.reshape(shape)

    def expand(self, node):
        a, b = (ew.cast(v, node.outputs[0].type.dtype) for v in node.inputs)
        a = transpose(a, self._order(a.type.ndim))
        lengths = lengths_of(a)[b.type.ndim :]
        x = solve(reshape(a, [b.size, product(lengths)]), b.flatten())
        return [reshape(x, lengths, ndim=len(lengths))]

    def infer_shape(self, node, shapes):
        of_a, of_b = shapes
        return [tuple(of_a[i] for i in self._order(len(of_a))[len(of_b) :])]


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Return the tensor ``x`` with ``tensordot(a, x, x.ndim) == b``.

    Parameters
    ----------
    a : tensor
        Of shape ``b.shape + Q``, where the product of ``Q`` is that of ``b.shape``.
    b : tensor
    axes : sequence of int, optional
        Axes of ``a`` that are moved to its end first.

    Returns
    -------
    tensor
        Of shape ``Q``.

    Raises
    ------
    ValueError
        ``a`` has fewer dimensions than ``b``.
    LinAlgError
        At run time, there is no single solution.
    """
    return TensorSolve(axes)(a, b)


class lstsq(Op):
    """The least-squares solution of ``x @ z == y``: ``(m, n), (m, …), () -> (n, …)`` and more.

    The other results are the sums of squared residuals (none where the rank is below ``n``, or
    ``m <= n``), the rank of ``x``, and its singular values: a float64 vector, an int64 scalar, a
    float64 vector.
    The third input is the part of the largest singular value up to which one counts as zero; -1
    stands for the precision of the dtype.

    Notes
    -----
    Computed on the host, as the number of residuals depends on the rank. Without derivative.

    Raises: TypeError for other ranks; at run time LinAlgError where the lengths differ.
    """

    __props__ = ()

    def make_node(self, x: Any, y: Any, rcond: Any) -> Apply:
        x, y, rcond = as_matrix(x, "lstsq"), as_tensor_variable(y), as_tensor_variable(rcond)
        if y.type.ndim not in (1, 2) or rcond.type.ndim != 0:
            raise usage_error(
                TypeError,
                "lstsq takes a matrix, a vector or matrix, and a scalar",
                got=y if y.type.ndim not in (1, 2) else rcond,
            )
        dtype = precise_dtype(upcast(x.type.dtype, y.type.dtype))
        pattern = [False, *y.type.broadcastable[1:]]
        vector = TensorType("float64", [False])
        found = TensorType(dtype, pattern), vector, TensorType("int64", []), vector
        return Apply(self, [x, y, rcond], [kind() for kind in found])

    def perform(self, node, inputs, output_storage):
        x, y, rcond = inputs
        x, y = (v.astype(node.outputs[0].type.dtype) for v in (x, y))
        found = np.linalg.lstsq(x, y, rcond.item())
        for cell, variable, value in zip(output_storage, node.outputs, found, strict=True):
            cell[0] = np.asarray(value).astype(variable.type.dtype)


solve = Solve()
solve_lower_triangular = Solve("lower_triangular", lower=True)
solve_upper_triangular = Solve("upper_triangular")
solve_symmetric = Solve("symmetric")
