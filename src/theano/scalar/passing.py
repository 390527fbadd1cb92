"""Passing numbers on: identity, the second of two, casts, and zeros of a variable's shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.graph.null_type import disconnected_type
from theano.scalar.op import BinaryScalarOp, UnaryScalarOp
from theano.scalar.preference import get_scalar_type, specific_out
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


WIDER = {
    **dict.fromkeys(("int8", "int16", "uint8", "uint16"), "int32"),
    **dict.fromkeys(("uint32", "uint64"), "int64"),
}
"""The integers that a float passes through on its way to others."""


class Cast(UnaryScalarOp):
    """``x`` in another dtype.

    Floats become integers by truncation. What a narrow or an unsigned dtype cannot hold wraps
    around; beyond int32 (or int64, for dtypes of 32 bits and more that hold no negative numbers) it
    is taken as the nearest number within, and NaN as 0.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = check_dtype(dtype)
        super().__init__(specific_out(get_scalar_type(self.dtype)), f"Cast{{{self.dtype}}}")

    def compute_dtypes(self, *dtypes):
        return dtypes

    def impl(self, x):
        x = np.asarray(x)
        if x.dtype.kind != "f" or np.dtype(self.dtype).kind not in "iu":
            return x.astype(self.dtype)
        z = truncated(x, WIDER.get(self.dtype, self.dtype)).astype(self.dtype)
        return np.where(x >= 2.0**63, truncated(x, "uint64"), z) if self.dtype == "uint64" else z

    def lower(self, ctx, x):
        if x.dtype.kind != "f" or self.dtype not in WIDER:
            return converted(x, self.dtype)
        if self.dtype != "uint64":
            return lax.convert_element_type(
                lax.convert_element_type(x, WIDER[self.dtype]), self.dtype
            )
        # By size and sign: on a CPU, XLA takes a float that goes through int64, uint64 and back to
        # float for the truncated float.
        size = lax.convert_element_type(lax.abs(x), self.dtype)
        wrapped = lax.full_like(size, 0) - lax.min(size, lax.full_like(size, 2**63))
        return lax.select(x < 0, wrapped, size)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [zeros_like(x) if is_discrete(outputs[0]) else g_z]


def truncated(x: np.ndarray, dtype: str) -> np.ndarray:
    """Return floats as integers of ``dtype``, the nearest ones that it has; 0 for NaN."""
    bounds = np.iinfo(dtype)
    low, high = x < float(bounds.min), x >= float(bounds.max)
    inside = np.where(np.isnan(x) | low | high, x.dtype.type(0), x).astype(dtype)
    return np.where(low, bounds.min, np.where(high, bounds.max, inside)).astype(dtype)


def converted(x: Any, dtype: str) -> Any:
    """Return an array of JAX in another dtype.

    XLA makes ``select(b, x, 0)`` of a product of ``x`` and a converted boolean ``b``, which hides
    NaN and infinities; it does not where the boolean is chosen between one and zero.
    """
    if x.dtype != bool or np.dtype(dtype).kind not in "fc":
        return lax.convert_element_type(x, dtype)
    return lax.select(x, lax.full(x.shape, 1, dtype), lax.full(x.shape, 0, dtype))


identity = Identity()
second = Second()
