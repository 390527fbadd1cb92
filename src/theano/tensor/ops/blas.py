"""Products that are added to something, in the form in which BLAS has them.

Programs need not call them: XLA fuses ``b * z + a * dot(x, y)`` by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import InconsistencyError, usage_error
from theano.graph import Apply, Op
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.linear import BatchedDot, Dot
from theano.tensor.type import TensorType

__all__ = [
    "BatchedDot",
    "Dot22",
    "Dot22Scalar",
    "Gemm",
    "Gemv",
    "Ger",
    "batched_dot",
    "gemm",
    "gemm_inplace",
    "gemm_no_inplace",
    "gemv",
    "gemv_inplace",
    "gemv_no_inplace",
    "ger",
    "ger_destructive",
]


class BlasOp(Op):
    """What these ops share: inputs of given ranks and of one dtype.

    Raises: TypeError for other ranks, and for dtypes that differ or, where the op says so, are not
    real or complex; ValueError at run time where lengths do not fit.
    """

    ranks: tuple[int, ...]
    same_dtype: tuple[int, ...]
    continuous = True

    def inputs(self, given: Any) -> list[Any]:
        """Return what was given as variables, checked."""
        if len(given) != len(self.ranks):
            raise usage_error(
                TypeError,
                f"{self} was applied to another number of inputs",
                expected=str(len(self.ranks)),
                got=str(len(given)),
            )
        variables = [as_tensor_variable(v) for v in given]
        for i, (v, ndim) in enumerate(zip(variables, self.ranks, strict=True)):
            if v.type.ndim != ndim:
                raise usage_error(
                    TypeError,
                    f"{self} was given an input {i} of another rank",
                    expected=f"{ndim} dimensions",
                    got=v,
                )
        dtypes = {variables[i].type.dtype for i in self.same_dtype}
        if len(dtypes) > 1 or (self.continuous and not dtypes <= set(CONTINUOUS_DTYPES)):
            raise usage_error(
                TypeError,
                f"{self} was given inputs whose dtypes do not fit",
                expected="one dtype" + (", real or complex" if self.continuous else ""),
                got=", ".join(variables[i].type.dtype for i in self.same_dtype),
            )
        return variables

    def check_lengths(self, node: Apply, pairs: Any) -> None:
        """Raise ValueError unless the lengths in each pair agree."""
        for n, m in pairs:
            if n != m:
                raise usage_error(
                    ValueError,
                    f"{self} was given tensors whose lengths do not fit",
                    expected=f"a length of {int(n)}",
                    got=f"{int(m)}" + (f" at {node.source}" if node.source else ""),
                )

    def infer_shape(self, node, shapes):
        return [shapes[0]]


class Gemm(BlasOp):
    """``b z + a (x @ y)``: ``(m, n), (), (m, k), (k, n), () -> (m, n)``, one dtype.

    ``z`` is not read where ``b`` is zero. Without derivative, like all of these.

    Parameters
    ----------
    inplace : bool
        Whether the op overwrites ``z``.

    Raises: InconsistencyError where it would overwrite a factor.
    """

    __props__ = ("inplace",)
    ranks = (2, 0, 2, 2, 0)
    same_dtype = (0, 1, 2, 3, 4)

    def __init__(self, inplace: bool) -> None:
        self.inplace = inplace
        if inplace:
            self.destroy_map = {0: [0]}

    def make_node(self, *given: Any) -> Apply:
        z, a, x, y, b = self.inputs(given)
        if self.inplace and z in (x, y):
            raise usage_error(
                InconsistencyError,
                f"{self} was to overwrite one of its factors",
                got=z,
                fix="use gemm_no_inplace",
            )
        return Apply(self, [z, a, x, y, b], [z.type()])

    def _check(self, node: Apply, z: Any, x: Any, y: Any) -> None:
        pairs = (x.shape[1], y.shape[0]), (x.shape[0], z.shape[0]), (y.shape[1], z.shape[1])
        self.check_lengths(node, pairs)

    def perform(self, node, inputs, output_storage):
        z, a, x, y, b = inputs
        self._check(node, z, x, y)
        scaled = np.zeros_like(z) if b == 0 else b * z
        output_storage[0][0] = scaled + a * np.dot(x, y)

    def lower(self, ctx, z, a, x, y, b):
        self._check(ctx.node, z, x, y)
        return scaled_or_zero(b, z) + a * lax.dot(x, y)


class Gemv(BlasOp):
    """``beta y + alpha (A @ x)``: ``(m,), (), (m, n), (n,), () -> (m,)``.

    ``y``, ``A`` and ``x`` have one dtype, and the result has it too. ``y`` is not read where
    ``beta`` is zero.

    Parameters
    ----------
    inplace : bool
        Whether the op overwrites ``y``.
    """

    __props__ = ("inplace",)
    ranks = (1, 0, 2, 1, 0)
    same_dtype = (0, 2, 3)
    continuous = False

    def __init__(self, inplace: bool) -> None:
        self.inplace = inplace
        if inplace:
            self.destroy_map = {0: [0]}

    def make_node(self, *given: Any) -> Apply:
        variables = self.inputs(given)
        return Apply(self, variables, [variables[0].type()])

    def _check(self, node: Apply, y: Any, a: Any, x: Any) -> None:
        self.check_lengths(node, [(a.shape[0], y.shape[0]), (a.shape[1], x.shape[0])])

    def perform(self, node, inputs, output_storage):
        y, alpha, a, x, beta = inputs
        self._check(node, y, a, x)
        alpha, beta = (v.astype(y.dtype) for v in (alpha, beta))
        scaled = np.zeros_like(y) if beta == 0 else beta * y
        output_storage[0][0] = np.asarray(scaled + alpha * np.dot(a, x))

    def lower(self, ctx, y, alpha, a, x, beta):
        self._check(ctx.node, y, a, x)
        alpha, beta = (lax.convert_element_type(v, y.dtype) for v in (alpha, beta))
        return scaled_or_zero(beta, y) + alpha * lax.dot(a, x)


class Ger(BlasOp):
    """``A + alpha outer(x, y)``: ``(m, n), (), (m,), (n,) -> (m, n)``, one dtype.

    Parameters
    ----------
    destructive : bool
        Whether the op overwrites ``A``.
    """

    __props__ = ("destructive",)
    ranks = (2, 0, 1, 1)
    same_dtype = (0, 1, 2, 3)

    def __init__(self, destructive: bool) -> None:
        self.destructive = destructive
        if destructive:
            self.destroy_map = {0: [0]}

    def make_node(self, *given: Any) -> Apply:
        variables = self.inputs(given)
        return Apply(self, variables, [variables[0].type()])

    def _check(self, node: Apply, a: Any, x: Any, y: Any) -> None:
        self.check_lengths(node, zip(a.shape, (*x.shape, *y.shape), strict=True))

    def perform(self, node, inputs, output_storage):
        a, alpha, x, y = inputs
        self._check(node, a, x, y)
        output_storage[0][0] = a + alpha * np.outer(x, y)

    def lower(self, ctx, a, alpha, x, y):
        self._check(ctx.node, a, x, y)
        return a + alpha * jnp.outer(x, y)


class Dot22(Dot):
    """The product of two matrices of one dtype, real or complex: ``(m, k), (k, n) -> (m, n)``."""

    def make_node(self, x: Any, y: Any) -> Apply:
        node = super().make_node(x, y)
        dtypes = [v.type.dtype for v in node.inputs]
        ranks = [v.type.ndim for v in node.inputs]
        if ranks != [2, 2] or dtypes[0] != dtypes[1] or dtypes[0] not in CONTINUOUS_DTYPES:
            raise usage_error(
                TypeError,
                "Dot22 takes two matrices of one dtype, real or complex",
                got=", ".join(str(v.type) for v in node.inputs),
                fix="use theano.tensor.dot",
            )
        return node

    def __str__(self):
        return "Dot22"


class Dot22Scalar(BlasOp):
    """``a (x @ y)``: ``(m, k), (k, n), () -> (m, n)``, one dtype."""

    __props__ = ()
    ranks = (2, 2, 0)
    same_dtype = (0, 1, 2)

    def make_node(self, *given: Any) -> Apply:
        x, y, a = self.inputs(given)
        pattern = [x.type.broadcastable[0], y.type.broadcastable[1]]
        return Apply(self, [x, y, a], [TensorType(x.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        x, y, a = inputs
        self.check_lengths(node, [(x.shape[1], y.shape[0])])
        output_storage[0][0] = np.asarray(a * np.dot(x, y))

    def lower(self, ctx, x, y, a):
        self.check_lengths(ctx.node, [(x.shape[1], y.shape[0])])
        return a * lax.dot(x, y)

    def infer_shape(self, node, shapes):
        return [(shapes[0][0], shapes[1][1])]


def scaled_or_zero(factor: Any, x: Any) -> Any:
    """Return ``factor * x`` as a JAX array, zero for a factor of zero whatever ``x`` holds."""
    zero = np.zeros((), x.dtype)
    return jnp.where(lax.eq(factor, zero), zero, factor * x)


gemm_inplace, gemm_no_inplace = Gemm(inplace=True), Gemm(inplace=False)
gemv_inplace, gemv_no_inplace = Gemv(inplace=True), Gemv(inplace=False)
ger, ger_destructive = Ger(destructive=False), Ger(destructive=True)
gemm, gemv = gemm_no_inplace, gemv_no_inplace
batched_dot = BatchedDot()
_dot22, _dot22scalar = Dot22(), Dot22Scalar()
