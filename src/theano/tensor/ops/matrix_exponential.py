"""The exponential of a matrix."""

from __future__ import annotations

from math import comb, perm
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops import scipy_linalg
from theano.tensor.ops.gradient_ops import GradientOp
from theano.tensor.ops.joining import concatenate
from theano.tensor.ops.matrices import (
    adjoint,
    all_finite,
    as_matrix,
    check_square,
    not_finite,
    precise_dtype,
)
from theano.tensor.type import TensorType

__all__ = ["Expm", "ExpmGrad", "expm"]

DEGREE = 13
REACH = 5.371920351148152
"""Up to which norm the approximant of this degree is exact to double precision (Higham, 2005)."""


def approximants(x: Any) -> tuple[Any, Any]:
    """Return the numerator and the denominator of the Padé approximant of ``exp(x)``, in JAX."""
    m = DEGREE
    c = [
        np.asarray(comb(m, k) * perm(2 * m - k, m - k) / perm(2 * m, m), x.dtype)
        for k in range(m + 1)
    ]
    one = jnp.eye(x.shape[0], dtype=x.dtype)
    x2 = lax.dot(x, x)
    x4 = lax.dot(x2, x2)
    x6 = lax.dot(x2, x4)

    def polynomial(c: Any) -> Any:
        low = c[0] * one + c[1] * x2 + c[2] * x4 + c[3] * x6
        return low + lax.dot(x6, c[4] * x2 + c[5] * x4 + c[6] * x6)

    even, odd = polynomial(c[0::2]), lax.dot(x, polynomial(c[1::2]))
    return even + odd, even - odd


class Expm(Op):
    """The exponential of a square matrix: ``(n, n) -> (n, n)``.

    Float dtypes are kept, integers give float64.

    Notes
    -----
    Compiled, by scaling and squaring a Padé approximant: Higham, SIAM J. Matrix Anal. Appl. 26(4),
    2005. Derivatives are a block of the exponential of a matrix of twice the size: Mathias, SIAM J.
    Matrix Anal. Appl. 17(3), 1996. So they hold for matrices without a basis of eigenvectors too.

    Raises: TypeError for other ranks; at run time LinAlgError for matrices that are not square,
    ValueError for NaN and infinity.
    """

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_matrix(x, "expm")
        return Apply(self, [x], [TensorType(precise_dtype(x.type.dtype), x.type.broadcastable)()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        check_square(node, x.shape)
        if not np.isfinite(x).all():
            raise not_finite(node)
        output_storage[0][0] = scipy_linalg.expm(x.astype(node.outputs[0].type.dtype))

    def lower(self, ctx, x):
        node = ctx.node
        check_square(node, x.shape)
        x = lax.convert_element_type(x, node.outputs[0].type.dtype)
        if x.size == 0:
            return x
        ctx.check(all_finite(x), np.int64(0), lambda _: not_finite(node))
        largest = jnp.abs(x).sum(axis=0).max()
        n_halvings = jnp.maximum(jnp.ceil(jnp.log2(largest / np.asarray(REACH, largest.dtype))), 0)
        over, under = approximants(x * jnp.exp2(-n_halvings).astype(x.dtype))
        z = jnp.linalg.solve(under, over)
        return lax.fori_loop(
            np.int32(0), n_halvings.astype("int32"), lambda _, power: lax.dot(power, power), z
        )

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        return [self._along(adjoint(x), g_z)]

    def R_op(self, inputs, eval_points):
        (x,), (r,) = inputs, eval_points
        if r is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        return [self._along(x, r)]

    def _along(self, x: Any, direction: Any) -> Any:
        """Return the derivative of the exponential of ``x`` in a direction."""
        n = x.shape[0]
        above = concatenate([x, direction], axis=1)
        below = concatenate([ew.zeros_like(x), x], axis=1)
        return self(concatenate([above, below], axis=0))[:n, n:]


class ExpmGrad(GradientOp):
    """The gradient of :class:`Expm`: ``x, that of the result -> (n, n)``."""

    ranks = (2, 2)

    def gradients(self, inputs):
        x, g_z = inputs
        return expm.L_op([x], [], [g_z])


expm = Expm()
