"""Special functions in JAX, for the places at which XLA's own lose digits or overflow.

Series and identities are those of Abramowitz & Stegun, Handbook of Mathematical Functions, 1964;
the numbers of their formulas are given. Arguments are arrays of float32 or float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import jax
import numpy as np
from jax import lax

from theano.scalar import scipy_special

SQRT_PI = math.sqrt(math.pi)
NO_POWER = 30.0
"""``e ** -x²`` is zero beyond, in every dtype."""

GAMMALN_TERMS = {"float32": 13, "float64": 27}
"""How many powers of ``x - 2`` are taken in ``log gamma(x)`` near 2."""

LARGE_GAMMA = 2e4
"""Beyond this order incomplete gamma functions come from their uniform expansion."""
TEMME = (
    (-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600, 1 / 25515, -571 / 261273600),
    (-1 / 540, -1 / 288, 1 / 378, -77 / 77760, 1 / 4860),
    (25 / 6048, -139 / 51840, 1 / 1296),
)
"""Its coefficients: of the powers of ``1 / a``, and in each of those of ``η``."""

ERFCX_SERIES = {"float32": (8.0, 6), "float64": (20.0, 10)}
"""Where the asymptotic series of erfcx begins, and its number of terms."""


def in_float32(function: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """Return ``function`` for narrow floats too: they are computed as float32."""

    def wide(*x: jax.Array) -> jax.Array:
        return function(*x) if x[0].dtype.itemsize >= 4 else computed_in("float32", function, *x)

    return wide


def computed_in(dtype: str, function: Callable[..., jax.Array], *x: jax.Array) -> jax.Array:
    """Return ``function`` of arrays in their dtype, computed in another."""
    found = function(*(lax.convert_element_type(v, dtype) for v in x))
    return lax.convert_element_type(found, x[0].dtype)


def horner(coefficients: Sequence[float], x: jax.Array) -> jax.Array:
    """Return the polynomial with these coefficients, the constant one first."""
    total = lax.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * x + lax.full_like(x, coefficient)
    return total


def log1p(x: jax.Array) -> jax.Array:
    """Return ``log(1 + x)``; XLA's loses two digits of float64 around -0.4.

    What rounding takes from the sum is put back.
    """
    if x.dtype != np.float64:
        return lax.log1p(x)
    one = lax.full_like(x, 1)
    total = x + one
    lost = lax.select(total > 0, ((total - one) - x) / total, lax.full_like(x, 0))
    return lax.select(x < -0.25, lax.log(total) - lost, lax.log1p(x))


def lost_of_square(x: jax.Array) -> jax.Array:
    """Return what rounding takes from ``x²``, which is what ``e ** x²`` is off by, relatively.

    The leading half of the digits of ``x`` has an exact square. Zero where ``e ** -x²`` is.
    """
    x = lax.select(lax.abs(x) < NO_POWER, x, lax.full_like(x, 0))
    limits = np.finfo(x.dtype)
    head = lax.reduce_precision(x, limits.nexp, limits.nmant // 2 - 1)
    return (head * head - x * x) + (x - head) * (x + head)


@in_float32
def erfc(x: jax.Array) -> jax.Array:
    """Return the complementary error function, whose factor ``e ** -x²`` is off in XLA."""
    z = lax.erfc(x)
    return z - z * lax.select(x > 1, lost_of_square(x), lax.full_like(x, 0))


@in_float32
def erfcx(x: jax.Array) -> jax.Array:
    """Return ``e ** x² erfc(x)``, by its asymptotic series (7.1.23) where that is large."""
    start, n_terms = ERFCX_SERIES[x.dtype.name]
    far = x > start
    coefficients = np.cumprod([1.0, *(-np.arange(1, 2 * n_terms - 2, 2) / 2)]).tolist()
    inner = lax.select(far, lax.full_like(x, 1), x)
    # XLA's erfc has a factor e ** -x² of the rounded square where x > 0, which so cancels.
    power = lax.exp(lax.square(inner))
    lost = lax.select(inner < 0, lost_of_square(inner), lax.full_like(x, 0))
    power = power * (lax.full_like(x, 1) + lost)  # infinite, maybe
    outer = lax.select(far, x, lax.full_like(x, start))
    once = lax.full_like(x, 1) / outer
    series = horner(coefficients, once * once) * once / lax.full_like(x, SQRT_PI)
    return lax.select(far, series, power * lax.erfc(inner))


def refined_erfcinv(z: jax.Array, tail: jax.Array) -> jax.Array:
    """Return ``z``, nearly the inverse of ``erfc`` at ``tail`` of at most 1/2, after a Newton step.

    Sources: 7.1.19 for the slope.
    """
    got = lax.erfc(z)
    known = lax.bitwise_and(got > 0, tail < 0.5)
    step = (got - tail) / lax.select(known, tail, lax.full_like(tail, 1))
    step = step * erfcx(lax.select(known, z, lax.full_like(z, 0))) * lax.full_like(z, SQRT_PI / 2)
    return lax.select(known, z + step, z)


def with_sign(size: jax.Array, sign: jax.Array) -> jax.Array:
    """Return ``size`` with the sign of ``sign``."""
    return lax.select(sign < 0, -size, size)


def through_float64(function: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """Return ``function`` for float32 computed as float64, which TPUs do not have."""

    def wide(*x: jax.Array) -> jax.Array:
        if x[0].dtype == np.float64:
            return function(*x)
        return lax.platform_dependent(
            *x, tpu=function, default=partial(computed_in, "float64", function)
        )

    return in_float32(wide)


@through_float64
def erfinv(x: jax.Array) -> jax.Array:
    """Return the inverse of ``erf``."""
    z = lax.erf_inv(x)
    return with_sign(refined_erfcinv(lax.abs(z), lax.full_like(x, 1) - lax.abs(x)), x)


@through_float64
def erfcinv(x: jax.Array) -> jax.Array:
    """Return the inverse of ``erfc``."""
    # Through the normal quantile, as 1 - x would round a small x away.
    z = jax.scipy.special.ndtri(x * lax.full_like(x, 0.5)) * lax.full_like(x, -math.sqrt(0.5))
    tail = lax.min(x, lax.full_like(x, 2) - x)
    return with_sign(refined_erfcinv(lax.abs(z), tail), z)


def gammaln_near_2(n: int) -> list[float]:
    """Return the first coefficients of the powers of ``x - 2`` in ``log gamma(x)`` (6.1.33)."""
    more = [(-1) ** k * float(scipy_special.zetac(k)) / k for k in range(2, n)]
    return [0.0, 1 - np.euler_gamma, *more]


@in_float32
def gammaln(x: jax.Array) -> jax.Array:
    """Return ``log |gamma(x)|``, near its zeros 1 and 2 by its series there (6.1.33)."""
    coefficients = gammaln_near_2(GAMMALN_TERMS[x.dtype.name])
    half, upper = lax.full_like(x, 0.5), lax.full_like(x, 1.5)
    near = lax.bitwise_and(x > half, x < 2.5)
    first = lax.bitwise_and(near, x < upper)
    t = lax.select(near, x - lax.select(first, lax.full_like(x, 1), lax.full_like(x, 2)), half)
    series = horner(coefficients, t)
    # gamma(2 + t) = (1 + t) gamma(1 + t)
    series = lax.select(first, series - lax.log1p(t), series)
    return lax.select(near, series, lax.lgamma(x))


@in_float32
def tri_gamma(x: jax.Array) -> jax.Array:
    """Return the derivative of the digamma function, by its asymptotic series (6.4.12) far out."""
    two, one, pi = (lax.full_like(x, n) for n in (2, 1, np.pi))
    # By reflection to positive numbers (6.4.7): XLA's zeta is made for those.
    negative = x < 0
    positive = lax.select(negative, one - x, x)
    far = positive > 1e3
    once = one / positive
    squared = once * once
    series = once + squared * (lax.full_like(x, 0.5) + once * horner((1 / 6, -1 / 30), squared))
    zeta = lax.select(far, series, lax.zeta(two, lax.select(far, one, positive)))
    sine = lax.sin(pi * (x - lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)))
    return lax.select(negative, lax.square(pi / sine) - zeta, zeta)


def incomplete_gamma(
    exact: Callable[[jax.Array, jax.Array], jax.Array], upper: bool
) -> Callable[..., jax.Array]:
    """Return ``exact``, one of XLA's incomplete gamma functions, for large orders too.

    Where ``x`` is close to ``a`` the series needs some ``9 sqrt(a)`` terms; XLA takes too few of
    them, or does not end. The expansion is ``erfc(η sqrt(a / 2)) / 2`` and a small sum [Temme, The
    asymptotic expansion of the incomplete gamma functions, 1979], with ``η² / 2 = μ - log(1 + μ)``
    and ``μ = (x - a) / a``.
    """
    sign = 1 if upper else -1

    def found(a: jax.Array, x: jax.Array) -> jax.Array:
        one, infinity = lax.full_like(a, 1), lax.full_like(a, np.inf)
        is_large = lax.bitwise_and(a > lax.full_like(a, LARGE_GAMMA), a < infinity)
        # Further off, the results are 0 and 1.
        mu = lax.clamp(lax.full_like(a, -0.5), (x - a) / a, lax.full_like(a, 0.5))
        close = lax.abs(mu) < lax.full_like(a, 0.05)
        # μ - log(1 + μ) = μ² (1/2 - μ/3 + μ²/4 - …)
        series = mu * mu * horner([(-1) ** k / (k + 2) for k in range(11)], mu)
        half = lax.select(close, series, mu - lax.log1p(mu))
        eta = lax.sign(mu) * lax.sqrt(2 * half)
        terms = [horner(coefficients, eta) for coefficients in TEMME]
        near = terms[0] + (terms[1] + terms[2] / a) / a
        small = lax.exp(-a * half) * lax.rsqrt(a * (2 * math.pi)) * near
        tail = lax.erfc(sign * eta * lax.sqrt(a / 2)) / 2 + sign * small
        usual = exact(lax.select(is_large, one, a), lax.select(is_large, one, x))
        known = lax.bitwise_and(is_large, x >= lax.full_like(x, 0))
        return lax.select(known, tail, lax.select(is_large, lax.full_like(a, np.nan), usual))

    return through_float64(found)
