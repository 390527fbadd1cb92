"""Reductions along axes: sums, products, extrema, logical ones, means, and positions of extrema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op
from theano.graph.null_type import disconnected_type
from theano.scalar import arithmetic, comparison
from theano.scalar.op import ScalarOp
from theano.scalar.type import DISCRETE_DTYPES, FLOAT_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "max",
    "max_and_argmax",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def normalize_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return the axes that ``axis`` names, sorted; all of them for None.

    Raises
    ------
    ValueError
        An axis does not exist or is named twice.
    TypeError
        ``axis`` is no integer, constant, or sequence of such.
    """
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, Constant):
        axis = axis.data.tolist()
    given = list(axis) if isinstance(axis, (tuple, list, np.ndarray)) else [axis]
    axes = []
    for a in given:
        if isinstance(a, bool) or not isinstance(a, (int, np.integer)):
            raise TypeError(f"an axis is an integer, got {a!r} ({type(a).__name__})")
        if not -ndim <= a < ndim:
            raise usage_error(
                ValueError,
                "a reduction names an axis that does not exist",
                expected=f"an axis from {-ndim} to {ndim - 1}",
                got=f"axis={a} on a tensor of {ndim} dimensions",
            )
        axes.append(int(a) % ndim)
    if len(set(axes)) != len(axes):
        raise ValueError(f"axis={axis} names an axis twice")
    return tuple(sorted(axes))


def restore_axes(x: Any, axes: Sequence[int], ndim: int) -> Any:
    """Return a reduced ``x`` with the reduced ``axes`` put back as broadcastable ones."""
    kept = iter(range(ndim - len(axes)))
    order = ["x" if i in axes else next(kept) for i in range(ndim)]
    return DimShuffle(x.type.broadcastable, order)(x)


class CAReduce(Op):
    """Reduction of a tensor along ``axis`` by a commutative, associative scalar op.

    ``(n_0, …) -> `` the shape without ``axis``.
    """

    __props__ = ("axis",)
    scalar_op: ScalarOp
    reducer: Any  # NumPy's
    jax_reducer: Any

    def __init__(self, axis: Any = None) -> None:
        if isinstance(axis, (int, np.integer)):
            axis = (axis,)
        self.axis = None if axis is None else tuple(sorted(int(a) for a in axis))

    def axes(self, ndim: int) -> tuple[int, ...]:
        """Return the reduced axes of a tensor of ``ndim`` dimensions."""
        return normalize_axes(self.axis, ndim)

    def output_dtype(self, dtype: str) -> str:
        """Return the dtype of the result."""
        return dtype

    def accumulator_dtype(self, dtype: str) -> str:
        """Return the dtype that the reduction is computed in."""
        return self.output_dtype(dtype)

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        axes = self.axes(x.type.ndim)
        pattern = [b for i, b in enumerate(x.type.broadcastable) if i not in axes]
        return Apply(self, [x], [TensorType(self.output_dtype(x.type.dtype), pattern)()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        accumulator = self.accumulator_dtype(x.dtype.name)
        z = self.reducer(np.asarray(x, dtype=accumulator), axis=self.axes(x.ndim))
        output_storage[0][0] = np.asarray(z, dtype=node.outputs[0].type.dtype)

    def lower(self, ctx, x):
        accumulator = self.accumulator_dtype(ctx.node.inputs[0].type.dtype)
        z = self.jax_reducer(lax.convert_element_type(x, accumulator), axis=self.axes(x.ndim))
        return lax.convert_element_type(z, ctx.node.outputs[0].type.dtype)

    def infer_shape(self, node, shapes):
        axes = self.axes(node.inputs[0].type.ndim)
        return [tuple(n for i, n in enumerate(shapes[0]) if i not in axes)]

    def __str__(self):
        axis = "" if self.axis is None else f"{{{','.join(map(str, self.axis))}}}"
        return f"{type(self).__name__}{axis}"


class AccumulatingReduce(CAReduce):
    """A sum or a product: discrete dtypes widen to 64 bits, float16 is accumulated in float32."""

    __props__ = ("axis", "dtype", "acc_dtype")

    def __init__(self, axis: Any = None, dtype: Any = None, acc_dtype: Any = None) -> None:
        super().__init__(axis)
        self.dtype = dtype
        self.acc_dtype = acc_dtype

    def output_dtype(self, dtype):
        if self.dtype is not None:
            return self.dtype
        if dtype in ("uint8", "uint16", "uint32", "uint64"):
            return "uint64"
        return "int64" if dtype in DISCRETE_DTYPES else dtype

    def accumulator_dtype(self, dtype):
        if self.acc_dtype is not None:
            return self.acc_dtype
        output = self.output_dtype(dtype)
        return "float32" if output == "float16" else upcast(output, output)


class Sum(AccumulatingReduce):
    """The sum along ``axis``."""

    scalar_op = arithmetic.add
    reducer = staticmethod(np.sum)
    jax_reducer = staticmethod(jnp.sum)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        if outputs[0].type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        return [ew.fill(x, restore_axes(g_z, self.axes(x.type.ndim), x.type.ndim))]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


class Prod(AccumulatingReduce):
    """The product along ``axis``. Its gradient is exact in the presence of zeros."""

    scalar_op = arithmetic.mul
    reducer = staticmethod(np.prod)
    jax_reducer = staticmethod(jnp.prod)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        if outputs[0].type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        ndim = x.type.ndim
        axes = self.axes(ndim)
        is_zero = ew.eq(x, 0)
        n_zeros = restore_axes(Sum(axes)(is_zero), axes, ndim)
        of_others = Prod(axes)(ew.switch(is_zero, ew.ones_like(x), x))
        of_others = restore_axes(of_others, axes, ndim)
        g = restore_axes(g_z, axes, ndim)
        # With one zero only its own derivative is left; with two or more none is.
        where_zero = ew.switch(ew.eq(n_zeros, 1), of_others, ew.zeros_like(of_others))
        elsewhere = ew.switch(ew.eq(n_zeros, 0), of_others / x, ew.zeros_like(x))
        return [g * ew.switch(is_zero, where_zero, elsewhere)]

    def R_op(self, inputs, eval_points):
        return r_op_from_l_op(self, inputs, eval_points)


class Extremum(CAReduce):
    """A maximum or minimum along ``axis``; every element that attains it receives the gradient."""

    def _check(self, shape: Sequence[int]) -> None:
        if any_zero(shape[axis] for axis in self.axes(len(shape))):
            raise ValueError(
                f"{type(self).__name__.lower()} of an empty tensor of shape {tuple(shape)} along "
                f"{self.axis} has no value"
            )

    def perform(self, node, inputs, output_storage):
        self._check(inputs[0].shape)
        super().perform(node, inputs, output_storage)

    def lower(self, ctx, x):
        self._check(x.shape)
        return super().lower(ctx, x)

    def _attained(self, x: Any, z: Any) -> Any:
        return ew.eq(x, restore_axes(z, self.axes(x.type.ndim), x.type.ndim))

    def L_op(self, inputs, outputs, output_grads):
        (x,), (z,), (g_z,) = inputs, outputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        g = restore_axes(g_z, self.axes(x.type.ndim), x.type.ndim)
        return [self._attained(x, z) * g]

    def R_op(self, inputs, eval_points):
        (x,), (point,) = inputs, eval_points
        if point is None:
            return [None]
        return [Sum(self.axis)(self._attained(x, self(x)) * point)]


class Max(Extremum):
    """The largest element along ``axis``."""

    scalar_op = arithmetic.maximum
    reducer = staticmethod(np.max)
    jax_reducer = staticmethod(jnp.max)


class Min(Extremum):
    """The smallest element along ``axis``."""

    scalar_op = arithmetic.minimum
    reducer = staticmethod(np.min)
    jax_reducer = staticmethod(jnp.min)


class LogicalReduce(CAReduce):
    """A logical reduction; boolean, without gradient."""

    def output_dtype(self, dtype):
        return "bool"

    def L_op(self, inputs, outputs, output_grads):
        return [ew.zeros_like(inputs[0], dtype="floatX")]

    def R_op(self, inputs, eval_points):
        return [None]


class LogicalAll(LogicalReduce):
    """Whether no element along ``axis`` is zero."""

    scalar_op = comparison.and_
    reducer = staticmethod(np.all)
    jax_reducer = staticmethod(jnp.all)


class LogicalAny(LogicalReduce):
    """Whether an element along ``axis`` is not zero."""

    scalar_op = comparison.or_
    reducer = staticmethod(np.any)
    jax_reducer = staticmethod(jnp.any)


class Argmax(Op):
    """The position of the first largest element; NaN counts as the largest.

    Several axes are taken as one, in C order. int64.
    """

    __props__ = ("axis",)

    def __init__(self, axis: Any) -> None:
        self.axis = tuple(axis)

    def make_node(self, x):
        x = as_tensor_variable(x)
        pattern = [b for i, b in enumerate(x.type.broadcastable) if i not in self.axis]
        return Apply(self, [x], [TensorType("int64", pattern)()])

    def _flat(self, x):
        kept = [i for i in range(x.ndim) if i not in self.axis]
        lengths = [x.shape[i] for i in kept]
        n = int(np.prod([x.shape[i] for i in self.axis], dtype="int64"))
        if n == 0:
            raise ValueError(f"argmax of an empty tensor of shape {x.shape} has no value")
        return x.transpose(*kept, *self.axis).reshape(*lengths, n)

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(np.argmax(self._flat(inputs[0]), axis=-1), dtype="int64")

    def lower(self, ctx, x):
        return jnp.argmax(self._flat(jnp.asarray(x)), axis=-1).astype("int64")

    def infer_shape(self, node, shapes):
        return [tuple(n for i, n in enumerate(shapes[0]) if i not in self.axis)]

    def connection_pattern(self, node):
        return [[False]]

    def L_op(self, inputs, outputs, output_grads):
        return [disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None]


def any_zero(lengths: Any) -> bool:
    """Whether a length is zero."""
    return 0 in list(lengths)


def r_op_from_l_op(op: Op, inputs: Any, eval_points: Any) -> list[Any]:
    """Return the R-op of a full or partial product-like reduction through its own gradient.

    Along the reduced axes the outputs are independent, so that the directional derivative is the
    sum of ``partial derivative × direction`` along them.
    """
    (x,), (point,) = inputs, eval_points
    if point is None:
        return [None]
    z = op(x)
    (partial,) = op.L_op([x], [z], [ew.ones_like(z)])
    return [Sum(op.axis)(partial * point)]


def keep(z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Return a reduction with its axes put back where ``keepdims`` is set."""
    return restore_axes(z, normalize_axes(axis, x.type.ndim), x.type.ndim) if keepdims else z


def _reduction(op: Any, x: Any, axis: Any, keepdims: bool, **kwargs: Any) -> Any:
    x = as_tensor_variable(x)
    axes = None if axis is None else normalize_axes(axis, x.type.ndim)
    return keep(op(axes, **kwargs)(x), x, axes, keepdims)


def sum(
    input: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
) -> Any:
    """Return the sum along ``axis`` (all axes for None), in ``dtype``.

    Integers are summed in 64 bits unless ``dtype`` says otherwise.
    """
    return _reduction(Sum, input, axis, keepdims, dtype=dtype, acc_dtype=acc_dtype)


def prod(
    input: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
) -> Any:
    """Return the product along ``axis`` (all axes for None), in ``dtype``."""
    return _reduction(Prod, input, axis, keepdims, dtype=dtype, acc_dtype=acc_dtype)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the largest element along ``axis`` (all axes for None)."""
    return _reduction(Max, x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the smallest element along ``axis`` (all axes for None)."""
    return _reduction(Min, x, axis, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return whether no element along ``axis`` is zero."""
    return _reduction(LogicalAll, x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return whether an element along ``axis`` is not zero."""
    return _reduction(LogicalAny, x, axis, keepdims)


def argmax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the position of the first largest element along ``axis``; int64."""
    x = as_tensor_variable(x)
    axes = normalize_axes(axis, x.type.ndim)
    return keep(Argmax(axes)(x), x, axes, keepdims)


def argmin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the position of the first smallest element along ``axis``; int64."""
    x = as_tensor_variable(x)
    if x.type.dtype in DISCRETE_DTYPES and not x.type.dtype.startswith("int"):
        return argmax(ew.FUNCTIONS["invert"](x), axis, keepdims)
    return argmax(-x, axis, keepdims)


def max_and_argmax(a: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """Return the largest element along ``axis`` and the position of the first one."""
    return [max(a, axis, keepdims), argmax(a, axis, keepdims)]


def mean(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: Any = None,
) -> Any:
    """Return the mean along ``axis`` (all axes for None).

    Discrete inputs are averaged in float64.
    """
    from theano.tensor.ops.shape import shape

    x = as_tensor_variable(input)
    in_dtype = x.type.dtype
    if dtype is None and in_dtype in DISCRETE_DTYPES:
        dtype = "float64"
    total = sum(x, axis, dtype, keepdims, acc_dtype)
    lengths = shape(x)
    count_dtype = total.type.dtype if total.type.dtype in FLOAT_DTYPES else "float64"
    if count_dtype == "float16":
        count_dtype = "float32"
    for a in normalize_axes(axis, x.type.ndim):
        total = ew.FUNCTIONS["true_div"](total, ew.cast(lengths[a], count_dtype))
    return ew.cast(total, in_dtype) if in_dtype == "float16" else total


def var(
    input: Any,
    axis: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
    corrected: bool = False,
) -> Any:
    """Return the variance along ``axis``, divided by ``n - ddof``.

    ``corrected`` subtracts the mean's own rounding error.
    """
    from theano.tensor.ops.shape import shape

    x = as_tensor_variable(input)
    axes = normalize_axes(axis, x.type.ndim)
    centered = x - mean(x, axes, keepdims=True)
    if ddof == 0:
        v = mean(ew.FUNCTIONS["sqr"](centered), axes, keepdims=keepdims)
    else:
        total = sum(ew.FUNCTIONS["sqr"](centered), axes, keepdims=keepdims)
        lengths = shape(x)
        count = 1
        for a in axes:
            count = count * lengths[a]
        v = total / ew.cast(count - ddof, total.type.dtype)
    if corrected:
        v = v - ew.FUNCTIONS["sqr"](mean(centered, axes, keepdims=keepdims))
    return v


def std(
    input: Any,
    axis: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
    corrected: bool = False,
) -> Any:
    """Return the standard deviation along ``axis``, divided by ``n - ddof``."""
    return ew.FUNCTIONS["sqrt"](var(input, axis, ddof, keepdims, corrected))
