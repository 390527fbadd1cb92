"""Exponentials, logarithms and the functions made of them, on numbers."""

from __future__ import annotations

import math

import numpy as np
from jax import lax
from jax import nn as jnn
from jax import numpy as jnp

from theano.scalar import digits, scipy_special
from theano.scalar.op import FloatScalarOp, RealScalarOp
from theano.scalar.passing import number_like

__all__ = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sigmoid",
    "softplus",
]


class Exp(FloatScalarOp):
    """``e ** x``."""

    def impl(self, x):
        return np.exp(x)

    def lower(self, ctx, x):
        return lax.exp(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * outputs[0]]


class Exp2(FloatScalarOp):
    """``2 ** x``."""

    def impl(self, x):
        return np.exp2(x)

    def lower(self, ctx, x):
        return jnp.exp2(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * z * number_like(math.log(2), z)]


class Expm1(FloatScalarOp):
    """``e ** x - 1``, exact near zero."""

    def impl(self, x):
        return np.expm1(x)

    def lower(self, ctx, x):
        return lax.expm1(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * exp(inputs[0])]


class Log(FloatScalarOp):
    """The natural logarithm."""

    def impl(self, x):
        return np.log(x)

    def lower(self, ctx, x):
        return lax.log(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] / inputs[0]]


class Log2(FloatScalarOp):
    """The logarithm to base 2."""

    def impl(self, x):
        return np.log2(x)

    def lower(self, ctx, x):
        return jnp.log2(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [g_z / (x * number_like(math.log(2), x))]


class Log10(FloatScalarOp):
    """The logarithm to base 10."""

    def impl(self, x):
        return np.log10(x)

    def lower(self, ctx, x):
        return jnp.log10(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [g_z / (x * number_like(math.log(10), x))]


class Log1p(FloatScalarOp):
    """``log(1 + x)``, exact near zero."""

    def impl(self, x):
        return np.log1p(x)

    def lower(self, ctx, x):
        return digits.log1p(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] / (inputs[0] + np.int8(1))]


class Sigmoid(RealScalarOp):
    """``1 / (1 + e ** -x)``."""

    def impl(self, x):
        return scipy_special.expit(x)

    def lower(self, ctx, x):
        return lax.logistic(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * z * (np.int8(1) - z)]


class Softplus(RealScalarOp):
    """``log(1 + e ** x)``, without overflow."""

    def impl(self, x):
        return np.logaddexp(x, np.zeros((), x.dtype))

    def lower(self, ctx, x):
        return jnn.softplus(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * sigmoid(inputs[0])]


exp = Exp()
exp2 = Exp2()
expm1 = Expm1()
log = Log()
log2 = Log2()
log10 = Log10()
log1p = Log1p()
sigmoid = Sigmoid()
softplus = Softplus()
