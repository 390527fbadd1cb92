"""The ops of batch normalization: forward, with statistics given, and gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected
from theano.scalar.type import FLOAT_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.careduce import ACCUMULATORS
from theano.tensor.ops.reduction import mean as tensor_mean
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.ops.sizes import ShapeI
from theano.tensor.type import TensorType

PLACES = 4096
"""Of so many float32 numbers a sum in float32, of many at a time, errs no more than they do."""


class BatchNormOp(Op):
    """What the ops of batch normalization share.

    Parameters
    ----------
    axes : sequence of int
        What mean and variance are taken over.
    """

    __props__ = ("axes",)

    def __init__(self, axes: Sequence[int] = (0,)) -> None:
        self.axes = tuple(int(a) for a in axes)

    def _inputs(self, tensors: Sequence[Any]) -> list[Any]:
        """Return tensors in one dtype, checked to have one rank."""
        variables = [as_tensor_variable(v) for v in tensors]
        dtype = upcast(*[v.type.dtype for v in variables])
        ndim = variables[0].type.ndim
        check_axes(self.axes, ndim)
        for v in variables:
            if v.type.ndim != ndim or dtype not in FLOAT_DTYPES:
                raise usage_error(
                    ValueError,
                    "batch normalization takes floats of one rank",
                    expected=f"{ndim} dimensions, a float dtype",
                    got=v,
                )
        return [ew.cast(v, dtype) for v in variables]

    def _statistic(self, x: Any, like: Any) -> TensorType:
        """Return the type of a mean of ``x``, of which ``like`` says the pattern too."""
        pattern = [
            i in self.axes or (a and b)
            for i, (a, b) in enumerate(
                zip(x.type.broadcastable, like.type.broadcastable, strict=True)
            )
        ]
        return TensorType(x.type.dtype, pattern)

    def _mean(self, x: Any) -> Any:
        return tensor_mean(x, self.axes, keepdims=True)

    def _sum(self, x: Any) -> Any:
        return tensor_sum(x, self.axes, keepdims=True)

    def _mean_shape(self, shape: Any) -> tuple[Any, ...]:
        return tuple(np.int64(1) if i in self.axes else n for i, n in enumerate(shape))

    def _totals(self, xp: Any, dtype: Any, shape: Sequence[int]) -> Any:
        """Return a function that sums along the axes, in the dtype in which ``dtype`` is summed.

        All else is computed in ``dtype``: on a CPU, whole arrays in float64 cost five times more.
        So do sums; those over the places of an image, up to ``PLACES``, stay in ``dtype``.
        """
        wide = ACCUMULATORS.get(dtype.name, dtype.name)
        inner = tuple(i for i in self.axes if i > 1)
        if dtype != np.float32 or not 0 < np.prod([shape[i] for i in inner]) <= PLACES:
            inner = ()
        outer = tuple(i for i in self.axes if i not in inner)
        if not inner or not outer:
            return lambda v: xp.sum(v, axis=self.axes, keepdims=True, dtype=wide)
        return lambda v: xp.sum(
            xp.sum(v, axis=inner, keepdims=True), axis=outer, keepdims=True, dtype=wide
        )


class AbstractBatchNormTrain(BatchNormOp):
    """Normalize ``x`` to mean 0 and variance 1 along ``axes``, then scale and shift.

    Inputs ``x, scale, bias, epsilon, running_average_factor[, running_mean, running_var]``; outputs
    ``out, mean, invstd[, new_running_mean, new_running_var]``: see
    ``batch_normalization_train``. Parameters have the rank of ``x`` and length 1 along ``axes``.
    """

    def make_node(
        self,
        x: Any,
        scale: Any,
        bias: Any,
        epsilon: Any = 1e-4,
        running_average_factor: Any = 0.1,
        running_mean: Any = None,
        running_var: Any = None,
    ) -> Apply:
        if (running_mean is None) != (running_var is None):
            raise usage_error(ValueError, "batch normalization was given one running average")
        running = [] if running_mean is None else [running_mean, running_var]
        tensors = self._inputs([x, scale, bias, *running])
        numbers = [as_tensor_variable(v) for v in (epsilon, running_average_factor)]
        kind = self._statistic(tensors[0], tensors[1])
        outputs = [tensors[0].type(), *[kind() for _ in range(2 + len(running))]]
        return Apply(self, [*tensors[:3], *numbers, *tensors[3:]], outputs)

    def _values(self, xp, x, scale, bias, epsilon, factor, running):
        total = self._totals(xp, x.dtype, x.shape)
        mean = total(x)
        m = np.float64(x.size // max(mean.size, 1)).astype(mean.dtype)
        mean = mean / m
        narrow_mean = mean.astype(x.dtype)
        (own_mean,) = apart(xp, narrow_mean)
        var = total((x - own_mean) * (x - own_mean)) / m
        invstd = (1 / xp.sqrt(var + epsilon.astype(var.dtype))).astype(x.dtype)
        results = [(x - narrow_mean) * (scale * invstd) + bias, narrow_mean, invstd]
        factor = factor.astype(var.dtype)
        # Without running averages there is nothing to pair.
        for old, new in zip(running, (mean, var * (m / (m - 1))), strict=False):
            average = old.astype(var.dtype) * (1 - factor) + new * factor
            results.append(average.astype(x.dtype))
        return results

    def perform(self, node, inputs, output_storage):
        with np.errstate(all="ignore"):
            results = self._values(np, *inputs[:5], inputs[5:])
        for storage, result in zip(output_storage, results, strict=True):
            storage[0] = result

    def lower(self, ctx, *inputs):
        inputs = [jnp.asarray(v) for v in inputs]
        with np.errstate(all="ignore"):
            return tuple(self._values(jnp, *inputs[:5], inputs[5:]))

    def infer_shape(self, node, shapes):
        return [shapes[0]] + [self._mean_shape(shapes[0])] * (len(node.outputs) - 1)

    def connection_pattern(self, node):
        pattern = [[True] * len(node.outputs)]
        pattern += [[i == 0 for i, _ in enumerate(node.outputs)] for _ in range(2)]
        pattern += [[False] * len(node.outputs) for _ in range(2)]
        pattern += [[i == j for i, _ in enumerate(node.outputs)] for j in (3, 4)]
        return pattern[: len(node.inputs)]

    def L_op(self, inputs, outputs, output_grads):
        x, scale, bias, epsilon = inputs[:4]
        factor = ew.cast(inputs[4], x.type.dtype)
        mean, invstd = outputs[1:3]
        g_out, g_mean, g_invstd = output_grads[:3]
        g_running = output_grads[3:]
        terms, none = [], disconnected_type
        g_scale = g_bias = none()
        if not is_disconnected(g_out):
            g_x, g_scale, g_bias = AbstractBatchNormTrainGrad(self.axes)(
                x, g_out, scale, mean, invstd, epsilon
            )
            terms.append(g_x)
            g_scale, g_bias = summed_like(g_scale, scale), summed_like(g_bias, bias)
        m = self._count(x)
        if not is_disconnected(g_mean):
            terms.append(g_mean / m)
        if not is_disconnected(g_invstd):
            terms.append(-g_invstd * invstd**3 * (x - mean) / m)
        if g_running and not is_disconnected(g_running[0]):
            terms.append(g_running[0] * factor / m)
        if g_running and not is_disconnected(g_running[1]):
            terms.append(g_running[1] * factor * 2 / (m - 1) * (x - mean))
        g_x = sum(terms[1:], terms[0])
        if x.type.broadcastable != g_x.type.broadcastable:
            g_x = g_x + ew.zeros_like(x)
        g_old = [
            none() if is_disconnected(g) else summed_like(g * (1 - factor), old)
            for g, old in zip(g_running, inputs[5:], strict=True)
        ]
        return [g_x, g_scale, g_bias, none(), none(), *g_old]

    def _count(self, x: Any) -> Any:
        """Return the number of elements that each mean is taken over, in the dtype of ``x``."""
        count = 1
        for axis in self.axes:
            count = count * ShapeI(axis)(x)
        return ew.cast(count, x.type.dtype)

    def R_op(self, inputs, eval_points):
        x, scale = inputs[:2]
        factor = ew.cast(inputs[4], x.type.dtype)
        _, mean, invstd = self(*inputs)[:3]
        x_point, scale_point, bias_point = eval_points[:3]
        normal = (x - mean) * invstd
        out, mean_point, invstd_point = [], None, None
        running = [[] if point is None else [point * (1 - factor)] for point in eval_points[5:]]
        if x_point is not None:
            mean_point = self._mean(x_point)
            half_var_point = self._mean((x - mean) * x_point)
            invstd_point = -(invstd**3) * half_var_point
            out.append(scale * invstd * (x_point - mean_point))
            out.append(scale * (x - mean) * invstd_point)
            if running:
                m = self._count(x)
                running[0].append(mean_point * factor)
                running[1].append(half_var_point * factor * 2 * m / (m - 1))
        if scale_point is not None:
            out.append(scale_point * normal)
        if bias_point is not None:
            out.append(bias_point + ew.zeros_like(x))
        return [
            sum(out[1:], out[0]) if out else None,
            mean_point,
            invstd_point,
            *[sum(terms[1:], terms[0]) if terms else None for terms in running],
        ]


class AbstractBatchNormTrainGrad(BatchNormOp):
    """The gradient of batch normalization: ``x, dy, scale, mean, invstd, epsilon -> three``.

    Those of ``x``, of ``scale`` and of ``bias``, where ``mean`` and ``invstd`` are those of ``x``.
    """

    def make_node(
        self, x: Any, dy: Any, scale: Any, x_mean: Any, x_invstd: Any, epsilon: Any = 1e-4
    ) -> Apply:
        tensors = self._inputs([x, dy, scale, x_mean, x_invstd])
        kind = self._statistic(tensors[0], tensors[2])
        return Apply(
            self,
            [*tensors, as_tensor_variable(epsilon)],
            [tensors[0].type(), kind(), kind()],
        )

    def _values(self, xp, x, dy, scale, mean, invstd):
        total = self._totals(xp, x.dtype, x.shape)
        own_mean, _ = apart(xp, mean, invstd)
        # What is multiplied by invstd afterwards need not be stored: it is part of the sum's loop.
        sums = total(dy), total(dy * (x - own_mean)), total(x)
        wide_mean, wide_invstd = (v.astype(sums[0].dtype) for v in (mean, invstd))
        sums = sums[0], sums[1] * wide_invstd, sums[2]
        m = np.float64(x.size // max(sums[0].size, 1)).astype(sums[0].dtype)
        mean_dy, mean_product, mean_x = (v / m for v in sums)
        # Where mean is not that of x, as in second derivatives, that of normal is not zero.
        mean_normal = (mean_x - wide_mean) * wide_invstd
        mean_dy, mean_product, mean_normal = (
            v.astype(x.dtype) for v in (mean_dy, mean_product, mean_normal)
        )
        rest = dy - mean_dy - ((x - mean) * invstd - mean_normal) * mean_product
        return [scale * invstd * rest, sums[1].astype(x.dtype), sums[0].astype(x.dtype)]

    def perform(self, node, inputs, output_storage):
        with np.errstate(all="ignore"):
            results = self._values(np, *inputs[:5])
        for storage, result in zip(output_storage, results, strict=True):
            storage[0] = result

    def lower(self, ctx, *inputs):
        return tuple(self._values(jnp, *[jnp.asarray(v) for v in inputs[:5]]))

    def infer_shape(self, node, shapes):
        small = self._mean_shape(shapes[0])
        return [shapes[0], small, small]

    def connection_pattern(self, node):
        return [
            [True, True, False],  # x
            [True, True, True],  # dy
            [True, False, False],  # scale
            [True, True, False],  # x_mean
            [True, True, False],  # x_invstd
            [False, False, False],  # epsilon
        ]

    def L_op(self, inputs, outputs, output_grads):
        x, dy, scale, mean, invstd, _ = inputs
        a, b, e = output_grads
        d = x - mean
        k = self._mean(dy * d)
        cubed = invstd**3
        g_x, g_dy, g_scale, g_invstd = [], [], [], []
        if not is_disconnected(a):
            c = dy * invstd - cubed * d * k
            g_c = scale * (a - self._mean(a))
            along = self._mean(g_c * d)
            g_scale.append(self._sum(a * (c - self._mean(c))))
            g_dy.append(invstd * g_c - cubed * d * along)
            g_x.append(-cubed * (dy * along + g_c * k))
            g_invstd.append(self._sum(g_c * (dy - 3 * invstd**2 * k * d)))
        if not is_disconnected(b):
            g_dy.append(b * invstd * d)
            g_x.append(b * invstd * dy)
            g_invstd.append(b * self._sum(dy * d))
        if not is_disconnected(e):
            g_dy.append(e + ew.zeros_like(dy))
        g_mean = [-self._sum(g) for g in g_x]
        totals = [
            sum(g[1:], g[0]) if g else disconnected_type()
            for g in (g_x, g_dy, g_scale, g_mean, g_invstd)
        ]
        totals[2:] = [
            g if is_disconnected(g) else summed_like(g, v)
            for g, v in zip(totals[2:], (scale, mean, invstd), strict=True)
        ]
        return [*totals, disconnected_type()]

    def R_op(self, inputs, eval_points):
        x, dy, scale, mean, invstd = inputs[:5]
        x_point, dy_point, scale_point, mean_point, invstd_point = (
            ew.zeros_like(v) if point is None else point
            for v, point in zip(inputs[:5], eval_points[:5], strict=True)
        )
        d, d_point = x - mean, x_point - mean_point
        k, cubed = self._mean(dy * d), invstd**3
        k_point = self._mean(dy_point * d + dy * d_point)
        cubed_point = 3 * invstd**2 * invstd_point
        c = dy * invstd - cubed * d * k
        c_point = dy_point * invstd + dy * invstd_point
        c_point = c_point - cubed_point * d * k - cubed * (d_point * k + d * k_point)
        product = dy_point * invstd * d + dy * (invstd_point * d + invstd * d_point)
        return [
            scale_point * (c - self._mean(c)) + scale * (c_point - self._mean(c_point)),
            self._sum(product),
            self._sum(dy_point),
        ]


class AbstractBatchNormInference(BatchNormOp):
    """``(x - mean) * scale / sqrt(variance + epsilon) + bias``.

    Parameters have the rank of ``x`` and length 1 along ``axes``.
    """

    def make_node(
        self,
        x: Any,
        scale: Any,
        bias: Any,
        estimated_mean: Any,
        estimated_variance: Any,
        epsilon: Any = 1e-4,
    ) -> Apply:
        tensors = self._inputs([x, scale, bias, estimated_mean, estimated_variance])
        epsilon = as_tensor_variable(epsilon)
        return Apply(self, [*tensors, epsilon], [tensors[0].type()])

    def perform(self, node, inputs, output_storage):
        x, scale, bias, mean, var, epsilon = inputs
        with np.errstate(all="ignore"):
            z = (x - mean) * (scale / np.sqrt(var + epsilon.astype(x.dtype))) + bias
        output_storage[0][0] = z

    def lower(self, ctx, x, scale, bias, mean, var, epsilon):
        std = jnp.sqrt(var + lax.convert_element_type(epsilon, x.dtype))
        return (x - mean) * (scale / std) + bias

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def connection_pattern(self, node):
        return [[i < 5] for i in range(6)]

    def L_op(self, inputs, outputs, output_grads):
        (x, scale, bias, mean, var, epsilon), (g_z,) = inputs, output_grads
        wide_var = var + ew.cast(epsilon, var.type.dtype)
        invstd = 1 / ew.FUNCTIONS["sqrt"](wide_var)
        product, total = self._sum(g_z * (x - mean)), self._sum(g_z)
        grads = [
            product * invstd,
            total,
            -total * scale * invstd,
            -product * scale * invstd / (2 * wide_var),
        ]
        parameters = (scale, bias, mean, var)
        fitting = [summed_like(g, v) for g, v in zip(grads, parameters, strict=True)]
        return [g_z * scale * invstd, *fitting, disconnected_type()]

    def R_op(self, inputs, eval_points):
        x, scale, _, mean, var, epsilon = inputs
        wide_var = var + ew.cast(epsilon, var.type.dtype)
        invstd = 1 / ew.FUNCTIONS["sqrt"](wide_var)
        slopes = (
            scale * invstd,
            (x - mean) * invstd,
            ew.ones_like(x),
            -scale * invstd,
            -(x - mean) * scale * invstd / (2 * wide_var),
        )
        terms = [s * p for s, p in zip(slopes, eval_points[:5], strict=True) if p is not None]
        return [sum(terms[1:], terms[0]) + ew.zeros_like(x) if terms else None]


def apart(xp: Any, *values: Any) -> Any:
    """Return values in a way that XLA does not take for the same values elsewhere.

    A difference that a sum shares with another loop is stored, which takes longer than to compute
    it in both.
    """
    return values if xp is np else lax.optimization_barrier(values)


def summed_like(g: Any, v: Any) -> Any:
    """Return ``g`` summed over the dimensions in which ``v`` is broadcast."""
    axes = [
        i
        for i, (here, there) in enumerate(
            zip(v.type.broadcastable, g.type.broadcastable, strict=True)
        )
        if here and not there
    ]
    return tensor_sum(g, axes, keepdims=True) if axes else g


def check_axes(axes: Sequence[int], ndim: int) -> None:
    """Raise ValueError for an axis that does not exist."""
    if min(axes) < 0 or max(axes) >= ndim:
        raise usage_error(
            ValueError,
            "batch normalization was given an axis that does not exist",
            expected=f"axes from 0 to {ndim - 1}",
            got=str(tuple(axes)),
        )
