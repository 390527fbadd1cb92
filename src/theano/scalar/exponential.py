"""Exponentials, logarithms and the functions made of them, on numbers."""

from __future__ import annotations

import numpy as np
import scipy.special
from jax import lax
from jax import nn as jnn

from theano.scalar.op import FloatScalarOp

__all__ = ["exp", "expm1", "log", "log1p", "sigmoid", "softplus", "tanh"]


class Exp(FloatScalarOp):
    """``e ** x``."""

    def impl(self, x):
        return np.exp(x)

    def lower(self, ctx, x):
        return lax.exp(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * outputs[0]]


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


class Log1p(FloatScalarOp):
    """``log(1 + x)``, exact near zero."""

    def impl(self, x):
        return np.log1p(x)

    def lower(self, ctx, x):
        return lax.log1p(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] / (inputs[0] + np.int8(1))]


class Tanh(FloatScalarOp):
    """The hyperbolic tangent."""

    def impl(self, x):
        return np.tanh(x)

    def lower(self, ctx, x):
        return lax.tanh(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * (np.int8(1) - z * z)]


class Sigmoid(FloatScalarOp):
    """``1 / (1 + e ** -x)``."""

    def impl(self, x):
        return scipy.special.expit(x)

    def lower(self, ctx, x):
        return lax.logistic(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * z * (np.int8(1) - z)]


class Softplus(FloatScalarOp):
    """``log(1 + e ** x)``, without overflow."""

    def impl(self, x):
        return np.logaddexp(x, np.zeros((), x.dtype))

    def lower(self, ctx, x):
        return jnn.softplus(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * sigmoid(inputs[0])]


exp = Exp()
expm1 = Expm1()
log = Log()
log1p = Log1p()
tanh = Tanh()
sigmoid = Sigmoid()
softplus = Softplus()
