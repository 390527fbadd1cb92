"""Elements in order: ``sort``, ``argsort``, ``topk``."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp
from numpy.exceptions import AxisError

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected
from theano.scalar.type import COMPLEX_DTYPES, DISCRETE_DTYPES, FLOAT_DTYPES, INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.along_axis import AddAlong, TakeAlong
from theano.tensor.ops.shape import flatten
from theano.tensor.ops.sizes import as_size, constant_size
from theano.tensor.type import TensorType

__all__ = ["argsort", "argtopk", "sort", "topk", "topk_and_argtopk"]

KINDS = ("quicksort", "mergesort", "heapsort", "stable")


class Sorting(Op):
    """What ``SortOp`` and ``ArgSortOp`` share: ``x, axis -> x.shape``.

    Parameters
    ----------
    kind : str
        Kept for programs that give it: every sort is stable.
    order : None or empty
        Theano's tensors have no fields to sort by.

    Notes
    -----
    NaN comes last, as in NumPy. An axis that is no constant must be known when the program is
    compiled.

    Raises: IndexError for an axis that does not exist.
    """

    __props__ = ("kind", "order")

    def __init__(self, kind: str = "quicksort", order: Any = None) -> None:
        if kind not in KINDS or order:
            raise usage_error(
                ValueError,
                "a sort was asked for in a way that is not known",
                expected=f"kind from {', '.join(KINDS)}; order None",
                got=f"kind={kind!r}, order={order!r}",
            )
        self.kind = kind
        self.order = None

    def output_dtype(self, dtype: str) -> str:
        """Return the dtype of the result for that of ``x``."""
        raise NotImplementedError

    def make_node(self, x: Any, axis: Any = -1) -> Apply:
        x, axis = as_tensor_variable(x), as_tensor_variable(axis)
        if axis.type.ndim or axis.type.dtype not in (*INTEGER_DTYPES, *FLOAT_DTYPES):
            raise usage_error(
                TypeError, "a sort takes an integer axis", expected="an integer scalar", got=axis
            )
        if isinstance(axis, Constant):
            sorted_axis(axis.data, x.type.ndim)
        kind = TensorType(self.output_dtype(x.type.dtype), x.type.broadcastable)
        return Apply(self, [x, axis], [kind()])

    def static_inputs(self, node):
        return (1,)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def connection_pattern(self, node):
        return [[True], [False]]

    def constant_axis(self, x: Any, axis: Any) -> int:
        """Return the axis for a derivative.

        Raises
        ------
        NotImplementedError
            It is no constant.
        """
        if not isinstance(axis, Constant):
            raise usage_error(
                NotImplementedError,
                "the derivative of a sort needs its axis when the graph is built",
                expected="a constant axis",
                got=axis,
            )
        return sorted_axis(axis.data, x.type.ndim)


class SortOp(Sorting):
    """A tensor with its elements along an axis in rising order: ``x, axis -> x.shape``."""

    def output_dtype(self, dtype: str) -> str:
        """Return the dtype of the result for that of ``x``."""
        return dtype

    def perform(self, node, inputs, output_storage):
        x, axis = inputs
        output_storage[0][0] = np.sort(x, sorted_axis(axis, x.ndim), kind="stable")

    def lower(self, ctx, x, axis):
        axis = sorted_axis(ctx.static(1), x.ndim)

        def plainly(x: Any) -> Any:
            return jnp.sort(x, axis=axis)

        def by_integers(x: Any) -> Any:
            return numbers_of(lax.sort(integers_of(x), dimension=axis), x.dtype)

        def as_integers(x: Any) -> Any:
            # Integers tell no zeros of different sign apart, which stay where they are.
            has_negative_zero = jnp.any((x == 0) & jnp.signbit(x))
            return lax.cond(has_negative_zero, plainly, by_integers, x)

        if x.dtype.kind != "f":
            return plainly(x)
        return lax.platform_dependent(x, cpu=as_integers, default=plainly)

    def L_op(self, inputs, outputs, output_grads):
        (x, axis), (g_z,) = inputs, output_grads
        if x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX"), disconnected_type()]
        add = AddAlong(self.constant_axis(x, axis), in_range=True)
        places = ArgSortOp(self.kind)(x, axis)
        return [add(ew.zeros_like(x), places, g_z), disconnected_type()]

    def R_op(self, inputs, eval_points):
        (x, axis), (point, _) = inputs, eval_points
        if point is None or x.type.dtype in DISCRETE_DTYPES:
            return [None]
        choose = TakeAlong(self.constant_axis(x, axis), in_range=True)
        return [choose(point, ArgSortOp(self.kind)(x, axis))]


class ArgSortOp(Sorting):
    """The places of a tensor's elements in rising order, int64: ``x, axis -> x.shape``.

    Of equal elements the first comes first.
    """

    def output_dtype(self, dtype: str) -> str:
        """Return the dtype of the result for that of ``x``."""
        return "int64"

    def perform(self, node, inputs, output_storage):
        x, axis = inputs
        places = np.argsort(x, sorted_axis(axis, x.ndim), kind="stable")
        output_storage[0][0] = np.asarray(places, dtype="int64")

    def lower(self, ctx, x, axis):
        axis = sorted_axis(ctx.static(1), x.ndim)

        def plainly(x: Any) -> Any:
            return jnp.argsort(x, axis=axis, stable=True).astype("int64")

        def with_places(x: Any) -> Any:
            if x.dtype.kind == "f":
                x = integers_of(x)
            # In the upper half of 64 bits, signed, for the places to stand below.
            keys = x.astype("int64") - np.int64(2**31 if x.dtype == "uint32" else 0)
            places = lax.broadcasted_iota("int64", x.shape, axis)
            return lax.sort((keys << 32) | places, dimension=axis) & np.int64(2**32 - 1)

        if x.dtype.kind == "c" or x.dtype.itemsize > 4:
            return plainly(x)
        return lax.platform_dependent(x, cpu=with_places, default=plainly)

    def L_op(self, inputs, outputs, output_grads):
        return [ew.zeros_like(inputs[0], dtype="floatX"), disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None]


class TopKOp(Op):
    """The ``k`` largest elements along an axis, their places, or both: ``x, k -> (…, |k|, …)``.

    Parameters
    ----------
    axis : int
    sorted : bool
        Kept for programs that give it: results are always in falling order.
    return_values, return_indices : bool
    idx_dtype : str
        Of the places.

    Notes
    -----
    A negative ``k`` asks for the smallest. NaN counts as the largest; of equal elements the first
    comes first.

    Raises: ValueError at run time where ``k`` is zero, or larger than the axis is long.
    """

    __props__ = ("axis", "sorted", "return_values", "return_indices", "idx_dtype")

    def __init__(
        self,
        axis: int = -1,
        sorted: bool = True,
        return_values: bool = True,
        return_indices: bool = False,
        idx_dtype: str = "int64",
    ) -> None:
        if idx_dtype not in INTEGER_DTYPES or not (return_values or return_indices):
            raise usage_error(
                ValueError if idx_dtype in INTEGER_DTYPES else TypeError,
                "the largest elements were asked for in a way that is not known",
                expected="values or indices; indices of an integer dtype",
                got=f"idx_dtype={idx_dtype!r}",
            )
        self.axis = axis
        self.sorted = sorted
        self.return_values = return_values
        self.return_indices = return_indices
        self.idx_dtype = idx_dtype

    def make_node(self, x: Any, kth: Any) -> Apply:
        x, kth = as_tensor_variable(x), as_size(kth, "topk")
        sorted_axis(self.axis, x.type.ndim)
        if x.type.dtype in COMPLEX_DTYPES:
            raise usage_error(TypeError, "topk needs numbers that have an order", got=x)
        if constant_size(kth) == 0:
            raise no_such_number(0)
        dtypes = [x.type.dtype] * self.return_values + [self.idx_dtype] * self.return_indices
        return Apply(self, [x, kth], [x.type.clone(dtype=dtype)() for dtype in dtypes])

    def static_inputs(self, node):
        return (1,)

    def _number(self, kth: Any, length: int) -> int:
        if kth == 0 or abs(int(kth)) > length:
            raise no_such_number(int(kth), length)
        return int(kth)

    def perform(self, node, inputs, output_storage):
        x, kth = inputs
        axis = sorted_axis(self.axis, x.ndim)
        rows = np.moveaxis(x, axis, -1)
        n, k = rows.shape[-1], self._number(kth, rows.shape[-1])
        if k > 0:
            # Backwards, so that of equal elements the first comes last, and so first again.
            places = n - 1 - np.argsort(rows[..., ::-1], axis=-1, kind="stable")[..., ::-1][..., :k]
        else:
            places = np.argsort(rows, axis=-1, kind="stable")[..., :-k][..., ::-1]
        results = self._chosen(np.take_along_axis(rows, places, axis=-1), places)
        for storage, result, output in zip(output_storage, results, node.outputs, strict=True):
            storage[0] = np.array(np.moveaxis(result, -1, axis), dtype=output.type.dtype)

    def lower(self, ctx, x, kth):
        axis = sorted_axis(self.axis, x.ndim)
        rows = jnp.moveaxis(x, axis, -1)
        k = self._number(ctx.static(1), rows.shape[-1])
        if k > 0:
            places = lax.top_k(ordered_as_numpy(rows), k)[1]
        else:
            places = jnp.argsort(rows, axis=-1)[..., :-k][..., ::-1]
        values = jnp.take_along_axis(rows, places, axis=-1)
        places = lax.convert_element_type(places, self.idx_dtype)
        return tuple(jnp.moveaxis(z, -1, axis) for z in self._chosen(values, places))

    def _chosen(self, values: Any, places: Any) -> list[Any]:
        return [values] * self.return_values + [places] * self.return_indices

    def infer_shape(self, node, shapes):
        axis = sorted_axis(self.axis, node.inputs[0].type.ndim)
        kept = tuple(abs(node.inputs[1]) if i == axis else n for i, n in enumerate(shapes[0]))
        return [kept for _ in node.outputs]

    def connection_pattern(self, node):
        return [
            [True] * self.return_values + [False] * self.return_indices,
            [False] * len(node.outputs),
        ]

    def _places(self, x: Any, kth: Any) -> Any:
        return TopKOp(self.axis, self.sorted, False, True, self.idx_dtype)(x, kth)

    def L_op(self, inputs, outputs, output_grads):
        (x, kth), g_values = inputs, output_grads[0]
        if not self.return_values or is_disconnected(g_values) or x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX"), disconnected_type()]
        places = outputs[1] if self.return_indices else self._places(x, kth)
        add = AddAlong(sorted_axis(self.axis, x.type.ndim), in_range=True)
        return [add(ew.zeros_like(x), places, g_values), disconnected_type()]

    def R_op(self, inputs, eval_points):
        (x, kth), (point, _) = inputs, eval_points
        none = [None] * self.return_indices
        if not self.return_values:
            return none
        if point is None or x.type.dtype in DISCRETE_DTYPES:
            return [None, *none]
        choose = TakeAlong(sorted_axis(self.axis, x.type.ndim), in_range=True)
        return [choose(point, self._places(x, kth)), *none]


def integers_of(x: Any) -> Any:
    """Return integers that are in the order of floats, NaN last and zeros equal.

    On a CPU, XLA sorts integers five times faster: it calls no function to compare two.
    """
    bits = lax.bitcast_convert_type(ordered_as_numpy(x), f"int{8 * x.dtype.itemsize}")
    return turned_below_zero(bits)


def numbers_of(integers: Any, dtype: Any) -> Any:
    """Return the floats that ``integers_of`` had, but for signs of zeros."""
    return lax.bitcast_convert_type(turned_below_zero(integers), dtype)


def turned_below_zero(integers: Any) -> Any:
    """Return integers with those below zero in the other order.

    Bits of negative floats, read as integers, fall as the floats rise.
    """
    info = jnp.iinfo(integers.dtype)
    sign = integers >> np.array(info.bits - 1, integers.dtype)
    return integers ^ (sign & np.array(info.max, integers.dtype))


def ordered_as_numpy(x: Any) -> Any:
    """Return numbers that XLA's ``top_k`` orders as NumPy orders ``x``.

    XLA tells zeros of different sign apart, and takes a NaN of negative sign as the smallest.
    """
    if x.dtype == bool:
        return lax.convert_element_type(x, "int8")
    if x.dtype.kind != "f":
        return x
    x = jnp.where(x == 0, np.zeros((), x.dtype), x)
    return jnp.where(jnp.isnan(x), np.full((), np.nan, x.dtype), x)


def no_such_number(k: int, length: int | None = None) -> ValueError:
    """Return the error for a number of elements that cannot be had."""
    return usage_error(
        ValueError,
        "topk was asked for a number of elements that it cannot give",
        expected="not 0" if length is None else f"1 to {length} elements, or -1 to {-length}",
        got=f"kth={k}",
    )


def sorted_axis(axis: Any, ndim: int) -> int:
    """Return an axis as a non-negative int.

    Raises
    ------
    ValueError, IndexError
        It does not exist; one exception that is both.
    ValueError
        It is no whole number.
    """
    if axis != int(axis):
        raise usage_error(ValueError, "a sort needs a whole number as its axis", got=f"{axis}")
    if not -ndim <= int(axis) < ndim:
        raise usage_error(
            AxisError,
            "a sort names an axis that does not exist",
            expected=f"an axis from {-ndim} to {ndim - 1}" if ndim else "axis=None for a scalar",
            got=f"axis={int(axis)} on a tensor of {ndim} dimensions",
        )
    return int(axis) % ndim


def flat_or(x: Any, axis: Any) -> tuple[Any, Any]:
    """Return a tensor and the axis to sort it along: its elements as a vector for None."""
    return (flatten(as_tensor_variable(x)), 0) if axis is None else (x, axis)


def sort(a: Any, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """Return ``a`` with its elements along ``axis`` in rising order, NaN last.

    Parameters
    ----------
    a : tensor
    axis : int, integer scalar, or None
        None sorts all elements into a vector.
    kind : {"quicksort", "mergesort", "heapsort", "stable"}
        Kept for programs that give it.
    order : None

    Raises
    ------
    IndexError
        The axis does not exist.
    ValueError
        ``kind`` or ``order`` is not known.
    """
    return SortOp(kind, order)(*flat_or(a, axis))


def argsort(a: Any, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """Return the places, int64, of the elements of ``a`` in rising order along ``axis``.

    Of equal elements the first comes first; see :func:`sort` for the parameters.
    """
    return ArgSortOp(kind, order)(*flat_or(a, axis))


def topk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: str = "int64"
) -> Any:
    """Return the ``kth`` largest elements along ``axis``, in falling order.

    Parameters
    ----------
    x : tensor
        Of real numbers or booleans. NaN counts as the largest.
    kth : int or integer scalar
        How many; a negative number asks for the smallest.
    axis : int, optional
        None stands for all elements, as a vector.
    sorted : bool
        Kept for programs that give it: the result is in falling order in any case.
    idx_dtype : str
        The dtype of places.

    Raises
    ------
    ValueError
        ``kth`` is zero; at run time, there are fewer elements.
    IndexError
        The axis does not exist.
    TypeError
        ``x`` is complex, or ``idx_dtype`` no integer dtype.
    """
    x, axis = flat_or(x, axis)
    return TopKOp(axis, sorted, True, False, idx_dtype)(x, kth)


def argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: str = "int64"
) -> Any:
    """Return the places of the ``kth`` largest elements along ``axis``; see :func:`topk`."""
    x, axis = flat_or(x, axis)
    return TopKOp(axis, sorted, False, True, idx_dtype)(x, kth)


def topk_and_argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: str = "int64"
) -> list[Any]:
    """Return the ``kth`` largest elements along ``axis`` and their places; see :func:`topk`."""
    x, axis = flat_or(x, axis)
    return TopKOp(axis, sorted, True, True, idx_dtype)(x, kth)
