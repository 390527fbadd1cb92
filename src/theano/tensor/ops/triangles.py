"""Matrices of ones and zeros, by where an element lies: ``eye``, ``tri``, ``tril``, ``triu``."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.errors import usage_error
from theano.graph import Apply
from theano.graph.op import DisconnectedOp
from theano.options import config
from theano.scalar.passing import converted
from theano.scalar.type import check_dtype
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.sizes import ShapeI, as_size
from theano.tensor.type import TensorType

__all__ = ["Eye", "Tri", "eye", "identity_like", "tri", "tril", "triu"]


class PatternMatrix(DisconnectedOp):
    """A matrix that is one where its column less its row compares with ``k``: ``n, m, k``.

    Parameters
    ----------
    dtype : str
    """

    __props__ = ("dtype",)
    compare: Any
    """NumPy's and JAX's comparison of that difference with ``k``."""

    def __init__(self, dtype: Any = None) -> None:
        floating = dtype is None or dtype == "floatX"
        self.dtype = config.floatX if floating else check_dtype(dtype)

    def make_node(self, n: Any, m: Any, k: Any) -> Apply:
        numbers = [as_size(number, type(self).__name__.lower()) for number in (n, m, k)]
        return Apply(self, numbers, [TensorType(self.dtype, [False, False])()])

    def lengths(self, n: Any, m: Any) -> tuple[int, int]:
        """Return the shape of the matrix.

        Raises
        ------
        ValueError
            A length is negative.
        """
        if min(int(n), int(m)) < 0:
            raise usage_error(
                ValueError,
                f"{type(self).__name__.lower()} was asked for a matrix of negative length",
                expected="lengths from 0",
                got=f"shape {(int(n), int(m))}",
            )
        return int(n), int(m)

    def static_inputs(self, node):
        return (0, 1)

    def perform(self, node, inputs, output_storage):
        n, m, k = inputs
        n, m = self.lengths(n, m)
        offsets = np.arange(m) - np.arange(n)[:, None]
        output_storage[0][0] = self.compare(offsets, k).astype(self.dtype)

    def lower(self, ctx, n, m, k):
        shape = self.lengths(ctx.static(0), ctx.static(1))
        offsets = lax.broadcasted_iota("int64", shape, 1) - lax.broadcasted_iota("int64", shape, 0)
        return converted(self.compare(offsets, k), self.dtype)

    def infer_shape(self, node, shapes):
        return [tuple(node.inputs[:2])]


class Eye(PatternMatrix):
    """Ones on the ``k``-th diagonal, zeros elsewhere: three integers ``-> (n, m)``."""

    @staticmethod
    def compare(offsets: Any, k: Any) -> Any:
        """Return where the ones are."""
        return offsets == k


class Tri(PatternMatrix):
    """Ones on and below the ``k``-th diagonal, zeros above: three integers ``-> (n, m)``.

    As in NumPy, a negative length is taken as 0.
    """

    @staticmethod
    def compare(offsets: Any, k: Any) -> Any:
        """Return where the ones are."""
        return offsets <= k

    def lengths(self, n: Any, m: Any) -> tuple[int, int]:
        """Return the shape of the matrix."""
        return max(int(n), 0), max(int(m), 0)

    def infer_shape(self, node, shapes):
        return [tuple(ew.FUNCTIONS["maximum"](n, np.int64(0)) for n in node.inputs[:2])]


def eye(n: Any, m: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Return ones on the ``k``-th diagonal of a matrix and zeros elsewhere.

    Parameters
    ----------
    n, m : int or integer scalar
        Numbers of rows and of columns, by default as many.
    k : int or integer scalar
        0 for the main diagonal, positive above it.
    dtype : str, optional
        By default ``floatX``.

    Raises
    ------
    TypeError
        A number is no integer.
    ValueError
        At run time, a length is negative.
    """
    return Eye(dtype)(n, n if m is None else m, k)


def identity_like(x: Any) -> Any:
    """Return ones on the main diagonal of a matrix of the shape and dtype of ``x``.

    Raises
    ------
    TypeError
        ``x`` is no matrix.
    """
    x = as_tensor_variable(x)
    if x.type.ndim != 2:
        raise usage_error(TypeError, "identity_like takes a matrix", got=x)
    return eye(ShapeI(0)(x), ShapeI(1)(x), dtype=x.type.dtype)


def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Return ones on and below the ``k``-th diagonal of a matrix and zeros above.

    Parameters
    ----------
    N, M : int or integer scalar
        Numbers of rows and of columns, by default as many.
    k : int or integer scalar
        0 for the main diagonal, positive above it.
    dtype : str, optional
        By default ``floatX``.

    Raises
    ------
    TypeError
        A number is no integer.
    """
    return Tri(dtype)(N, N if M is None else M, k)


def tril(m: Any, k: Any = 0) -> Any:
    """Return a matrix with what lies above its ``k``-th diagonal times zero.

    As in Theano it is a product, so that NaN stays NaN.

    Raises
    ------
    TypeError
        ``m`` is no matrix.
    """
    m = as_matrix(m, "tril")
    return m * tri(*lengths_and(m, k), dtype=m.type.dtype)


def triu(m: Any, k: Any = 0) -> Any:
    """Return a matrix with what lies below its ``k``-th diagonal times zero.

    As in Theano it is a product, so that NaN stays NaN.

    Raises
    ------
    TypeError
        ``m`` is no matrix.
    """
    m = as_matrix(m, "triu")
    below = tri(*lengths_and(m, as_size(k, "triu") - 1), dtype=m.type.dtype)
    return m * (as_tensor_variable(np.int8(1)) - below)


def lengths_and(m: Any, k: Any) -> tuple[Any, Any, Any]:
    """Return the arguments of ``tri`` for the shape of ``m``."""
    return ShapeI(0)(m), ShapeI(1)(m), k


def as_matrix(m: Any, what: str) -> Any:
    """Return a tensor of two dimensions.

    Raises
    ------
    TypeError
        It has another number.
    """
    m = as_tensor_variable(m)
    if m.type.ndim != 2:
        raise usage_error(TypeError, f"{what} takes a matrix", expected="2 dimensions", got=m)
    return m
