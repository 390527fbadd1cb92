"""Trigonometric and hyperbolic functions of numbers, and their inverses. Angles are in radians."""

from __future__ import annotations

import math

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.scalar.arithmetic import sqr, sqrt
from theano.scalar.op import BinaryFloatScalarOp, FloatScalarOp
from theano.scalar.passing import number_like

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cos",
    "cosh",
    "deg2rad",
    "rad2deg",
    "sin",
    "sinh",
    "tan",
    "tanh",
]

ONE = np.int8(1)


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


class Tan(FloatScalarOp):
    """The tangent."""

    def impl(self, x):
        return np.tan(x)

    def lower(self, ctx, x):
        return lax.tan(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * (ONE + sqr(outputs[0]))]


class ArcSin(FloatScalarOp):
    """The inverse sine, between -π/2 and π/2; NaN outside [-1, 1]."""

    def impl(self, x):
        return np.arcsin(x)

    def lower(self, ctx, x):
        return lax.asin(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] / sqrt(ONE - sqr(inputs[0]))]


class ArcCos(FloatScalarOp):
    """The inverse cosine, between 0 and π; NaN outside [-1, 1]."""

    def impl(self, x):
        return np.arccos(x)

    def lower(self, ctx, x):
        return lax.acos(x)

    def L_op(self, inputs, outputs, output_grads):
        return [-output_grads[0] / sqrt(ONE - sqr(inputs[0]))]


class ArcTan(FloatScalarOp):
    """The inverse tangent, between -π/2 and π/2."""

    def impl(self, x):
        return np.arctan(x)

    def lower(self, ctx, x):
        return lax.atan(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] / (ONE + sqr(inputs[0]))]


class ArcTan2(BinaryFloatScalarOp):
    """The angle of the point ``(y, x)``, from ``arctan2(x, y)``: between -π and π."""

    def impl(self, x, y):
        return np.arctan2(x, y)

    def lower(self, ctx, x, y):
        return lax.atan2(x, y)

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (g_z,) = inputs, output_grads
        scaled = g_z / (sqr(x) + sqr(y))
        return [scaled * y, -scaled * x]


class Sinh(FloatScalarOp):
    """The hyperbolic sine."""

    def impl(self, x):
        return np.sinh(x)

    def lower(self, ctx, x):
        return lax.sinh(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * cosh(inputs[0])]


class Cosh(FloatScalarOp):
    """The hyperbolic cosine."""

    def impl(self, x):
        return np.cosh(x)

    def lower(self, ctx, x):
        return lax.cosh(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * sinh(inputs[0])]


class Tanh(FloatScalarOp):
    """The hyperbolic tangent."""

    def impl(self, x):
        return np.tanh(x)

    def lower(self, ctx, x):
        return lax.tanh(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * (ONE - sqr(z))]


class ArcSinh(FloatScalarOp):
    """The inverse hyperbolic sine."""

    def impl(self, x):
        return np.arcsinh(x)

    def lower(self, ctx, x):
        return lax.asinh(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] / sqrt(sqr(inputs[0]) + ONE)]


class ArcCosh(FloatScalarOp):
    """The inverse hyperbolic cosine; NaN below 1."""

    def impl(self, x):
        return np.arccosh(x)

    def lower(self, ctx, x):
        return lax.acosh(x)

    def L_op(self, inputs, outputs, output_grads):
        # Two roots, not one of the product: those lie on the right branch for complex numbers.
        (x,), (g_z,) = inputs, output_grads
        return [g_z / (sqrt(x - ONE) * sqrt(x + ONE))]


class ArcTanh(FloatScalarOp):
    """The inverse hyperbolic tangent; NaN outside [-1, 1]."""

    def impl(self, x):
        return np.arctanh(x)

    def lower(self, ctx, x):
        return lax.atanh(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] / (ONE - sqr(inputs[0]))]


class Scaling(FloatScalarOp):
    """A change of the unit of an angle."""

    factor: float

    def impl(self, x):
        return x * np.asarray(self.factor, x.dtype)

    def lower(self, ctx, x):
        return lax.mul(x, jnp.full_like(x, self.factor))

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        return [g_z * number_like(self.factor, g_z)]


class Deg2Rad(Scaling):
    """An angle in degrees, in radians."""

    factor = math.pi / 180


class Rad2Deg(Scaling):
    """An angle in radians, in degrees."""

    factor = 180 / math.pi


sin = Sin()
cos = Cos()
tan = Tan()
arcsin = ArcSin()
arccos = ArcCos()
arctan = ArcTan()
arctan2 = ArcTan2()
sinh = Sinh()
cosh = Cosh()
tanh = Tanh()
arcsinh = ArcSinh()
arccosh = ArcCosh()
arctanh = ArcTanh()
deg2rad = Deg2Rad()
rad2deg = Rad2Deg()
