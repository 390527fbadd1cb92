"""Comparisons, choices and logic on numbers."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.scalar.op import BinaryScalarOp, ScalarOp, UnaryScalarOp, require_real
from theano.scalar.passing import is_discrete, zeros_like
from theano.scalar.type import DISCRETE_DTYPES, upcast

__all__ = [
    "and_",
    "eq",
    "ge",
    "gt",
    "invert",
    "isinf",
    "isnan",
    "le",
    "lt",
    "neq",
    "or_",
    "switch",
    "xor",
]


class Comparison(BinaryScalarOp):
    """A comparison of two numbers in their common dtype; boolean.

    Complex numbers are ordered by their real, then by their imaginary parts, as NumPy does.
    """

    def output_dtypes(self, *dtypes):
        return ("bool",)

    def compute_dtypes(self, *dtypes):
        return (upcast(*dtypes),) * 2

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(x) for x in inputs]


def ordered(compare, x, y):
    """Return a comparison of JAX; false, as in NumPy, where an imaginary part is NaN."""
    z = compare(x, y)
    if x.dtype.kind != "c":
        return z
    return z & (lax.imag(x) == lax.imag(x)) & (lax.imag(y) == lax.imag(y))


class LT(Comparison):
    """``x < y``."""

    def impl(self, x, y):
        return np.less(x, y)

    def lower(self, ctx, x, y):
        return ordered(jnp.less, x, y)


class GT(Comparison):
    """``x > y``."""

    def impl(self, x, y):
        return np.greater(x, y)

    def lower(self, ctx, x, y):
        return ordered(jnp.greater, x, y)


class LE(Comparison):
    """``x <= y``."""

    def impl(self, x, y):
        return np.less_equal(x, y)

    def lower(self, ctx, x, y):
        return ordered(jnp.less_equal, x, y)


class GE(Comparison):
    """``x >= y``."""

    def impl(self, x, y):
        return np.greater_equal(x, y)

    def lower(self, ctx, x, y):
        return ordered(jnp.greater_equal, x, y)


class EQ(Comparison):
    """``x == y``."""

    commutative = True

    def impl(self, x, y):
        return np.equal(x, y)

    def lower(self, ctx, x, y):
        return lax.eq(x, y)


class NEQ(Comparison):
    """``x != y``."""

    commutative = True

    def impl(self, x, y):
        return np.not_equal(x, y)

    def lower(self, ctx, x, y):
        return lax.ne(x, y)


class FloatTest(UnaryScalarOp):
    """A test of one floating number; False for integers."""

    def output_dtypes(self, *dtypes):
        return ("bool",)

    def compute_dtypes(self, *dtypes):
        return dtypes

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(inputs[0])]


class IsNan(FloatTest):
    """Whether ``x`` is not a number."""

    def impl(self, x):
        return np.isnan(x)

    def lower(self, ctx, x):
        return jnp.isnan(x)


class IsInf(FloatTest):
    """Whether ``x`` is infinite."""

    def impl(self, x):
        return np.isinf(x)

    def lower(self, ctx, x):
        return jnp.isinf(x)


class InRange(ScalarOp):
    """Whether ``x`` is between ``low`` and ``high``.

    Parameters
    ----------
    openlow, openhi : bool
        Whether the bound itself is left out.
    """

    __props__ = ("openlow", "openhi")
    nin = 3

    def __init__(self, openlow: bool, openhi: bool) -> None:
        self.openlow, self.openhi = openlow, openhi

    def output_dtypes(self, *dtypes):
        require_real("InRange", *dtypes)
        return ("bool",)

    def compute_dtypes(self, *dtypes):
        return (upcast(*dtypes),) * 3

    def impl(self, x, low, high):
        above = np.greater(x, low) if self.openlow else np.greater_equal(x, low)
        return above & (np.less(x, high) if self.openhi else np.less_equal(x, high))

    def lower(self, ctx, x, low, high):
        above = lax.gt(x, low) if self.openlow else lax.ge(x, low)
        return above & (lax.lt(x, high) if self.openhi else lax.le(x, high))

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(x) for x in inputs]


class Switch(ScalarOp):
    """``if_true`` where ``condition`` is not zero, else ``if_false``."""

    nin = 3

    def output_dtypes(self, *dtypes):
        return (upcast(*dtypes[1:]),)

    def compute_dtypes(self, *dtypes):
        out = upcast(*dtypes[1:])
        return (dtypes[0], out, out)

    def impl(self, condition, if_true, if_false):
        return np.where(condition, if_true, if_false)

    def lower(self, ctx, condition, if_true, if_false):
        if condition.dtype != bool:
            condition = lax.ne(condition, lax.full_like(condition, 0))
        return lax.select(condition, if_true, if_false)

    def connection_pattern(self, node):
        return [[False], [True], [True]]

    def L_op(self, inputs, outputs, output_grads):
        (condition, *_), (g_z,) = inputs, output_grads
        if is_discrete(outputs[0]):
            return [zeros_like(x) for x in inputs]
        zero = np.zeros((), g_z.type.dtype)
        return [
            zeros_like(condition),
            switch(condition, g_z, zero),
            switch(condition, zero, g_z),
        ]


class BitwiseOp(ScalarOp):
    """A bit operation on integers, a logical one on booleans; the two do not mix."""

    def output_dtypes(self, *dtypes):
        for dtype in dtypes:
            if dtype not in DISCRETE_DTYPES:
                raise TypeError(f"{self.name} is defined for integers and booleans, not {dtype}")
        if "bool" in dtypes and len(set(dtypes)) > 1:
            raise TypeError(f"{self.name} does not mix booleans and integers: cast one of them")
        out = upcast(*dtypes)
        if out not in DISCRETE_DTYPES:
            raise TypeError(f"no integer dtype holds both {' and '.join(dtypes)}: cast one of them")
        return (out,)

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(x) for x in inputs]


class And(BitwiseOp):
    """``x & y``."""

    name = "and_"
    nin = 2
    commutative = associative = True
    identity = -1

    def impl(self, x, y):
        return np.bitwise_and(x, y)

    def lower(self, ctx, x, y):
        return lax.bitwise_and(x, y)


class Or(BitwiseOp):
    """``x | y``."""

    name = "or_"
    nin = 2
    commutative = associative = True
    identity = 0

    def impl(self, x, y):
        return np.bitwise_or(x, y)

    def lower(self, ctx, x, y):
        return lax.bitwise_or(x, y)


class Xor(BitwiseOp):
    """``x ^ y``."""

    nin = 2
    commutative = associative = True
    identity = 0

    def impl(self, x, y):
        return np.bitwise_xor(x, y)

    def lower(self, ctx, x, y):
        return lax.bitwise_xor(x, y)


class Invert(BitwiseOp):
    """``~x``."""

    nin = 1

    def impl(self, x):
        return np.invert(x)

    def lower(self, ctx, x):
        return lax.bitwise_not(x)


lt = LT()
gt = GT()
le = LE()
ge = GE()
eq = EQ()
neq = NEQ()
isnan = IsNan()
isinf = IsInf()
inopenrange = InRange(True, True)
inclosedrange = InRange(False, False)
switch = Switch()
and_ = And()
or_ = Or()
xor = Xor()
invert = Invert()
