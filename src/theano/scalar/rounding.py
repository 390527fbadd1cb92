"""Rounding of numbers."""

from __future__ import annotations

import numpy as np
from jax import lax

from theano.scalar.op import RealScalarOp
from theano.scalar.passing import zeros_like
from theano.scalar.type import FLOAT_DTYPES

__all__ = ["ceil", "floor", "round_half_away_from_zero", "round_half_to_even", "trunc"]


class Rounding(RealScalarOp):
    """A rounding; its gradient is zero."""

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


class RoundToNearest(Rounding):
    """A rounding to the nearest integer."""

    def output_dtypes(self, *dtypes):
        if dtypes[0] not in FLOAT_DTYPES:
            raise TypeError(f"{self.name} is defined for real floats, not {dtypes[0]}")
        return dtypes


class RoundHalfToEven(RoundToNearest):
    """The nearest integer, the even one of two."""

    name = "round_half_to_even"

    def impl(self, x):
        return np.rint(x)

    def lower(self, ctx, x):
        return lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)


class RoundHalfAwayFromZero(RoundToNearest):
    """The nearest integer, the one farther from zero of two."""

    name = "round_half_away_from_zero"

    def impl(self, x):
        whole = np.trunc(x)
        return np.where(np.abs(x - whole) >= np.float16(0.5), whole + np.sign(x), whole)

    def lower(self, ctx, x):
        return lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO)


ceil = Ceil()
floor = Floor()
trunc = Trunc()
round_half_to_even = RoundHalfToEven()
round_half_away_from_zero = RoundHalfAwayFromZero()
