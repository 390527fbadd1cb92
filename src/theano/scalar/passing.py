"""Passing numbers on: identity, the second of two, casts, and zeros of a variable's shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.graph.null_type import disconnected_type
from theano.scalar.op import BinaryScalarOp, UnaryScalarOp
from theano.scalar.type import COMPLEX_DTYPES, DISCRETE_DTYPES, check_dtype, floating_dtype

__all__ = ["Cast", "identity", "second"]


def zeros_like(x: Any) -> Any:
    """Return a symbolic zero of the shape of ``x``, in a floating dtype."""
    dtype = floating_dtype(x.type.dtype)
    return second(x, np.zeros((), dtype))


def is_discrete(x: Any) -> bool:
    """Whether a variable holds integers or booleans, which carry no gradient."""
    return x.type.dtype in DISCRETE_DTYPES


def is_complex(x: Any) -> bool:
    """Whether a variable holds complex numbers."""
    return x.type.dtype in COMPLEX_DTYPES


def number_like(value: float, x: Any) -> Any:
    """Return a number in the floating dtype of ``x``, so that it does not widen a formula."""
    return np.asarray(value, dtype=floating_dtype(x.type.dtype))[()]


class Identity(UnaryScalarOp):
    """``x`` itself."""

    def impl(self, x):
        return np.array(x)

    def lower(self, ctx, x):
        return x

    def L_op(self, inputs, outputs, output_grads):
        return [zeros_like(inputs[0]) if is_discrete(inputs[0]) else output_grads[0]]


class Second(BinaryScalarOp):
    """The second of two: gives a value the shape of another tensor."""

    def output_dtypes(self, *dtypes):
        return (dtypes[1],)

    def compute_dtypes(self, *dtypes):
        return dtypes

    def impl(self, x, y):
        return np.array(np.broadcast_arrays(x, y)[1])

    def lower(self, ctx, x, y):
        return y

    def connection_pattern(self, node):
        return [[False], [True]]

    def L_op(self, inputs, outputs, output_grads):
        (_, y), (g_z,) = inputs, output_grads
        return [disconnected_type(), zeros_like(y) if is_discrete(y) else g_z]


class Cast(UnaryScalarOp):
    """``x`` in another dtype. Floats become integers by truncation."""

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = check_dtype(dtype)
        self.name = f"Cast{{{self.dtype}}}"

    def output_dtypes(self, *dtypes):
        return (self.dtype,)

    def compute_dtypes(self, *dtypes):
        return dtypes

    def impl(self, x):
        return np.asarray(x).astype(self.dtype)

    def lower(self, ctx, x):
        return lax.convert_element_type(x, self.dtype)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [zeros_like(x) if is_discrete(outputs[0]) else g_z]


identity = Identity()
second = Second()
