"""Factorizations of matrices: eigenvalues, singular values, QR."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.op import is_disconnected
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.diagonals import AllocDiag, ExtractDiag
from theano.tensor.ops.gradient_ops import GradientOp
from theano.tensor.ops.inverses import matrix_dot
from theano.tensor.ops.linear import dot
from theano.tensor.ops.matrices import (
    adjoint,
    as_matrix,
    check_square,
    from_triangle,
    onto_triangle,
    precise_dtype,
    real_dtype,
)
from theano.tensor.ops.shape import transpose
from theano.tensor.ops.triangles import eye
from theano.tensor.type import TensorType

__all__ = [
    "SVD",
    "Eig",
    "Eigh",
    "EighGrad",
    "QRFull",
    "QRIncomplete",
    "eig",
    "eigh",
    "qr",
    "svd",
]


class Eig(Op):
    """Eigenvalues and right eigenvectors of a square matrix: ``(n, n) -> (n,), (n, n)``.

    Of the dtype of the matrix, as in Theano: of a real one, the imaginary parts are dropped.

    Notes
    -----
    Computed on the host: not every device has it. Without derivative.

    Raises: TypeError for other ranks; at run time LinAlgError for matrices that are not square or
    hold NaN or infinity.
    """

    __props__: tuple[str, ...] = ()

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "eig")
        return Apply(self, [x], [TensorType(x.type.dtype, [False] * k)() for k in (1, 2)])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        check_square(node, x.shape)
        found = np.linalg.eig(x.astype(precise_dtype(x.dtype.name)))
        is_complex = x.dtype.kind == "c"
        for cell, values in zip(output_storage, found, strict=True):
            cell[0] = (values if is_complex else values.real).astype(x.dtype)

    def infer_shape(self, node, shapes):
        n = shapes[0][0]
        return [(n,), (n, n)]


class Eigh(Eig):
    """Eigenvalues and eigenvectors of a Hermitian matrix: ``(n, n) -> (n,), (n, n)``.

    The eigenvalues are real and rise. Float dtypes are kept, integers give float64. Only one
    triangle of the matrix is read.

    Parameters
    ----------
    UPLO : {"L", "U"}
        Which: the lower or the upper one.

    Notes
    -----
    The derivative of eigenvectors exists where eigenvalues differ: Magnus, Econometric Theory 1(2),
    1985.

    Raises: TypeError for other ranks; at run time LinAlgError for matrices that are not square.
    """

    __props__ = ("UPLO",)

    def __init__(self, UPLO: str = "L") -> None:
        if UPLO not in ("L", "U"):
            raise usage_error(
                ValueError,
                "eigh was asked for a triangle that a matrix does not have",
                expected="'L' or 'U'",
                got=f"UPLO={UPLO!r}",
            )
        self.UPLO = UPLO

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "eigh")
        dtype = precise_dtype(x.type.dtype)
        return Apply(
            self,
            [x],
            [TensorType(real_dtype(dtype), [False])(), TensorType(dtype, [False, False])()],
        )

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        check_square(node, x.shape)
        found = np.linalg.eigh(x.astype(node.outputs[1].type.dtype), self.UPLO)
        output_storage[0][0], output_storage[1][0] = found

    def lower(self, ctx, x):
        check_square(ctx.node, x.shape)
        x = lax.convert_element_type(x, ctx.node.outputs[1].type.dtype)
        v, w = lax.linalg.eigh(x, lower=self.UPLO == "L", symmetrize_input=False)
        return w, v

    def infer_shape(self, node, shapes):
        n = shapes[0][0]
        return [(n,), (n, n)]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (w, v), (g_w, g_v) = inputs, outputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        within = []
        if not is_disconnected(g_w):
            within.append(AllocDiag()(g_w))
        if not is_disconnected(g_v):
            within.append(inverse_gaps(w) * dot(adjoint(v), g_v))
        return [onto_triangle(matrix_dot(v, sum(within[1:], within[0]), adjoint(v)), self._lower)]

    def R_op(self, inputs, eval_points):
        (x,), (r,) = inputs, eval_points
        if r is None or x.type.dtype in DISCRETE_DTYPES:
            return [None, None]
        w, v = self(x)
        turned = matrix_dot(adjoint(v), from_triangle(r, self._lower), v)
        along = ExtractDiag()(turned)
        if along.type.dtype != w.type.dtype:
            along = ew.FUNCTIONS["real"](along)
        return [along, dot(v, inverse_gaps(w) * turned)]

    @property
    def _lower(self) -> bool:
        return self.UPLO == "L"


def inverse_gaps(w: Any) -> Any:
    """Return the matrix of ``1 / (w[j] - w[i])``, with zeros on the diagonal."""
    ones = eye(w.shape[0], dtype=w.type.dtype)
    return (1 - ones) / (w.dimshuffle("x", 0) - w.dimshuffle(0, "x") + ones)


class EighGrad(GradientOp):
    """The gradient of :class:`Eigh`: ``x, eigenvalues, eigenvectors, theirs -> (n, n)``."""

    __props__ = ("UPLO",)
    ranks = (2, 1, 2, 1, 2)

    def __init__(self, UPLO: str = "L") -> None:
        self.UPLO = UPLO

    def gradients(self, inputs):
        x, w, v, g_w, g_v = inputs
        return Eigh(self.UPLO).L_op([x], [w, v], [g_w, g_v])


def eigh(a: Any, UPLO: str = "L") -> list[Any]:
    """Return the eigenvalues, rising, and the eigenvectors of a Hermitian matrix; see ``Eigh``."""
    return Eigh(UPLO)(a)


class QR(Op):
    """What ``QRFull`` and ``QRIncomplete`` share."""

    __props__: tuple[str, ...] = ("mode",)
    modes: tuple[str, ...] = ()

    def __init__(self, mode: str) -> None:
        if mode not in self.modes:
            raise usage_error(
                ValueError,
                "qr was asked for in a mode that it does not have",
                expected="'reduced', 'complete', 'r' or 'raw'",
                got=f"mode={mode!r}",
            )
        self.mode = mode

    def ranks(self) -> Any:
        """Return the number of dimensions of each result."""
        raise NotImplementedError

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "qr")
        dtype = precise_dtype(x.type.dtype)
        return Apply(self, [x], [TensorType(dtype, [False] * ndim)() for ndim in self.ranks()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        found = np.linalg.qr(x.astype(node.outputs[0].type.dtype), self.mode)
        for cell, value in zip(
            output_storage, found if isinstance(found, tuple) else [found], strict=True
        ):
            cell[0] = np.asarray(value)

    def lower(self, ctx, x):
        x = lax.convert_element_type(x, ctx.node.outputs[0].type.dtype)
        found = jnp.linalg.qr(x, mode=self.mode)
        return tuple(found) if isinstance(found, tuple) else found


class QRFull(QR):
    """Factors of a matrix, ``x == q @ r``: an orthonormal and an upper triangular one.

    ``(m, n) -> (m, k), (k, n)`` with ``k = min(m, n)``, or ``(m, m), (m, n)`` in mode
    ``"complete"``. Mode ``"raw"`` gives LAPACK's ``h`` of shape ``(n, m)`` and ``tau`` of ``(k,)``.
    Float dtypes are kept, integers give float64. Without derivative.
    """

    modes = ("reduced", "complete", "raw")

    def ranks(self) -> Any:
        """Return the number of dimensions of each result."""
        return (2, 1) if self.mode == "raw" else (2, 2)

    def infer_shape(self, node, shapes):
        m, n = shapes[0]
        k = shorter(m, n)
        if self.mode == "raw":
            return [(n, m), (k,)]
        return [(m, k), (k, n)] if self.mode == "reduced" else [(m, m), (m, n)]


class QRIncomplete(QR):
    """The upper triangular factor of :class:`QRFull` alone: ``(m, n) -> (min(m, n), n)``."""

    modes = ("r",)

    def ranks(self) -> Any:
        """Return the number of dimensions of each result."""
        return (2,)

    def infer_shape(self, node, shapes):
        m, n = shapes[0]
        return [(shorter(m, n), n)]


def qr(a: Any, mode: str = "reduced") -> Any:
    """Return the factors of a matrix, ``a == q @ r``, with orthonormal columns in ``q``.

    Parameters
    ----------
    a : matrix
        Of shape (m, n).
    mode : {"reduced", "complete", "r", "raw", "full", "economic"}
        With ``k = min(m, n)``, the result is ``q, r`` of shapes (m, k), (k, n); of shapes (m, m),
        (m, n); ``r`` alone, of shape (k, n); or LAPACK's ``h, tau`` of shapes (n, m), (k,).
        "full" is an earlier name of "reduced"; "economic" gives the transpose of ``h`` alone.

    Raises
    ------
    ValueError
        There is no such mode.
    """
    if mode == "economic":
        return transpose(QRFull("raw")(a)[0])
    mode = "reduced" if mode == "full" else mode
    return QRIncomplete(mode)(a) if mode == "r" else QRFull(mode)(a)


class SVD(Op):
    """Singular values and vectors, ``x == u @ diag(s) @ vt``: ``(m, n) -> (m, m), (k,), (n, n)``.

    ``k = min(m, n)``; the singular values are real and fall. Float dtypes are kept, integers give
    float64. Without derivative.

    Parameters
    ----------
    full_matrices : bool
        Where False, the vectors are of shapes (m, k) and (k, n).
    compute_uv : bool
        Where False, the singular values are the only result.

    Raises: TypeError for other ranks. NaN gives NaN, or LinAlgError on the host.
    """

    __props__ = ("full_matrices", "compute_uv")

    def __init__(self, full_matrices: bool = True, compute_uv: bool = True) -> None:
        self.full_matrices = bool(full_matrices)
        self.compute_uv = bool(compute_uv)

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "svd")
        dtype = precise_dtype(x.type.dtype)
        s = TensorType(real_dtype(dtype), [False])()
        if not self.compute_uv:
            return Apply(self, [x], [s])
        u, vt = (TensorType(dtype, [False, False])() for _ in range(2))
        return Apply(self, [x], [u, s, vt])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        x = x.astype(precise_dtype(x.dtype.name))
        found = np.linalg.svd(x, self.full_matrices, self.compute_uv)
        for cell, value in zip(output_storage, found if self.compute_uv else [found], strict=True):
            cell[0] = value

    def lower(self, ctx, x):
        x = lax.convert_element_type(x, precise_dtype(str(x.dtype)))
        found = jnp.linalg.svd(x, full_matrices=self.full_matrices, compute_uv=self.compute_uv)
        return tuple(found) if self.compute_uv else found

    def infer_shape(self, node, shapes):
        m, n = shapes[0]
        k = shorter(m, n)
        if not self.compute_uv:
            return [(k,)]
        return [(m, m), (k,), (n, n)] if self.full_matrices else [(m, k), (k,), (k, n)]


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Return ``u, s, vt`` with ``a == u @ diag(s) @ vt``, or ``s`` alone; see ``SVD``."""
    return SVD(full_matrices, compute_uv)(a)


def shorter(m: Any, n: Any) -> Any:
    """Return the smaller of two lengths."""
    return ew.FUNCTIONS["minimum"](as_tensor_variable(m), as_tensor_variable(n))


eig = Eig()
