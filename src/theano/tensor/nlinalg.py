"""Linear algebra as NumPy has it: inverses, determinants, factorizations, norms."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops import reduction
from theano.tensor.ops.diagonals import AllocDiag as AllocAnyDiag
from theano.tensor.ops.diagonals import ExtractDiag, trace
from theano.tensor.ops.factorizations import (
    SVD,
    Eig,
    Eigh,
    EighGrad,
    QRFull,
    QRIncomplete,
    eig,
    eigh,
    qr,
    svd,
)
from theano.tensor.ops.inverses import (
    Det,
    MatrixInverse,
    MatrixPinv,
    TensorInv,
    det,
    matrix_dot,
    matrix_inverse,
    pinv,
    tensorinv,
)
from theano.tensor.ops.linear import dot
from theano.tensor.ops.solving import TensorSolve, lstsq, tensorsolve
from theano.tensor.ops.triangles import identity_like

__all__ = [
    "SVD",
    "AllocDiag",
    "Det",
    "Eig",
    "Eigh",
    "EighGrad",
    "ExtractDiag",
    "MatrixInverse",
    "MatrixPinv",
    "QRFull",
    "QRIncomplete",
    "TensorInv",
    "TensorSolve",
    "alloc_diag",
    "det",
    "diag",
    "eig",
    "eigh",
    "extract_diag",
    "lstsq",
    "matrix_dot",
    "matrix_inverse",
    "matrix_power",
    "norm",
    "pinv",
    "qr",
    "svd",
    "tensorinv",
    "tensorsolve",
    "trace",
]


class AllocDiag(AllocAnyDiag):
    """A square matrix of zeros around a diagonal: ``(n,) -> (n, n)``.

    Raises: TypeError for anything but a vector.
    """

    def make_node(self, d: Any) -> Apply:
        d = as_tensor_variable(d)
        if d.type.ndim != 1:
            raise usage_error(TypeError, "alloc_diag takes a vector", got=d)
        return super().make_node(d)


alloc_diag = AllocDiag()
extract_diag = ExtractDiag()


def diag(x: Any) -> Any:
    """Return a matrix around a vector as its diagonal, or the diagonal of a matrix.

    Raises
    ------
    TypeError
        ``x`` is neither.
    """
    x = as_tensor_variable(x)
    if x.type.ndim not in (1, 2):
        raise usage_error(TypeError, "diag takes a vector or a matrix", got=x)
    return (alloc_diag if x.type.ndim == 1 else extract_diag)(x)


def matrix_power(M: Any, n: int) -> Any:
    """Return a square matrix to an integer power; the inverse is taken for a negative one.

    Raises
    ------
    TypeError
        ``n`` is no integer that is known when the graph is built.
    """
    M, n = as_tensor_variable(M), operator.index(n)
    if n < 0:
        M, n = matrix_inverse(M), -n
    if n == 0:
        return identity_like(M)
    # The bits of n from the second on: square for each, and multiply where it is set.
    result = M
    for bit in f"{n:b}"[1:]:
        result = dot(result, result)
        if bit == "1":
            result = dot(result, M)
    return result


def norm(x: Any, ord: Any) -> Any:
    """Return a norm of a vector or a matrix.

    Parameters
    ----------
    x : vector or matrix
    ord : None, "fro", "inf", "-inf", or number
        None is the root of the sum of squares, as is "fro" for matrices. Infinity can be given as a
        number too. A vector takes any other number, where 0 counts what is not zero; a matrix takes
        1 and -1, the largest and smallest sum of a column.

    Raises
    ------
    ValueError
        There is no such norm, or ``x`` is a scalar.
    NotImplementedError
        ``x`` has more than two dimensions.
    """
    x = as_tensor_variable(x)
    if x.type.ndim > 2:
        raise usage_error(NotImplementedError, "norm takes a vector or a matrix", got=x)
    infinite = {np.inf: "inf", -np.inf: "-inf"}
    ord = infinite.get(ord, ord) if isinstance(ord, float) else ord
    of_vector = x.type.ndim == 1
    absolute = ew.FUNCTIONS["abs_"](x)
    if x.type.ndim and (ord is None or (ord == "fro" and not of_vector)):
        return reduction.sum(absolute**2) ** 0.5
    if of_vector and ord in ("inf", "-inf"):
        return (reduction.max if ord == "inf" else reduction.min)(absolute)
    if x.type.ndim == 2 and ord in ("inf", "-inf", 1, -1):
        sums = reduction.sum(absolute, axis=0 if ord in (1, -1) else 1)
        return (reduction.max if ord in ("inf", 1) else reduction.min)(sums)
    if of_vector and isinstance(ord, (int, float, np.number)):
        if ord == 0:
            return reduction.sum(ew.FUNCTIONS["neq"](x, 0))
        return reduction.sum(absolute**ord) ** (1.0 / ord)
    raise usage_error(
        ValueError,
        "norm was asked for one that there is not",
        expected="None, 'inf', '-inf' or a number for a vector; None, 'fro', 'inf', '-inf', 1 or -1"
        " for a matrix",
        got=f"ord={ord!r} of {x.type}",
    )
