"""Rounding of numbers."""

from __future__ import annotations

import numpy as np
from jax import lax

from theano.scalar.identity import zeros_like
from theano.scalar.op import FloatScalarOp, require_real

__all__ = ["ceil", "floor", "round_half_to_even", "trunc"]


class Rounding(FloatScalarOp):
    """A rounding; its gradient is zero."""

    def output_dtypes(self, *dtypes):
        require_real(self.name, *dtypes)
        return super().output_dtypes(*dtypes)

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(inputs[0])]


class Ceil(Rounding):
    """The smallest integer that is not below ``x``."""

    def impl(self, x):
        return np.ceil(x)

    def lower(self, ctx, x):
        return lax.ceil(x)


class Floor(Rounding):
    """The largest integer that is not above ``x``."""

    def impl(self, x):
        return np.floor(x)

    def lower(self, ctx, x):
        return lax.floor(x)


class Trunc(Rounding):
    """``x`` without its fraction."""

    def impl(self, x):
        return np.trunc(x)

    def lower(self, ctx, x):
        return lax.mul(lax.sign(x), lax.floor(lax.abs(x)))


class RoundHalfToEven(Rounding):
    """The nearest integer, the even one of two."""

    name = "round_half_to_even"

    def output_dtypes(self, *dtypes):
        if dtypes[0] not in ("float16", "float32", "float64"):
            raise TypeError(f"round_half_to_even is defined for real floats, not {dtypes[0]}")
        return dtypes

    def impl(self, x):
        return np.rint(x)

    def lower(self, ctx, x):
        return lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)


ceil = Ceil()
floor = Floor()
trunc = Trunc()
round_half_to_even = RoundHalfToEven()
