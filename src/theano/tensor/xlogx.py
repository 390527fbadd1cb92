"""``x log x`` and ``x log y``, zero where ``x`` is."""

from __future__ import annotations

import numpy as np
from jax import lax

from theano.scalar.comparison import eq, switch
from theano.scalar.exponential import log
from theano.scalar.op import BinaryFloatScalarOp, RealScalarOp
from theano.tensor.elemwise import Elemwise


class XlogX(RealScalarOp):
    """``x log x``, zero at zero; its derivative there is minus infinity."""

    def impl(self, x):
        return np.where(x == 0, x.dtype.type(0), x * np.log(x))

    def lower(self, ctx, x):
        zero = lax.full_like(x, 0)
        return lax.select(lax.eq(x, zero), zero, lax.mul(x, lax.log(x)))

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [g_z * (np.int8(1) + log(x))]


class XlogY0(BinaryFloatScalarOp):
    """``x log y``, zero where ``x`` is, whatever ``y``."""

    def impl(self, x, y):
        return np.where(x == 0, x.dtype.type(0), x * np.log(y))

    def lower(self, ctx, x, y):
        zero = lax.full_like(x, 0)
        return lax.select(lax.eq(x, zero), zero, lax.mul(x, lax.log(y)))

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (g_z,) = inputs, output_grads
        at_zero = eq(x, np.int8(0))
        safe = switch(at_zero, np.int8(1), y)
        return [g_z * log(y), switch(at_zero, np.int8(0), g_z * x / safe)]


xlogx = Elemwise(XlogX())
xlogy0 = Elemwise(XlogY0())

__all__ = ["XlogX", "XlogY0", "xlogx", "xlogy0"]
