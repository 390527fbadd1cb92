"""Complex numbers: their parts, and numbers made of parts.

The gradient of a real cost with respect to a complex ``x`` is ``d/d re(x) + i d/d im(x)``.
"""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.scalar.arithmetic import sqr
from theano.scalar.op import BinaryScalarOp, UnaryScalarOp, require_real
from theano.scalar.passing import is_complex, is_discrete, zeros_like
from theano.scalar.trigonometric import cos, sin
from theano.scalar.type import upcast

__all__ = ["angle", "complex", "complex_from_polar", "conj", "imag", "real"]

REAL_DTYPES = {"complex64": "float32", "complex128": "float64"}


class Part(UnaryScalarOp):
    """A part of a complex number, in the real dtype of its precision."""

    def output_dtypes(self, *dtypes):
        return (REAL_DTYPES.get(dtypes[0], dtypes[0]),)

    def compute_dtypes(self, *dtypes):
        return dtypes


class Real(Part):
    """The real part; a real number itself."""

    def impl(self, x):
        return np.real(x)

    def lower(self, ctx, x):
        return lax.real(x) if jnp.iscomplexobj(x) else x

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        return [zeros_like(inputs[0]) if is_discrete(outputs[0]) else g_z]


class Imag(Part):
    """The imaginary part; zero for a real number."""

    def impl(self, x):
        return np.imag(x)

    def lower(self, ctx, x):
        return lax.imag(x) if jnp.iscomplexobj(x) else lax.full_like(x, 0)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [complex(zeros_like(g_z), g_z) if is_complex(x) else zeros_like(x)]


class Angle(UnaryScalarOp):
    """The angle of a complex number, in radians; float64."""

    def output_dtypes(self, *dtypes):
        return ("float64",)

    def compute_dtypes(self, *dtypes):
        return ("complex128" if dtypes[0] in REAL_DTYPES else "float64",)

    def impl(self, x):
        return np.angle(x)

    def lower(self, ctx, x):
        return lax.atan2(lax.imag(x), lax.real(x)) if jnp.iscomplexobj(x) else jnp.angle(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        if not is_complex(x):
            return [zeros_like(x)]
        re, im = real(x), imag(x)
        scaled = g_z / (sqr(re) + sqr(im))
        return [complex(-scaled * im, scaled * re)]


class Conj(UnaryScalarOp):
    """The complex conjugate; a real number itself, a boolean as an int8."""

    def output_dtypes(self, *dtypes):
        return ("int8" if dtypes[0] == "bool" else dtypes[0],)

    def impl(self, x):
        return np.conjugate(x)

    def lower(self, ctx, x):
        return lax.conj(x) if jnp.iscomplexobj(x) else x

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        return [zeros_like(inputs[0]) if is_discrete(outputs[0]) else conj(g_z)]


class FromParts(BinaryScalarOp):
    """A complex number made of two real ones."""

    def output_dtypes(self, *dtypes):
        require_real(self.name, *dtypes)
        return (upcast(upcast(*dtypes), "complex64"),)

    def compute_dtypes(self, *dtypes):
        (out,) = self.output_dtypes(*dtypes)
        return (REAL_DTYPES[out],) * 2


class Complex(FromParts):
    """``x + i y``."""

    def impl(self, x, y):
        out = np.empty(np.broadcast(x, y).shape, upcast(x.dtype.name, "complex64"))
        # Not by arithmetic: an infinite or NaN part leaves the other one alone.
        out.real, out.imag = x, y
        return out

    def lower(self, ctx, x, y):
        return lax.complex(x, y)

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        return [real(g_z), imag(g_z)]


class ComplexFromPolar(FromParts):
    """``x e ** (i y)``: a number from its absolute value and its angle in radians."""

    name = "complex_from_polar"

    def impl(self, x, y):
        return complex.impl(x * np.cos(y), x * np.sin(y))

    def lower(self, ctx, x, y):
        return lax.complex(lax.mul(x, lax.cos(y)), lax.mul(x, lax.sin(y)))

    def L_op(self, inputs, outputs, output_grads):
        (_, y), (z,), (g_z,) = inputs, outputs, output_grads
        g_re, g_im = real(g_z), imag(g_z)
        return [g_re * cos(y) + g_im * sin(y), g_im * real(z) - g_re * imag(z)]


real = Real()
imag = Imag()
angle = Angle()
conj = Conj()
complex = Complex()
complex_from_polar = ComplexFromPolar()
