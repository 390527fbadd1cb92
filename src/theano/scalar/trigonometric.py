"""Trigonometric functions of numbers, in radians."""

from __future__ import annotations

import numpy as np
from jax import lax

from theano.scalar.op import FloatScalarOp

__all__ = ["cos", "sin"]


class Sin(FloatScalarOp):
    """The sine."""

    def impl(self, x):
        return np.sin(x)

    def lower(self, ctx, x):
        return lax.sin(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * cos(inputs[0])]


class Cos(FloatScalarOp):
    """The cosine."""

    def impl(self, x):
        return np.cos(x)

    def lower(self, ctx, x):
        return lax.cos(x)

    def L_op(self, inputs, outputs, output_grads):
        return [-output_grads[0] * sin(inputs[0])]


sin = Sin()
cos = Cos()
