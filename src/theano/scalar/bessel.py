"""Bessel functions of real numbers. SciPy is the reference.

XLA knows only the modified ones of orders 0 and 1; programs with the others are split there.
"""

from __future__ import annotations

import numpy as np
from jax import lax

from theano.graph.null_type import NullType
from theano.scalar import scipy_special
from theano.scalar.comparison import eq, switch
from theano.scalar.op import BinaryFloatScalarOp, RealScalarOp
from theano.scalar.passing import number_like

__all__ = ["i0", "i1", "iv", "j0", "j1", "jv"]


def over_argument(z, x):
    """Return ``z / x`` for a function of order 1, which is 1/2 at zero."""
    at_zero = eq(x, np.int8(0))
    return switch(at_zero, number_like(0.5, z), z / switch(at_zero, np.int8(1), x))


class J0(RealScalarOp):
    """The Bessel function of the first kind, order 0."""

    vectorized = True

    def impl(self, x):
        return scipy_special.j0(x)

    def L_op(self, inputs, outputs, output_grads):
        return [-output_grads[0] * j1(inputs[0])]


class J1(RealScalarOp):
    """The Bessel function of the first kind, order 1."""

    vectorized = True

    def impl(self, x):
        return scipy_special.j1(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        return [g_z * (j0(x) - over_argument(z, x))]


class I0(RealScalarOp):
    """The modified Bessel function of the first kind, order 0."""

    def impl(self, x):
        return scipy_special.i0(x)

    def lower(self, ctx, x):
        return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i0e(x))

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * i1(inputs[0])]


class I1(RealScalarOp):
    """The modified Bessel function of the first kind, order 1."""

    def impl(self, x):
        return scipy_special.i1(x)

    def lower(self, ctx, x):
        return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i1e(x))

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        return [g_z * (i0(x) - over_argument(z, x))]


class AnyOrder(BinaryFloatScalarOp):
    """A Bessel function of real order ``v``; its derivative by ``v`` is not implemented."""

    vectorized = True
    sign = 1

    def L_op(self, inputs, outputs, output_grads):
        (v, x), (g_z,) = inputs, output_grads
        below, above = self(v - np.int8(1), x), self(v + np.int8(1), x)
        slope = below + above if self.sign > 0 else below - above
        g_v = NullType(f"the derivative of {self.name} with respect to v is not implemented")()
        return [g_v, g_z * slope * np.float16(0.5)]


class Jv(AnyOrder):
    """The Bessel function of the first kind, ``jv(v, x)``."""

    vectorized = True
    sign = -1

    def impl(self, v, x):
        return scipy_special.jv(v, x)


class Iv(AnyOrder):
    """The modified Bessel function of the first kind, ``iv(v, x)``."""

    vectorized = True

    def impl(self, v, x):
        return scipy_special.iv(v, x)


j0 = J0()
j1 = J1()
i0 = I0()
i1 = I1()
jv = Jv()
iv = Iv()
