"""Error functions, gamma functions and their relatives, on numbers. SciPy is the reference."""

from __future__ import annotations

import math

import numpy as np
from jax import lax
from jax import scipy as jsp

from theano.errors import NeedsPerform
from theano.graph.null_type import NullType
from theano.scalar import digits, scipy_special
from theano.scalar.arithmetic import abs_, minimum, reciprocal, sqr
from theano.scalar.comparison import gt, isinf, switch
from theano.scalar.exponential import exp, log
from theano.scalar.op import BinaryFloatScalarOp, FloatScalarOp, RealScalarOp, require_real
from theano.scalar.passing import number_like

__all__ = [
    "chi2sf",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammal",
    "gammaln",
    "gammau",
    "psi",
    "tri_gamma",
]


class EntireFunction(FloatScalarOp):
    """A function that SciPy knows for complex numbers too, and XLA only for real ones."""

    def lower(self, ctx, x):
        if x.dtype.kind == "c":
            raise NeedsPerform(f"XLA has no {self.name} of complex numbers")
        return self.lower_real(x)

    def lower_real(self, x):
        """Return the value for a real ``x`` in JAX."""
        raise NotImplementedError


class Erf(EntireFunction):
    """The error function, ``2 / √π`` times the integral of ``e ** -t²`` from 0 to ``x``."""

    def impl(self, x):
        return scipy_special.erf(x)

    def lower_real(self, x):
        return lax.erf(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [g_z * number_like(2 / math.sqrt(math.pi), x) * exp(-sqr(x))]


class Erfc(RealScalarOp):
    """``1 - erf(x)``, exact where that is small."""

    def impl(self, x):
        return scipy_special.erfc(x)

    def lower(self, ctx, x):
        return digits.erfc(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [-g_z * number_like(2 / math.sqrt(math.pi), x) * exp(-sqr(x))]


class Erfcx(RealScalarOp):
    """``e ** x² erfc(x)``, which neither overflows nor vanishes for large ``x``."""

    def impl(self, x):
        return scipy_special.erfcx(x)

    def lower(self, ctx, x):
        return digits.erfcx(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        near = np.int8(2) * x * z - number_like(2 / math.sqrt(math.pi), x)
        # Far out the two cancel: the derivative of the asymptotic series, term by term.
        is_far = gt(x, np.int8(20))
        u = sqr(reciprocal(switch(is_far, x, np.int8(20))))
        series = number_like(1, x)
        for odd in range(19, 1, -2):
            series = np.int8(1) - number_like(odd / 2, x) * u * series
        far = -u * series * number_like(1 / math.sqrt(math.pi), x)
        return [g_z * switch(is_far, far, near)]


class Erfinv(RealScalarOp):
    """The inverse of ``erf``, for ``x`` between -1 and 1."""

    def impl(self, x):
        return scipy_special.erfinv(x)

    def lower(self, ctx, x):
        return digits.erfinv(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * number_like(math.sqrt(math.pi) / 2, z) * exp(sqr(z))]


class Erfcinv(RealScalarOp):
    """The inverse of ``erfc``, for ``x`` between 0 and 2."""

    def impl(self, x):
        return scipy_special.erfcinv(x)

    def lower(self, ctx, x):
        return digits.erfcinv(x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        # e ** z² without the square, which would cost digits; the tail is erfc(|z|).
        tail = minimum(x, np.int8(2) - x)
        power = switch(isinf(z), abs_(z), erfcx(abs_(z)) / tail)
        return [-g_z * number_like(math.sqrt(math.pi) / 2, z) * power]


# Of float32 too little is left where a result is the exponential of a logarithm that is large.
gamma_of = digits.through_float64(lambda x: jsp.special.gamma(x))  # loaded when it is used
igamma = digits.incomplete_gamma(lax.igamma, upper=False)
igammac = digits.incomplete_gamma(lax.igammac, upper=True)


class Gamma(EntireFunction):
    """The gamma function, which continues the factorial: ``gamma(n + 1) = n!``."""

    def impl(self, x):
        return scipy_special.gamma(x)

    def lower_real(self, x):
        return gamma_of(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * outputs[0] * psi(inputs[0])]


class GammaLn(RealScalarOp):
    """``log |gamma(x)|``; infinite at both ends."""

    def impl(self, x):
        return np.where(np.isinf(x), np.abs(x), scipy_special.gammaln(x))

    def lower(self, ctx, x):
        return digits.gammaln(x)

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * psi(inputs[0])]


class Psi(EntireFunction):
    """The digamma function, the derivative of ``log gamma``."""

    def impl(self, x):
        return scipy_special.psi(x)

    def lower_real(self, x):
        pole = lax.div(lax.full_like(x, -1), x)
        return lax.select(lax.eq(x, lax.full_like(x, 0)), pole, lax.digamma(x))

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * tri_gamma(inputs[0])]


class TriGamma(RealScalarOp):
    """The derivative of ``psi``; its own is not implemented."""

    name = "tri_gamma"

    def impl(self, x):
        return scipy_special.polygamma(1, x)

    def lower(self, ctx, x):
        infinity = lax.full_like(x, np.inf)
        return lax.select(lax.eq(x, -infinity), infinity, digits.tri_gamma(x))


class IncompleteGamma(BinaryFloatScalarOp):
    """A regularised incomplete gamma function; its derivative by ``k`` is not implemented."""

    sign = 1

    def L_op(self, inputs, outputs, output_grads):
        (k, x), (g_z,) = inputs, output_grads
        density = self.density(k, x)
        g_k = NullType(f"the derivative of {self.name} with respect to k is not implemented")()
        return [g_k, g_z * density if self.sign > 0 else -g_z * density]

    def density(self, k, x):
        """Return the derivative of the lower function with respect to ``x``."""
        return exp((k - np.int8(1)) * log(x) - x - gammaln(k))


def of_infinite(k, x, value, otherwise):
    """Return ``otherwise``, or where ``k`` is infinite, of which XLA makes NaN, ``value``."""
    infinity = lax.full_like(k, np.inf)
    is_known = lax.bitwise_and(lax.ge(x, lax.full_like(x, 0)), lax.lt(x, infinity))
    limit = lax.select(is_known, lax.full_like(x, value), lax.full_like(x, np.nan))
    return lax.select(lax.eq(k, infinity), limit, otherwise)


def lower_part(k, x):
    """Return the lower incomplete gamma function in JAX."""
    return of_infinite(k, x, 0, igamma(k, x))


def upper_part(k, x):
    """Return the upper incomplete gamma function in JAX."""
    return of_infinite(k, x, 1, igammac(k, x))


class GammaInc(IncompleteGamma):
    """The lower one, ``gammainc(k, x)``."""

    def impl(self, k, x):
        return scipy_special.gammainc(k, x)

    def lower(self, ctx, k, x):
        return lower_part(k, x)


class GammaIncC(IncompleteGamma):
    """The upper one, ``gammaincc(k, x) = 1 - gammainc(k, x)``, exact where that is small."""

    sign = -1

    def impl(self, k, x):
        return scipy_special.gammaincc(k, x)

    def lower(self, ctx, k, x):
        return upper_part(k, x)


class GammaL(IncompleteGamma):
    """The lower one without its factor, ``gammal(k, x) = gammainc(k, x) gamma(k)``."""

    def impl(self, k, x):
        return scipy_special.gammainc(k, x) * scipy_special.gamma(k)

    def lower(self, ctx, k, x):
        return lax.mul(lower_part(k, x), jsp.special.gamma(k))

    def density(self, k, x):
        return exp((k - np.int8(1)) * log(x) - x)


class GammaU(GammaL):
    """The upper one without its factor, ``gammau(k, x) = gammaincc(k, x) gamma(k)``."""

    sign = -1

    def impl(self, k, x):
        return scipy_special.gammaincc(k, x) * scipy_special.gamma(k)

    def lower(self, ctx, k, x):
        return lax.mul(upper_part(k, x), jsp.special.gamma(k))


class Chi2SF(BinaryFloatScalarOp):
    """How likely a chi-squared variable of ``k`` degrees of freedom exceeds ``x``; float64."""

    def output_dtypes(self, *dtypes):
        require_real(self.name, *dtypes)
        return ("float64",)

    def impl(self, x, k):
        return scipy_special.chdtrc(k, x)

    def lower(self, ctx, x, k):
        half = lax.full_like(x, 0.5)
        return upper_part(lax.mul(k, half), lax.mul(x, half))

    def L_op(self, inputs, outputs, output_grads):
        (x, k), (g_z,) = inputs, output_grads
        half_x, half_k = x * np.float16(0.5), k * np.float16(0.5)
        density = exp((half_k - np.int8(1)) * log(half_x) - half_x - gammaln(half_k))
        g_k = NullType("the derivative of chi2sf with respect to k is not implemented")()
        return [-g_z * np.float16(0.5) * density, g_k]


erf = Erf()
erfc = Erfc()
erfcx = Erfcx()
erfinv = Erfinv()
erfcinv = Erfcinv()
gamma = Gamma()
gammaln = GammaLn()
psi = Psi()
tri_gamma = TriGamma()
gammainc = GammaInc()
gammaincc = GammaIncC()
gammal = GammaL()
gammau = GammaU()
chi2sf = Chi2SF()
