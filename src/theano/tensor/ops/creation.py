"""Sequences of numbers: ``arange``."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.options import config
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

__all__ = ["arange"]


class ARange(Op):
    """``start, start + step, …`` up to ``stop``: three scalars ``-> (n,)``."""

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def make_node(self, start: Any, stop: Any, step: Any) -> Apply:
        numbers = [as_tensor_variable(n) for n in (start, stop, step)]
        for n in numbers:
            if n.type.ndim:
                raise usage_error(TypeError, "arange takes scalars", got=n)
        return Apply(self, numbers, [TensorType(self.dtype, [False])()])

    def perform(self, node, inputs, output_storage):
        start, stop, step = (np.asarray(n).item() for n in inputs)
        if step == 0:
            raise ValueError("arange with a step of zero never ends")
        output_storage[0][0] = np.arange(start, stop, step, dtype=self.dtype)

    def lower(self, ctx, start, stop, step):
        start, stop, step = (np.asarray(ctx.static(i)).item() for i in range(3))
        if step == 0:
            raise ValueError("arange with a step of zero never ends")
        return jnp.asarray(np.arange(start, stop, step, dtype=self.dtype))

    def infer_shape(self, node, shapes):
        start, stop, step = (ew.cast(n, "float64") for n in node.inputs)
        n = ew.cast(ew.FUNCTIONS["ceil"]((stop - start) / step), "int64")
        return [(ew.FUNCTIONS["maximum"](n, np.int64(0)),)]

    def connection_pattern(self, node):
        return [[True], [False], [True]]

    def L_op(self, inputs, outputs, output_grads):
        start, _, step = inputs
        (g_z,) = output_grads
        if self.dtype in DISCRETE_DTYPES:
            zero = np.zeros((), config.floatX)
            return [ew.fill(start, zero), disconnected_type(), ew.fill(step, zero)]
        position = ew.cast(arange(g_z.shape[0]), self.dtype)
        return [g_z.sum(), disconnected_type(), (g_z * position).sum()]

    def R_op(self, inputs, eval_points):
        return [None]


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """Return ``start, start + step, …`` up to but without ``stop``.

    Parameters
    ----------
    start, stop, step : numbers or scalar tensors
        With one argument, it is ``stop`` and ``start`` is 0.
    dtype : str, optional
        By default int64 for integers, else the common dtype (``floatX`` for Python floats under
        ``cast_policy=numpy+floatX``).
    """
    if stop is None:
        start, stop = 0, start
    numbers = [as_tensor_variable(n) for n in (start, stop, step)]
    if dtype is None:
        dtype = upcast(*[n.type.dtype for n in numbers])
        if dtype in DISCRETE_DTYPES:
            dtype = "int64"
    return ARange(dtype)(*numbers)
