"""Arithmetic on numbers: sums, products, quotients, powers, extrema, casts."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.options import config
from theano.scalar.comparison import and_, eq, ge, gt, le, lt, neq, switch
from theano.scalar.exponential import log
from theano.scalar.op import (
    BinaryScalarOp,
    FloatScalarOp,
    ScalarOp,
    UnaryScalarOp,
    require_real,
)
from theano.scalar.passing import is_complex, is_discrete, zeros_like
from theano.scalar.type import DISCRETE_DTYPES, upcast

__all__ = [
    "abs_",
    "add",
    "clip",
    "int_div",
    "maximum",
    "minimum",
    "mod",
    "mul",
    "neg",
    "pow",
    "reciprocal",
    "sgn",
    "sqr",
    "sqrt",
    "sub",
    "true_div",
]


class Add(ScalarOp):
    """``x + y + …``; "or" of booleans."""

    nin = -1
    holomorphic = True
    commutative = associative = True
    identity = 0

    def impl(self, *inputs):
        return reduce(operator.add, inputs)

    def lower(self, ctx, *inputs):
        return reduce(lax.bitwise_or if inputs[0].dtype == bool else lax.add, inputs)

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        return [zeros_like(x) if is_discrete(outputs[0]) else g_z for x in inputs]


class Sub(BinaryScalarOp):
    """``x - y``; not for two booleans."""

    holomorphic = True

    def output_dtypes(self, *dtypes):
        out = upcast(*dtypes)
        if out == "bool":
            raise TypeError("booleans cannot be subtracted; cast them to integers, or use neq")
        return (out,)

    def impl(self, x, y):
        return x - y

    def lower(self, ctx, x, y):
        return lax.sub(x, y)

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        if is_discrete(outputs[0]):
            return [zeros_like(x) for x in inputs]
        return [g_z, -g_z]


class Mul(ScalarOp):
    """``x * y * …``; "and" of booleans."""

    nin = -1
    holomorphic = True
    commutative = associative = True
    identity = 1

    def impl(self, *inputs):
        return reduce(operator.mul, inputs)

    def lower(self, ctx, *inputs):
        return reduce(lax.bitwise_and if inputs[0].dtype == bool else lax.mul, inputs)

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        if is_discrete(outputs[0]):
            return [zeros_like(x) for x in inputs]
        grads = []
        for i in range(len(inputs)):
            others = [x for j, x in enumerate(inputs) if j != i]
            grads.append(mul(g_z, *others) if others else g_z)
        return grads


def quotient(x: Any, y: Any) -> Any:
    """Return ``x / y`` in JAX, rounded once.

    XLA multiplies by the reciprocal of a divisor that is the same for many elements, and makes one
    division of several: then 49.0 / 49.0 is less than one, and a quotient in between overflows
    that should not. It does neither across a barrier, which is gone before loops are joined.
    """
    return lax.div(*lax.optimization_barrier((x, y)))


class TrueDiv(BinaryScalarOp):
    """``x / y``; of integers in ``floatX``."""

    name = "true_div"
    holomorphic = True

    def output_dtypes(self, *dtypes):
        if all(dtype in DISCRETE_DTYPES for dtype in dtypes):
            return (config.floatX,)
        return (upcast(*dtypes),)

    def impl(self, x, y):
        return np.true_divide(x, y)

    def lower(self, ctx, x, y):
        return quotient(x, y)

    def L_op(self, inputs, outputs, output_grads):
        (_, y), (z,), (g_z,) = inputs, outputs, output_grads
        return [g_z / y, -g_z * (z / y)]


class IntDiv(BinaryScalarOp):
    """``x // y``, rounded towards minus infinity.

    Raises: ZeroDivisionError at run time for an integer or boolean divided by zero.
    """

    name = "int_div"

    def output_dtypes(self, *dtypes):
        require_real("int_div", *dtypes)
        return (upcast(*dtypes),)

    def impl(self, x, y):
        if x.dtype.kind == "f":
            z = np.floor(x / y)
            return np.where((z == 0) & (x != 0) & ((x < 0) != (y < 0)), z.dtype.type(-1), z)
        check_divisor(x, y)
        return np.floor_divide(x, y).astype(x.dtype)

    def lower(self, ctx, x, y):
        if x.dtype.kind == "f":
            z, zero = lax.floor(quotient(x, y)), lax.full_like(x, 0)
            # A small negative quotient, or one by infinity, rounds to zero before it is floored.
            lost = (z == zero) & (x != zero) & ((x < zero) != (y < zero))
            return lax.select(lost, lax.full_like(z, -1), z)
        lower_divisor_check(ctx, y)
        return lax.bitwise_and(x, y) if x.dtype == bool else jnp.floor_divide(x, y)

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(x) for x in inputs]


class Mod(BinaryScalarOp):
    """``x % y``, with the sign of ``y``.

    Raises: ZeroDivisionError at run time for an integer or boolean and zero.
    """

    def output_dtypes(self, *dtypes):
        require_real("mod", *dtypes)
        return (upcast(*dtypes),)

    def impl(self, x, y):
        check_divisor(x, y)
        return np.mod(x, y).astype(x.dtype)

    def lower(self, ctx, x, y):
        lower_divisor_check(ctx, y)
        if x.dtype == bool:
            return lax.full_like(x, False)
        z = jnp.remainder(x, y)
        if x.dtype.kind != "f":
            return z
        return lax.select(lax.eq(z, lax.full_like(z, 0)), jnp.copysign(z, y), z)

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (g_z,) = inputs, output_grads
        if is_discrete(outputs[0]):
            return [zeros_like(x), zeros_like(y)]
        return [g_z, -(x // y) * g_z]


BITS_AT_ONCE = 6
"""Exponents of more bits take a loop: all but 0 and 1 then overflow."""


def integer_power(x: Any, y: Any) -> Any:
    """Return ``x ** y`` of integers in JAX, ``y`` not negative; as in NumPy it wraps around."""

    def more(state: Any) -> Any:
        return jnp.any(state[2] != 0)

    def step(state: Any) -> Any:
        z, base, y = state
        z = lax.select((y & 1) != 0, z * base, z)
        return z, base * base, y >> 1

    state = lax.full_like(x, 1), x, y
    for _ in range(BITS_AT_ONCE):
        state = step(state)
    return lax.while_loop(more, step, state)[0]


class Pow(BinaryScalarOp):
    """``x ** y``; of integers with ``y < 0``, the quotient ``1 / x ** -y`` without its fraction."""

    holomorphic = True

    def output_dtypes(self, *dtypes):
        out = upcast(*dtypes)
        return ("int8" if out == "bool" else out,)

    def impl(self, x, y):
        if x.dtype.kind == "f":
            # NumPy takes the square root where there is one exponent, and that is 0.5.
            differs = (y == 0.5) & ((x == 0) | (x == -np.inf))
            return np.where(differs, np.abs(x), np.power(x, y))
        if x.dtype.kind != "i":
            return np.power(x, y)
        # Only 1 and -1 have integer reciprocals; the parity of y gives the sign.
        tail = np.where(np.abs(x) == 1, x ** np.abs(y % 2), 0)
        return np.where(y < 0, tail, np.power(x, np.maximum(y, 0)))

    def lower(self, ctx, x, y):
        if x.dtype.kind == "c":
            zero = lax.full_like(x, 0)
            # As NumPy; XLA multiplies the logarithm of zero.
            vanishes = lax.bitwise_and(lax.eq(x, zero), lax.gt(lax.real(y), lax.real(zero)))
            return lax.select(vanishes, zero, jnp.power(x, y))
        if x.dtype.kind != "i":
            return integer_power(x, y) if x.dtype.kind == "u" else jnp.power(x, y)
        zero, one = lax.full_like(x, 0), lax.full_like(x, 1)
        sign = lax.select(lax.eq(lax.bitwise_and(y, one), zero), one, x)
        tail = lax.select(lax.eq(lax.abs(x), one), sign, zero)
        return lax.select(lax.lt(y, zero), tail, integer_power(x, lax.max(y, zero)))

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (z,), (g_z,) = inputs, outputs, output_grads
        if is_discrete(z):
            return [zeros_like(x), zeros_like(y)]
        g_x = g_z * y * x ** (y - np.int8(1))
        return [g_x, g_z * switch(eq(x, np.int8(0)), np.int8(0), z * log(x))]


class Neg(UnaryScalarOp):
    """``-x``; not for booleans."""

    holomorphic = True

    def output_dtypes(self, *dtypes):
        if dtypes[0] == "bool":
            raise TypeError("a boolean cannot be negated with `-`; use invert, `~x`")
        return dtypes

    def impl(self, x):
        return np.negative(x)

    def lower(self, ctx, x):
        return lax.neg(x)

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(inputs[0]) if is_discrete(outputs[0]) else -output_grads[0]]


class Abs(UnaryScalarOp):
    """``|x|``; real for a complex number."""

    name = "abs_"

    def output_dtypes(self, *dtypes):
        return ({"complex64": "float32", "complex128": "float64"}.get(dtypes[0], dtypes[0]),)

    def compute_dtypes(self, *dtypes):
        return dtypes

    def impl(self, x):
        return np.abs(x)

    def lower(self, ctx, x):
        return jnp.abs(x)

    def L_op(self, inputs, outputs, output_grads):
        ((x,), (g_z,)) = inputs, output_grads
        if is_discrete(outputs[0]):
            return [zeros_like(x)]
        return [g_z * x / outputs[0] if is_complex(x) else g_z * sgn(x)]


class Sgn(UnaryScalarOp):
    """The sign of ``x``: -1, 0 or 1."""

    def output_dtypes(self, *dtypes):
        require_real("sgn", *dtypes)
        if dtypes[0] == "bool":
            raise TypeError("the sign of a boolean is not defined")
        return dtypes

    def impl(self, x):
        return np.sign(x)

    def lower(self, ctx, x):
        zero = lax.full_like(x, 0)
        return lax.select(lax.eq(x, zero), zero, lax.sign(x))

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(inputs[0])]


class Sqr(UnaryScalarOp):
    """``x * x``."""

    holomorphic = True

    def impl(self, x):
        return np.multiply(x, x)

    def lower(self, ctx, x):
        return x if x.dtype == bool else lax.mul(x, x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [zeros_like(x) if is_discrete(x) else g_z * x * np.int8(2)]


class Sqrt(FloatScalarOp):
    """The square root."""

    def impl(self, x):
        return np.sqrt(x)

    def lower(self, ctx, x):
        z = lax.sqrt(x)
        if x.dtype.kind != "c":
            return z
        # XLA does not tell the two sides of the cut apart, where the imaginary part is 0 or -0.
        return lax.complex(lax.real(z), jnp.copysign(lax.imag(z), lax.imag(x)))

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * np.float16(0.5) / z]


class Reciprocal(FloatScalarOp):
    """``1 / x``."""

    name = "inv"

    def impl(self, x):
        return np.reciprocal(x)

    def lower(self, ctx, x):
        return lax.reciprocal(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [-g_z * z * z]


class Maximum(BinaryScalarOp):
    """The larger of two; NaN where either is NaN. A tie gives the gradient to the first."""

    commutative = associative = True

    def impl(self, x, y):
        return np.maximum(x, y)

    def lower(self, ctx, x, y):
        return lax.max(x, y)

    def L_op(self, inputs, outputs, output_grads):
        return extremum_grads(inputs, outputs, output_grads)


class Minimum(BinaryScalarOp):
    """The smaller of two; NaN where either is NaN. A tie gives the gradient to the first."""

    commutative = associative = True

    def impl(self, x, y):
        return np.minimum(x, y)

    def lower(self, ctx, x, y):
        return lax.min(x, y)

    def L_op(self, inputs, outputs, output_grads):
        return extremum_grads(inputs, outputs, output_grads)


class Clip(ScalarOp):
    """``x`` limited to ``[low, high]``; ``low`` wins below where the two cross. NaN stays NaN."""

    nin = 3

    def output_dtypes(self, *dtypes):
        require_real("clip", *dtypes)
        return (upcast(*dtypes),)

    def impl(self, x, low, high):
        return np.where(x < low, low, np.where(x > high, high, x))

    def lower(self, ctx, x, low, high):
        return lax.select(lax.lt(x, low), low, lax.select(lax.gt(x, high), high, x))

    def L_op(self, inputs, outputs, output_grads):
        (x, low, high), (g_z,) = inputs, output_grads
        if is_discrete(outputs[0]):
            return [zeros_like(v) for v in inputs]
        below, above = lt(x, low), gt(x, high)
        zero = np.zeros((), g_z.type.dtype)
        return [
            switch(and_(ge(x, low), le(x, high)), g_z, zero),
            switch(below, g_z, zero),
            switch(below, zero, switch(above, g_z, zero)),
        ]


def check_divisor(x: np.ndarray, y: np.ndarray) -> None:
    """Raise ZeroDivisionError where one of the integers ``x`` would be divided by zero."""
    if y.dtype.kind != "f" and np.size(x) and np.size(y) and not np.all(y):
        raise division_by_zero()


def lower_divisor_check(ctx: Any, y: Any) -> None:
    """Have the program raise ZeroDivisionError where an integer is zero in ``y``."""
    if y.dtype.kind == "f" or (ctx.is_static(1) and np.all(ctx.static(1))):
        return
    divides = lax.reduce_and(lax.ne(y, lax.full_like(y, 0)), range(y.ndim))
    ctx.check(divides, np.int64(0), lambda _: division_by_zero())


def division_by_zero() -> ZeroDivisionError:
    return usage_error(
        ZeroDivisionError,
        "an integer was divided by zero, or its remainder taken",
        expected="a divisor in which nothing is zero",
        fix="give the zeros another value first: x // T.switch(T.eq(y, 0), 1, y)",
    )


def extremum_grads(inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
    """Return the gradients of a maximum or a minimum: to the first input where it is the output."""
    (x, y), (z,), (g_z,) = inputs, outputs, output_grads
    if is_discrete(z):
        return [zeros_like(x), zeros_like(y)]
    return [eq(z, x) * g_z, neq(z, x) * g_z]


add = Add()
sub = Sub()
mul = Mul()
true_div = TrueDiv()
int_div = IntDiv()
mod = Mod()
pow = Pow()
neg = Neg()
abs_ = Abs()
sgn = Sgn()
sqr = Sqr()
sqrt = Sqrt()
reciprocal = Reciprocal()
maximum = Maximum()
minimum = Minimum()
clip = Clip()
