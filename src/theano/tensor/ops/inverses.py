"""Inverses of matrices and tensors, and the determinant."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.linear import dot
from theano.tensor.ops.matrices import (
    LinAlgError,
    adjoint,
    as_matrix,
    check_square,
    precise_dtype,
    singular,
    solve_factored,
)
from theano.tensor.ops.product import conjugate
from theano.tensor.ops.shape import reshape, transpose
from theano.tensor.ops.sizes import lengths_of, product
from theano.tensor.ops.triangles import identity_like
from theano.tensor.type import TensorType

__all__ = [
    "Det",
    "MatrixInverse",
    "MatrixPinv",
    "TensorInv",
    "det",
    "matrix_dot",
    "matrix_inverse",
    "pinv",
    "tensorinv",
]


def matrix_dot(*args: Any) -> Any:
    """Return the product of matrices, from the first to the last.

    Raises
    ------
    ValueError
        At run time, the inner lengths of two neighbours differ.
    """
    if not args:
        raise usage_error(
            TypeError, "matrix_dot was given nothing to multiply", expected="matrices"
        )
    return reduce(dot, args)


class MatrixInverse(Op):
    """The inverse of a square matrix: ``(n, n) -> (n, n)``, dtype kept.

    Integers are rounded towards zero, as Theano did.

    Raises: TypeError for other ranks; at run time LinAlgError for matrices that are not square or
    have no inverse. NaN gives NaN.
    """

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "matrix_inverse")
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        check_square(node, x.shape)
        try:
            z = np.linalg.inv(x.astype(precise_dtype(x.dtype.name)))
        except LinAlgError:
            raise singular(node) from None
        with np.errstate(invalid="ignore"):
            output_storage[0][0] = z.astype(x.dtype)

    def lower(self, ctx, x):
        check_square(ctx.node, x.shape)
        dtype = precise_dtype(str(x.dtype))
        ones = jnp.eye(x.shape[0], dtype=dtype)
        z = solve_factored(ctx, lax.convert_element_type(x, dtype), ones)
        return lax.convert_element_type(z, x.dtype)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        return [-matrix_dot(adjoint(z), g_z, adjoint(z))]

    def R_op(self, inputs, eval_points):
        (x,), (r,) = inputs, eval_points
        if r is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        z = self(x)
        return [-matrix_dot(z, r, z)]


class MatrixPinv(Op):
    """The Moore-Penrose inverse of a matrix: ``(m, n) -> (n, m)``, dtype kept.

    Singular values below ``max(1e-15, eps max(m, n))`` times the largest count as zero, where
    ``eps`` is that of the dtype. Integers are rounded towards zero, as Theano did.

    The derivative is that of Golub & Pereyra, SIAM J. Numer. Anal. 10(2), 1973; it holds where the
    rank does not change.
    """

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "pinv")
        return Apply(self, [x], [TensorType(x.type.dtype, x.type.broadcastable[::-1])()])

    @staticmethod
    def cutoff(x: Any) -> float:
        """Return the part of the largest singular value up to which one counts as zero."""
        eps = np.finfo(precise_dtype(str(x.dtype))).eps
        return float(max(1e-15, eps * max(x.shape)))

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        z = np.linalg.pinv(x.astype(precise_dtype(x.dtype.name)), rcond=self.cutoff(x))
        output_storage[0][0] = z.astype(x.dtype)

    def lower(self, ctx, x):
        if x.size == 0:
            return jnp.zeros(x.shape[::-1], x.dtype)
        wide = lax.convert_element_type(x, precise_dtype(str(x.dtype)))
        u, s, vt = lax.linalg.svd(wide, full_matrices=False)
        large = lax.gt(s, s[0] * np.asarray(self.cutoff(x), s.dtype))
        # NaN must not count as small.
        large = lax.bitwise_or(large, jnp.isnan(s))
        one = np.ones((), s.dtype)
        inverse = jnp.where(large, one / jnp.where(large, s, one), np.zeros((), s.dtype))
        scaled = lax.mul(vt.conj().T, jnp.broadcast_to(inverse.astype(wide.dtype), vt.T.shape))
        return lax.convert_element_type(lax.dot(scaled, u.conj().T), x.dtype)

    def infer_shape(self, node, shapes):
        return [shapes[0][::-1]]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        left, right = self._outside(x, z)
        z_t, g_t = adjoint(z), adjoint(g_z)
        return [
            matrix_dot(left, g_t, z, z_t)
            + matrix_dot(z_t, z, g_t, right)
            - matrix_dot(z_t, g_z, z_t)
        ]

    def R_op(self, inputs, eval_points):
        (x,), (r,) = inputs, eval_points
        if r is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        z = self(x)
        left, right = self._outside(x, z)
        z_t, r_t = adjoint(z), adjoint(r)
        return [
            matrix_dot(z, z_t, r_t, left) + matrix_dot(right, r_t, z_t, z) - matrix_dot(z, r, z)
        ]

    @staticmethod
    def _outside(x: Any, z: Any) -> tuple[Any, Any]:
        """Return the projections onto what is outside of the columns of ``x``, and of its rows."""
        on_columns, on_rows = dot(x, z), dot(z, x)
        return identity_like(on_columns) - on_columns, identity_like(on_rows) - on_rows


class Det(Op):
    """The determinant of a square matrix: ``(n, n) -> ()``, dtype kept.

    Its derivative needs the inverse, so that it raises LinAlgError for a singular matrix.

    Raises: TypeError for other ranks; at run time LinAlgError for matrices that are not square.
    """

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "det")
        return Apply(self, [x], [TensorType(x.type.dtype, [])()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        check_square(node, x.shape)
        with np.errstate(invalid="ignore"):
            z = np.linalg.det(x.astype(precise_dtype(x.dtype.name)))
            output_storage[0][0] = np.asarray(z).astype(x.dtype)

    def lower(self, ctx, x):
        check_square(ctx.node, x.shape)
        dtype = precise_dtype(str(x.dtype))
        factors, pivots, _ = lax.linalg.lu(lax.convert_element_type(x, dtype))
        exchanged = lax.ne(pivots, lax.iota(pivots.dtype, x.shape[0]))
        odd = lax.rem(exchanged.astype("int32").sum(dtype="int32"), np.int32(2))
        z = jnp.diagonal(factors).prod()
        return lax.convert_element_type(jnp.where(lax.eq(odd, np.int32(1)), -z, z), x.dtype)

    def infer_shape(self, node, shapes):
        return [()]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        return [g_z * conjugate(z) * adjoint(matrix_inverse(x))]

    def R_op(self, inputs, eval_points):
        (x,), (r,) = inputs, eval_points
        if r is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        return [self(x) * (transpose(matrix_inverse(x)) * r).sum()]


class TensorInv(Op):
    """The inverse of a tensor with respect to ``tensordot(a, b, ind)``.

    ``a.shape -> a.shape[ind:] + a.shape[:ind]``, whose products must be equal. Float dtypes are
    kept, integers give float64.

    Raises: ValueError for a number of axes that ``a`` does not have; at run time LinAlgError as
    :class:`MatrixInverse` does.
    """

    __props__ = ("ind",)

    def __init__(self, ind: int = 2) -> None:
        self.ind = int(ind)

    def make_node(self, a: Any) -> Apply:
        a = as_tensor_variable(a)
        if not 0 < self.ind <= a.type.ndim:
            raise usage_error(
                ValueError,
                "tensorinv takes the number of axes that are summed over",
                expected=f"ind from 1 to {a.type.ndim}",
                got=f"ind={self.ind}",
            )
        return Apply(
            self, [a], [TensorType(precise_dtype(a.type.dtype), self._turned(a.broadcastable))()]
        )

    def _turned(self, along: Any) -> list[Any]:
        return [*along[self.ind :], *along[: self.ind]]

    def perform(self, node, inputs, output_storage):
        (a,) = inputs
        rows = int(np.prod(a.shape[: self.ind], dtype="int64"))
        columns = int(np.prod(a.shape[self.ind :], dtype="int64"))
        check_square(node, (rows, columns))
        matrix = a.reshape(rows, columns).astype(node.outputs[0].type.dtype)
        storage: list[list[Any]] = [[None]]
        matrix_inverse.perform(node, [matrix], storage)
        output_storage[0][0] = storage[0][0].reshape(self._turned(a.shape))

    def expand(self, node):
        (a,) = node.inputs
        lengths = lengths_of(a)
        shape = [product(lengths[: self.ind]), product(lengths[self.ind :])]
        matrix = reshape(ew.cast(a, node.outputs[0].type.dtype), shape)
        return [reshape(matrix_inverse(matrix), self._turned(lengths), ndim=a.type.ndim)]

    def infer_shape(self, node, shapes):
        return [tuple(self._turned(shapes[0]))]


def tensorinv(a: Any, ind: int = 2) -> Any:
    """Return the inverse of a tensor with respect to a product over its last axes.

    Parameters
    ----------
    a : tensor
        The product of the first ``ind`` lengths is that of the others.
    ind : int
        How many axes of the inverse are summed over: ``tensordot(tensorinv(a, ind), a, ind)`` is
        the identity.

    Returns
    -------
    tensor
        Of shape ``a.shape[ind:] + a.shape[:ind]``.

    Raises
    ------
    ValueError
        There are no ``ind`` axes.
    LinAlgError
        At run time, there is no inverse.
    """
    return TensorInv(ind)(a)


matrix_inverse = MatrixInverse()
pinv = MatrixPinv()
det = Det()
