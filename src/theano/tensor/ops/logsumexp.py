"""The logarithm of a sum of exponentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar import scipy_special
from theano.scalar.type import FLOAT_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.reduction import normalize_axes, restore_axes
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.type import TensorType

__all__ = ["LogSumExp"]


class LogSumExp(Op):
    """Stable log of summed exponentials: the shape of ``x`` without ``axis``, its float dtype.

    Parameters
    ----------
    axis : sequence of int
        The axes that are summed over.

    Raises
    ------
    TypeError
        ``x`` is no float.

    References
    ----------
    Blanchard, Higham & Higham, IMA J. Numer. Anal. 41(4), 2021.
    """

    __props__ = ("axis",)

    def __init__(self, axis: Sequence[int]) -> None:
        self.axis = tuple(int(a) for a in axis)

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        if x.type.dtype not in FLOAT_DTYPES:
            raise usage_error(TypeError, "logsumexp takes floats", got=x)
        axes = normalize_axes(self.axis, x.type.ndim)
        pattern = [b for i, b in enumerate(x.type.broadcastable) if i not in axes]
        return Apply(self, [x], [TensorType(x.type.dtype, pattern)()])

    def perform(self, node, inputs, output_storage):
        (x,), (output,) = inputs, node.outputs
        if not self.axis:
            z = x
        elif x.size == 0:
            z = np.full(np.sum(x, axis=self.axis).shape, -np.inf)
        else:
            with np.errstate(all="ignore"):
                z = scipy_special.logsumexp(x, axis=self.axis)
        output_storage[0][0] = np.asarray(z, dtype=output.type.dtype)

    def lower(self, ctx, x):
        return jax.scipy.special.logsumexp(x, axis=self.axis) if self.axis else x

    def infer_shape(self, node, shapes):
        axes = normalize_axes(self.axis, node.inputs[0].type.ndim)
        return [tuple(n for i, n in enumerate(shapes[0]) if i not in axes)]

    def _softmax(self, x: Any, z: Any) -> Any:
        return ew.FUNCTIONS["exp"](x - self.restore(z, x))

    def restore(self, z: Any, x: Any) -> Any:
        """Return a result with the axes of ``x`` put back as broadcastable ones."""
        return restore_axes(z, normalize_axes(self.axis, x.type.ndim), x.type.ndim)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        return [self.restore(g_z, x) * self._softmax(x, z)]

    def R_op(self, inputs, eval_points):
        (x,), (point,) = inputs, eval_points
        if point is None:
            return [None]
        return [tensor_sum(self._softmax(x, self(x)) * point, axis=self.axis)]
