"""Sequences of numbers: ``arange``."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.options import config
from theano.scalar.type import DISCRETE_DTYPES, check_dtype, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

__all__ = ["arange"]

LONGEST_CONSTANT = 1024
"""Longer sequences are counted on the device instead of being written into the program."""


class ARange(Op):
    """``start, start + step, …`` up to ``stop``: three scalars ``-> (n,)``.

    Raises: ZeroDivisionError at run time for a step of zero.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def make_node(self, start: Any, stop: Any, step: Any) -> Apply:
        numbers = [as_tensor_variable(n) for n in (start, stop, step)]
        for n in numbers:
            if n.type.ndim:
                raise usage_error(TypeError, "arange takes scalars", expected="0 dimensions", got=n)
        return Apply(self, numbers, [TensorType(self.dtype, [False])()])

    @staticmethod
    def _check(step: Any) -> None:
        if step == 0:
            raise usage_error(
                ZeroDivisionError, "arange with a step of zero never ends", expected="another step"
            )

    def static_inputs(self, node):
        return (0, 1, 2)

    def perform(self, node, inputs, output_storage):
        start, stop, step = (np.asarray(n).item() for n in inputs)
        self._check(step)
        output_storage[0][0] = np.arange(start, stop, step, dtype=self.dtype)

    def lower(self, ctx, start, stop, step):
        start, stop, step = (np.asarray(ctx.static(i)).item() for i in range(3))
        self._check(step)
        z = np.arange(start, stop, step, dtype=self.dtype)
        if z.size <= LONGEST_CONSTANT:
            return z
        # Of a sequence that it knows, XLA computes every reduction while it compiles, for seconds.
        if not is_counted_exactly(z):
            return lax.optimization_barrier(z)
        first, second = (int(n) for n in z[:2])
        unknown_step = lax.optimization_barrier(np.int64(second - first))
        steps = lax.mul(lax.iota("int64", z.size), unknown_step)
        return lax.convert_element_type(lax.add(steps, np.int64(first)), self.dtype)

    def infer_shape(self, node, shapes):
        start, stop, step = node.inputs
        if all(n.type.dtype in DISCRETE_DTYPES for n in node.inputs):
            start, stop, step = (ew.cast(n, "int64") for n in node.inputs)
            n = -((start - stop) // step)
        else:
            start, stop, step = (ew.cast(n, "float64") for n in node.inputs)
            n = ew.cast(ew.FUNCTIONS["ceil"]((stop - start) / step), "int64")
        return [(ew.FUNCTIONS["maximum"](n, np.int64(0)),)]

    def connection_pattern(self, node):
        return [[True], [False], [True]]

    def L_op(self, inputs, outputs, output_grads):
        start, _, step = inputs
        (z,), (g_z,) = outputs, output_grads
        if self.dtype in DISCRETE_DTYPES:
            zeros = [ew.zeros_like(n, dtype="floatX") for n in (start, step)]
            return [zeros[0], disconnected_type(), zeros[1]]
        return [g_z.sum(), disconnected_type(), (g_z * self._positions(z)).sum()]

    def R_op(self, inputs, eval_points):
        r_start, _, r_step = eval_points
        if self.dtype in DISCRETE_DTYPES or (r_start is None and r_step is None):
            return [None]
        z = self(*inputs)
        r_z = ew.zeros_like(z) if r_start is None else ew.fill(z, r_start)
        return [r_z if r_step is None else r_z + r_step * self._positions(z)]

    def _positions(self, z: Any) -> Any:
        return ew.cast(arange(z.shape[0]), self.dtype)


def is_counted_exactly(z: np.ndarray) -> bool:
    """Whether ``first + i * step`` in integers gives all of an arithmetic sequence ``z``."""
    if z.dtype.kind in "iu":
        return True
    first, second, last = (float(n) for n in (z[0], z[1], z[-1]))
    exact = 2.0 ** (np.finfo(z.dtype).nmant + 1)
    sizes = (z.size, abs(first), abs(second), abs(last), abs(last - first))
    return first.is_integer() and second.is_integer() and max(sizes) <= exact


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """Return ``start, start + step, …`` up to but without ``stop``.

    Parameters
    ----------
    start, stop, step : numbers or scalar tensors
        With one argument, it is ``stop`` and ``start`` is 0.
    dtype : str, optional
        By default int64 for integers, else the common dtype.

    Raises
    ------
    TypeError
        An argument is no scalar.
    ZeroDivisionError
        At run time, ``step`` is zero.
    """
    if stop is None:
        start, stop = 0, start
    numbers = [as_tensor_variable(n) for n in (start, stop, step)]
    if dtype is None:
        dtype = upcast(*[n.type.dtype for n in numbers])
        if dtype in DISCRETE_DTYPES:
            dtype = "int64"
    return ARange(config.floatX if dtype == "floatX" else check_dtype(dtype))(*numbers)
