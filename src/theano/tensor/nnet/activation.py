"""Activation functions: compositions of other operations, and scalar ops of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.scalar.comparison import lt, switch
from theano.scalar.op import RealScalarOp
from theano.scalar.passing import number_like
from theano.scalar.type import floating_dtype
from theano.tensor.conversion import as_tensor_variable, constant
from theano.tensor.elemwise import Elemwise
from theano.tensor.ops import elementwise as ew

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
"""With these, mean 0 and variance 1 are a fixed point of a layer: Klambauer et al., eq. 14."""

TANH_BREAKS = (1.7, 3.0)
TANH_TAIL = (0.935409070603099, 0.0458812946797165, 0.99505475368673)
"""Theano's piecewise approximation of tanh: a hyperbola below 1.7, a line up to 3, a constant."""


def relu(x: Any, alpha: Any = 0) -> Any:
    """Return the rectified linear unit: ``x`` where positive, else ``alpha * x``.

    Parameters
    ----------
    x : tensor of any shape
    alpha : number or tensor that broadcasts to ``x``
        The slope on the negative side.

    Notes
    -----
    For ``alpha = 0`` this is ``0.5 * (x + |x|)``, and of a number or an array it is a number or an
    array. At zero the derivative is ``(1 + alpha) / 2``.
    """
    if isinstance(alpha, (int, float)) and alpha == 0:
        if not isinstance(x, (int, float, np.generic, np.ndarray)):
            x = as_tensor_variable(x)
        return 0.5 * (x + abs(x))
    x = as_tensor_variable(x)
    alpha = as_tensor_variable(alpha)
    f1 = 0.5 * (1 + alpha)
    f2 = 0.5 * (1 - alpha)
    return f1 * x + f2 * ew.FUNCTIONS["abs_"](x)


def elu(x: Any, alpha: Any = 1) -> Any:
    """Return the exponential linear unit: ``x`` where positive, else ``alpha * (e**x - 1)``.

    Parameters
    ----------
    x : tensor of any shape
    alpha : number or tensor that broadcasts to ``x``
        Minus the value at minus infinity.

    References
    ----------
    Clevert, Unterthiner & Hochreiter, ICLR 2016.
    """
    x = as_tensor_variable(x)
    is_positive = ew.FUNCTIONS["gt"](x, 0)
    # The side that is not taken must not overflow: its gradient would be 0 * inf.
    below = ew.switch(is_positive, ew.zeros_like(x), x)
    return ew.switch(is_positive, x, alpha * ew.FUNCTIONS["expm1"](below))


def selu(x: Any) -> Any:
    """Return the scaled exponential linear unit, which keeps mean 0 and variance 1.

    References
    ----------
    Klambauer, Unterthiner, Mayr & Hochreiter, NIPS 2017.
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def hard_sigmoid(x: Any) -> Any:
    """Return ``0.2 * x + 0.5``, clipped to [0, 1]: a coarse sigmoid without exponentials.

    Parameters
    ----------
    x : real tensor of any shape
        Integers are computed in floating point.
    """
    x = as_tensor_variable(x)
    dtype = floating_dtype(x.type.dtype)
    line = x * constant(0.2, dtype=dtype) + constant(0.5, dtype=dtype)
    return ew.FUNCTIONS["clip"](line, 0, 1)


class ScalarSoftsign(RealScalarOp):
    """``x / (1 + |x|)`` (Bergstra et al., NIPS 2009)."""

    name = "softsign"

    def impl(self, x):
        return x / (1 + np.abs(x))

    def lower(self, ctx, x):
        return x / (1 + jnp.abs(x))

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        d = np.int8(1) + abs(x)
        return [g_z / (d * d)]


class UltraFastScalarSigmoid(RealScalarOp):
    """The sigmoid by an approximation of tanh in three pieces, at most 0.028 off it."""

    name = "ultra_fast_sigmoid"

    def impl(self, x):
        u = np.abs(x) / 2
        (near, far), (base, slope, limit) = TANH_BREAKS, TANH_TAIL
        line = np.where(u < far, base + slope * (u - near), limit)
        tanh = np.where(u < near, 1.5 * u / (1 + u), line)
        # NaN is in no piece.
        return np.where(np.isnan(x), x, (1 + np.copysign(tanh, x)) / 2)

    def lower(self, ctx, x):
        u = jnp.abs(x) / 2
        (near, far), (base, slope, limit) = TANH_BREAKS, TANH_TAIL
        line = jnp.where(u < far, base + slope * (u - near), limit)
        tanh = jnp.where(u < near, 1.5 * u / (1 + u), line)
        return lax.select(jnp.isnan(x), x, (1 + jnp.copysign(tanh, x)) / 2)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        u = abs(x) * number_like(0.5, x)
        d = np.int8(1) + u
        hyperbola, line = number_like(1.5, x) / (d * d), number_like(TANH_TAIL[1], x)
        near, far = (lt(u, number_like(bound, x)) for bound in TANH_BREAKS)
        slope = switch(near, hyperbola, switch(far, line, np.int8(0)))
        return [g_z * slope * number_like(0.25, x)]


scalar_softsign = ScalarSoftsign()
softsign = Elemwise(scalar_softsign)
ultra_fast_scalar_sigmoid = UltraFastScalarSigmoid()
ultra_fast_sigmoid = Elemwise(ultra_fast_scalar_sigmoid)
