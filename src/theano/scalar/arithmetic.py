"""Arithmetic on numbers: sums, products, quotients, powers, extrema, casts."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.options import config
from theano.scalar.comparison import eq, switch
from theano.scalar.exponential import log
from theano.scalar.identity import conj_if_complex, is_discrete, zeros_like
from theano.scalar.op import (
    BinaryScalarOp,
    FloatScalarOp,
    ScalarOp,
    UnaryScalarOp,
    require_real,
)
from theano.scalar.type import COMPLEX_DTYPES, DISCRETE_DTYPES, upcast

__all__ = [
    "abs_",
    "add",
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
            others = [conj_if_complex(x) for j, x in enumerate(inputs) if j != i]
            grads.append(mul(g_z, *others) if others else g_z)
        return grads


class TrueDiv(BinaryScalarOp):
    """``x / y``; of integers in ``floatX``."""

    name = "true_div"

    def output_dtypes(self, *dtypes):
        if all(dtype in DISCRETE_DTYPES for dtype in dtypes):
            return (config.floatX,)
        return (upcast(*dtypes),)

    def impl(self, x, y):
        return np.true_divide(x, y)

    def lower(self, ctx, x, y):
        return lax.div(x, y)

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (z,), (g_z,) = inputs, outputs, output_grads
        if is_discrete(x) and is_discrete(y):
            return [zeros_like(x), zeros_like(y)]
        return [g_z / y, -g_z * (z / y)]


class IntDiv(BinaryScalarOp):
    """``x // y``, rounded towards minus infinity."""

    name = "int_div"

    def impl(self, x, y):
        return np.floor_divide(x, y)

    def lower(self, ctx, x, y):
        if x.dtype == bool:
            return lax.bitwise_and(x, y)
        return jnp.floor_divide(x, y)

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(x) for x in inputs]


class Mod(BinaryScalarOp):
    """``x % y``, with the sign of ``y``."""

    def output_dtypes(self, *dtypes):
        require_real("mod", *dtypes)
        return (upcast(*dtypes),)

    def impl(self, x, y):
        return np.mod(x, y)

    def lower(self, ctx, x, y):
        if x.dtype == bool:
            return lax.bitwise_and(x, lax.bitwise_not(y))
        return jnp.remainder(x, y)

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (g_z,) = inputs, output_grads
        if is_discrete(outputs[0]):
            return [zeros_like(x), zeros_like(y)]
        return [g_z, -(x // y) * g_z]


class Pow(BinaryScalarOp):
    """``x ** y``."""

    def output_dtypes(self, *dtypes):
        out = upcast(*dtypes)
        return ("int8" if out == "bool" else out,)

    def impl(self, x, y):
        return np.power(x, y)

    def lower(self, ctx, x, y):
        return jnp.power(x, y)

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (z,), (g_z,) = inputs, outputs, output_grads
        if is_discrete(z):
            return [zeros_like(x), zeros_like(y)]
        g_x = g_z * y * x ** (y - 1)
        if is_discrete(y):
            return [g_x, zeros_like(y)]
        return [g_x, g_z * switch(eq(x, 0), np.int8(0), z * log(x))]


class Neg(UnaryScalarOp):
    """``-x``; not for booleans."""

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
        if is_discrete(x):
            return [zeros_like(x)]
        return [g_z * conj_if_complex(x) / abs_(x)] if x.type.dtype in COMPLEX_DTYPES else [
            g_z * sgn(x)
        ]


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
        return lax.sign(x)

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(inputs[0])]


class Sqr(UnaryScalarOp):
    """``x * x``."""

    def impl(self, x):
        return np.multiply(x, x)

    def lower(self, ctx, x):
        return x if x.dtype == bool else lax.mul(x, x)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [zeros_like(x) if is_discrete(x) else g_z * conj_if_complex(x) * np.int8(2)]


class Sqrt(FloatScalarOp):
    """The square root."""

    def impl(self, x):
        return np.sqrt(x)

    def lower(self, ctx, x):
        return lax.sqrt(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [g_z * np.float16(0.5) / z]


class Reciprocal(FloatScalarOp):
    """``1 / x``."""

    def impl(self, x):
        return np.reciprocal(x)

    def lower(self, ctx, x):
        return lax.reciprocal(x)

    def L_op(self, inputs, outputs, output_grads):
        (z,), (g_z,) = outputs, output_grads
        return [-g_z * z * z]


class Maximum(BinaryScalarOp):
    """The larger of two; NaN where either is NaN. A tie gives the gradient to both."""

    commutative = associative = True

    def impl(self, x, y):
        return np.maximum(x, y)

    def lower(self, ctx, x, y):
        return lax.max(x, y)

    def L_op(self, inputs, outputs, output_grads):
        return extremum_grads(inputs, outputs, output_grads)


class Minimum(BinaryScalarOp):
    """The smaller of two; NaN where either is NaN. A tie gives the gradient to both."""

    commutative = associative = True

    def impl(self, x, y):
        return np.minimum(x, y)

    def lower(self, ctx, x, y):
        return lax.min(x, y)

    def L_op(self, inputs, outputs, output_grads):
        return extremum_grads(inputs, outputs, output_grads)


def extremum_grads(inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
    """Return the gradients of a maximum or a minimum: to whichever input equals the output."""
    (x, y), (z,), (g_z,) = inputs, outputs, output_grads
    if is_discrete(z):
        return [zeros_like(x), zeros_like(y)]
    return [eq(z, x) * g_z, eq(z, y) * g_z]


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
