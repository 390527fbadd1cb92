"""Reductions by a commutative, associative operation: sums, products, extrema, logical ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op
from theano.options import config
from theano.scalar import arithmetic, comparison
from theano.scalar.op import ScalarOp
from theano.scalar.passing import Cast
from theano.scalar.type import DISCRETE_DTYPES, check_dtype, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

ACCUMULATORS = {"float16": "float32", "float32": "float64", "complex64": "complex128"}
"""What sums and products of these are computed in; wider dtypes are computed in themselves."""


def normalize_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return the axes that ``axis`` names, sorted and each once; all of them for None.

    Raises
    ------
    ValueError
        An axis does not exist.
    TypeError
        ``axis`` is no integer, constant, or sequence of such.
    """
    if isinstance(axis, Constant):
        axis = axis.data
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, np.ndarray):
        axis = axis.tolist()
    axes = set()
    for a in axis if isinstance(axis, (tuple, list, range)) else [axis]:
        if isinstance(a, np.ndarray) and a.ndim == 0:
            a = a[()]
        if isinstance(a, bool) or not isinstance(a, (int, np.integer)):
            raise usage_error(
                TypeError,
                "a reduction was given an axis that is no integer",
                expected="an integer, or a list of integers",
                got=a,
            )
        if not -ndim <= a < ndim:
            raise usage_error(
                ValueError,
                "a reduction names an axis that does not exist",
                expected=f"an axis from {-ndim} to {ndim - 1}" if ndim else "no axis",
                got=f"axis={a} on a tensor of {ndim} dimensions",
            )
        axes.add(int(a) % ndim)
    return tuple(sorted(axes))


def restore_axes(x: Any, axes: Sequence[int], ndim: int) -> Any:
    """Return a reduced ``x`` with the reduced ``axes`` put back as broadcastable ones."""
    kept = iter(range(ndim - len(axes)))
    order = ["x" if i in axes else next(kept) for i in range(ndim)]
    return DimShuffle(x.type.broadcastable, order)(x)


class CAReduce(Op):
    """Reduction of a tensor along ``axis`` by a commutative, associative scalar op of two numbers.

    ``(n_0, …) -> `` the shape without ``axis``, in the dtype of the input. Sums, products, extrema
    and logical reductions are ops of their own, faster and with gradients.

    Parameters
    ----------
    scalar_op : ScalarOp
    axis : int or sequence of int, optional
        All axes for None.

    Raises
    ------
    NotImplementedError
        ``scalar_op`` is not commutative and associative.
    ValueError
        At run time: there is no element, and ``scalar_op`` has no neutral one.
    """

    __props__: tuple[str, ...] = ("scalar_op", "axis")
    scalar_op: ScalarOp

    def __init__(self, scalar_op: ScalarOp, axis: Any = None) -> None:
        if not (scalar_op.commutative and scalar_op.associative):
            raise usage_error(
                NotImplementedError,
                f"{scalar_op} cannot reduce a tensor: the order of elements would count",
                expected="a commutative, associative op such as add, mul, maximum or and_",
            )
        self.scalar_op = scalar_op
        self.axis = as_axes(axis)

    def axes(self, ndim: int) -> tuple[int, ...]:
        """Return the reduced axes of a tensor of ``ndim`` dimensions."""
        return normalize_axes(self.axis, ndim)

    def output_dtype(self, dtype: str) -> str:
        """Return the dtype of the result."""
        return dtype

    def accumulator_dtype(self, dtype: str) -> str:
        """Return the dtype that the reduction is computed in."""
        return dtype

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        axes = self.axes(x.type.ndim)
        pattern = [b for i, b in enumerate(x.type.broadcastable) if i not in axes]
        return Apply(self, [x], [TensorType(self.output_dtype(x.type.dtype), pattern)()])

    def check_lengths(self, lengths: Sequence[int]) -> None:
        """Raise ValueError where a tensor of these lengths has no such reduction."""
        if self.scalar_op.identity is None:
            refuse_nothing(str(self.scalar_op), lengths, self.axes(len(lengths)))

    def _identity(self, dtype: Any) -> Any:
        # All bits set is -1, also where there are no negative numbers.
        return np.asarray(self.scalar_op.identity).astype(dtype)

    def _fold(self, x: Any, axis: Sequence[int]) -> Any:
        """Return ``x`` reduced with NumPy."""
        slices = along_first(x, axis)
        start = [] if self.scalar_op.identity is None else [self._identity(x.dtype)]
        return np.broadcast_to(reduce(self.scalar_op.impl, [*start, *slices]), slices.shape[1:])

    def _fold_in_jax(self, x: Any, axis: Sequence[int]) -> Any:
        """Return ``x`` reduced with JAX."""

        def combined(a: Any, b: Any) -> Any:
            return self.scalar_op.lower(None, a, b)

        if self.scalar_op.identity is not None:
            return lax.reduce(x, self._identity(x.dtype), combined, axis)
        slices = along_first(x, axis)
        return lax.fori_loop(1, slices.shape[0], lambda i, z: combined(z, slices[i]), slices[0])

    reducer: Any = _fold
    """Reduces an array of NumPy along ``axis``."""
    jax_reducer: Any = _fold_in_jax
    """The same for one of JAX."""

    def reduced(self, reducer: Any, x: Any) -> Any:
        """Return ``x`` reduced by a function of NumPy or JAX."""
        return reducer(x, axis=self.axes(x.ndim))

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        self.check_lengths(x.shape)
        accumulator = self.accumulator_dtype(x.dtype.name)
        with np.errstate(all="ignore"):
            z = self.reduced(self.reducer, np.asarray(x, dtype=accumulator))
            output_storage[0][0] = np.asarray(Cast(node.outputs[0].type.dtype).impl(z))

    def lower(self, ctx, x):
        self.check_lengths(x.shape)
        accumulator = self.accumulator_dtype(ctx.node.inputs[0].type.dtype)
        z = self.reduced(self.jax_reducer, lax.convert_element_type(x, accumulator))
        return Cast(ctx.node.outputs[0].type.dtype).lower(ctx, z)

    def infer_shape(self, node, shapes):
        axes = self.axes(node.inputs[0].type.ndim)
        return [tuple(n for i, n in enumerate(shapes[0]) if i not in axes)]

    def __str__(self):
        axis = "" if self.axis is None else f"{{{','.join(map(str, self.axis))}}}"
        return f"Reduce{{{self.scalar_op}}}{axis}"


class CAReduceDtype(CAReduce):
    """As ``CAReduce``, with the dtypes of a sum: integers widen to 64 bits.

    Parameters
    ----------
    scalar_op : ScalarOp
    axis : int or sequence of int, optional
    dtype, acc_dtype : str, optional
        Of the result, and in which it is computed.
    """

    __props__ = ("scalar_op", "axis", "dtype", "acc_dtype")

    def __init__(
        self, scalar_op: ScalarOp, axis: Any = None, dtype: Any = None, acc_dtype: Any = None
    ) -> None:
        super().__init__(scalar_op, axis)
        self.dtype = named_dtype(dtype)
        self.acc_dtype = named_dtype(acc_dtype)

    def output_dtype(self, dtype: str) -> str:
        return self.dtype or widened(dtype)

    def accumulator_dtype(self, dtype: str) -> str:
        return self.acc_dtype or ACCUMULATORS.get(dtype) or widened(dtype)


class Reduction(CAReduce):
    """A reduction by a scalar op of its own, which NumPy and JAX know."""

    __props__: tuple[str, ...] = ("axis",)

    def __init__(self, axis: Any = None) -> None:
        self.axis = as_axes(axis)

    def check_lengths(self, lengths: Sequence[int]) -> None:
        """Take any lengths."""

    def __str__(self):
        axis = "" if self.axis is None else f"{{{','.join(map(str, self.axis))}}}"
        return f"{type(self).__name__}{axis}"


def as_axes(axis: Any) -> tuple[int, ...] | None:
    """Return an axis or several as a sorted tuple."""
    if axis is None:
        return None
    return tuple(sorted(int(a) for a in ([axis] if isinstance(axis, (int, np.integer)) else axis)))


def along_first(x: Any, axis: Sequence[int]) -> Any:
    """Return an array of NumPy or JAX with ``axis`` joined into its first dimension."""
    kept = [i for i in range(x.ndim) if i not in axis]
    n = int(np.prod([x.shape[i] for i in axis], dtype="int64"))
    return x.transpose(*axis, *kept).reshape(n, *[x.shape[i] for i in kept])


def refuse_nothing(name: str, lengths: Sequence[int], axes: Sequence[int]) -> None:
    """Raise ValueError where there is no element to reduce."""
    if 0 in [lengths[axis] for axis in axes]:
        raise usage_error(
            ValueError,
            f"the {name} of no elements has no value",
            expected=f"at least one element along axis {tuple(axes)}",
            got=f"a tensor of shape {tuple(lengths)}",
        )


class AccumulatingReduce(Reduction):
    """A sum or a product.

    Parameters
    ----------
    axis : int or sequence of int, optional
    dtype : str, optional
        Of the result. By default that of the input; integers and booleans widen to 64 bits.
    acc_dtype : str, optional
        In which it is computed. By default the next wider than that of the input, so that the
        result is exact to its last digits.
    """

    __props__ = ("axis", "dtype", "acc_dtype")

    def __init__(self, axis: Any = None, dtype: Any = None, acc_dtype: Any = None) -> None:
        super().__init__(axis)
        self.dtype = named_dtype(dtype)
        self.acc_dtype = named_dtype(acc_dtype)

    def output_dtype(self, dtype: str) -> str:
        return self.dtype or widened(dtype)

    def accumulator_dtype(self, dtype: str) -> str:
        return self.acc_dtype or ACCUMULATORS.get(dtype) or widened(dtype)

    def reduced(self, reducer: Any, x: Any) -> Any:
        return reducer(x, axis=self.axes(x.ndim), dtype=x.dtype)

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        dtype, accumulator = x.type.dtype, self.accumulator_dtype(x.type.dtype)
        # Integers may be summed in a float that rounds them: a mean in float32 is.
        rounds = dtype in DISCRETE_DTYPES and accumulator not in DISCRETE_DTYPES
        if not rounds and upcast(dtype, accumulator) != accumulator:
            raise usage_error(
                TypeError,
                f"{type(self).__name__} would lose precision in its accumulator",
                expected=f"an acc_dtype that can hold {dtype}",
                got=f"acc_dtype='{accumulator}'",
                fix=f"leave acc_dtype out, or cast the input to {accumulator}",
            )
        return super().make_node(x)


def named_dtype(dtype: Any) -> str | None:
    """Return a dtype as given to a reduction by its name, ``"floatX"`` among them."""
    if dtype is None:
        return None
    return config.floatX if dtype == "floatX" else check_dtype(dtype)


def widened(dtype: str) -> str:
    """Return the dtype of 64 bits for integers and booleans, others as they are."""
    if dtype not in DISCRETE_DTYPES:
        return dtype
    return "uint64" if dtype.startswith("uint") else "int64"


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
        (point,) = eval_points
        if point is None or self.output_dtype(inputs[0].type.dtype) in DISCRETE_DTYPES:
            return [None]
        return [self(point)]


class Extremum(Reduction):
    """A maximum or minimum along ``axis``; every element that attains it receives the gradient.

    Raises: ValueError at run time where there is no element.
    """

    def check_lengths(self, lengths: Sequence[int]) -> None:
        refuse_nothing(type(self).__name__.lower(), lengths, self.axes(len(lengths)))

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
        if point is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        return [Sum(self.axis)(self._attained(x, self(x)) * point)]


class Max(Extremum):
    """The largest element along ``axis``; NaN where there is one."""

    scalar_op = arithmetic.maximum
    reducer = staticmethod(np.max)
    jax_reducer = staticmethod(jnp.max)


class Min(Extremum):
    """The smallest element along ``axis``; NaN where there is one."""

    scalar_op = arithmetic.minimum
    reducer = staticmethod(np.min)
    jax_reducer = staticmethod(jnp.min)


class LogicalReduce(Reduction):
    """A logical reduction; boolean, with a gradient of zero."""

    def output_dtype(self, dtype: str) -> str:
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
