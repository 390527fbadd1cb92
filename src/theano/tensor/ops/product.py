"""Products along axes, and their derivatives, which are exact in the presence of zeros."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.graph import Apply, Op
from theano.graph.null_type import NullType
from theano.scalar import arithmetic
from theano.scalar.op import BinaryScalarOp
from theano.scalar.type import COMPLEX_DTYPES, DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.careduce import ACCUMULATORS, AccumulatingReduce, Sum, restore_axes
from theano.tensor.ops.creation import arange


class Prod(AccumulatingReduce):
    """The product along ``axis``.

    ``no_zeros_in_input`` is kept for programs that give it: no derivative needs the promise.
    """

    scalar_op = arithmetic.mul
    reducer = staticmethod(np.prod)
    jax_reducer = staticmethod(jnp.prod)

    def __init__(
        self,
        axis: Any = None,
        dtype: Any = None,
        acc_dtype: Any = None,
        no_zeros_in_input: bool = False,
    ) -> None:
        super().__init__(axis, dtype, acc_dtype)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        if outputs[0].type.dtype in DISCRETE_DTYPES or x.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(x, dtype="floatX")]
        axes = self.axes(x.type.ndim)
        return [restore_axes(g_z, axes, x.type.ndim) * conjugate(ProdOfOthers(axes)(x))]

    def R_op(self, inputs, eval_points):
        (x,), (point,) = inputs, eval_points
        if point is None or self.output_dtype(x.type.dtype) in DISCRETE_DTYPES:
            return [None]
        axes = self.axes(x.type.ndim)
        return [Sum(axes, dtype=self.dtype)(ProdOfOthers(axes)(x) * point)]


class MulWithoutZeros(BinaryScalarOp):
    """``x * y`` with zeros taken for ones; zero only of two zeros."""

    commutative = associative = True
    identity = 1

    def impl(self, x, y):
        return np.where(x == 0, y, np.where(y == 0, x, x * y))

    def lower(self, ctx, x, y):
        zero = lax.full_like(x, 0)
        return lax.select(x == zero, y, lax.select(y == zero, x, x * y))

    def L_op(self, inputs, outputs, output_grads):
        raise NotImplementedError(f"{self} has no gradient")


mul_without_zeros = MulWithoutZeros()


class ProdWithoutZeros(AccumulatingReduce):
    """The product of the elements along ``axis`` that are not zero; without a gradient."""

    scalar_op = mul_without_zeros

    @staticmethod
    def reducer(x: Any, axis: Any, dtype: Any) -> Any:
        return np.prod(np.where(x == 0, np.ones_like(x), x), axis=axis, dtype=dtype)

    @staticmethod
    def jax_reducer(x: Any, axis: Any, dtype: Any) -> Any:
        ones = lax.full_like(x, 1)
        return jnp.prod(lax.select(x == lax.full_like(x, 0), ones, x), axis=axis, dtype=dtype)

    def L_op(self, inputs, outputs, output_grads):
        return [NullType("the product without zeros has no derivative where elements are zero")()]


class ProdOfOthers(Op):
    """For each element the product of all others along ``axis``: ``(n_0, …) -> (n_0, …)``.

    Computed from the products of what stands before and behind, without a division.
    """

    __props__ = ("axis",)

    def __init__(self, axis: Any) -> None:
        self.axis = tuple(axis)

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def _orders(self, ndim: int) -> tuple[list[int], list[int]]:
        kept = [i for i in range(ndim) if i not in self.axis]
        order = [*kept, *self.axis]
        return order, [order.index(i) for i in range(ndim)]

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        order, back = self._orders(x.ndim)
        moved = x.transpose(order)
        lead = moved.shape[: x.ndim - len(self.axis)]
        n = int(np.prod(moved.shape[len(lead) :], dtype="int64"))
        wide = moved.reshape(*lead, n).astype(ACCUMULATORS.get(x.dtype.name, x.dtype.name))
        z = np.empty(wide.shape, dtype=x.dtype)
        with np.errstate(all="ignore"):
            for i in range(n):
                z[..., i] = np.delete(wide, i, axis=-1).prod(axis=-1)
        output_storage[0][0] = np.array(z.reshape(moved.shape).transpose(back), order="C")

    def lower(self, ctx, x):
        order, back = self._orders(x.ndim)
        moved = lax.transpose(x, order)
        lead = moved.shape[: x.ndim - len(self.axis)]
        n = int(np.prod(moved.shape[len(lead) :], dtype="int64"))
        flat = lax.reshape(moved, (*lead, n))
        last = flat.ndim - 1
        wide = lax.convert_element_type(flat, ACCUMULATORS.get(str(x.dtype), str(x.dtype)))
        one = jnp.ones((*lead, min(n, 1)), dtype=wide.dtype)
        without_last = lax.slice_in_dim(wide, 0, max(n - 1, 0), axis=last)
        without_first = lax.slice_in_dim(wide, min(n, 1), n, axis=last)
        before = jnp.concatenate([one, lax.cumprod(without_last, axis=last)], axis=last)
        behind = jnp.concatenate(
            [lax.cumprod(without_first, axis=last, reverse=True), one], axis=last
        )
        z = lax.convert_element_type(before * behind, x.dtype)
        return lax.transpose(lax.reshape(z, moved.shape), back)

    def infer_shape(self, node, shapes):
        return list(shapes)

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [self._times_derivative(conjugate(x), g_z)]

    def R_op(self, inputs, eval_points):
        (x,), (point,) = inputs, eval_points
        # The product of all others but one more is symmetric in the two that it leaves out.
        return [None if point is None else self._times_derivative(x, point)]

    def _times_derivative(self, x: Any, v: Any) -> Any:
        """Return the derivative, a symmetric matrix along the axes, times ``v``.

        It has a row and a column for each element: quadratic in their number, exact to any order.
        """
        if not self.axis:
            return ew.zeros_like(x)
        order, back = self._orders(x.type.ndim)
        n_kept, n_axes = x.type.ndim - len(self.axis), len(self.axis)
        kept, axes = order[:n_kept], order[n_kept:]
        rows = DimShuffle(v.type.broadcastable, [*kept, *axes, *["x"] * n_axes])(v)
        columns = DimShuffle(x.type.broadcastable, [*kept, *["x"] * n_axes, *axes])(x)

        def numbers(axis: int, place: int) -> Any:
            shuffle: list[Any] = ["x"] * (n_kept + 2 * n_axes)
            shuffle[place] = 0
            return DimShuffle((False,), shuffle)(arange(x.shape[axis]))

        same = reduce(
            ew.FUNCTIONS["and_"],
            [
                ew.eq(numbers(axis, n_kept + k), numbers(axis, n_kept + n_axes + k))
                for k, axis in enumerate(axes)
            ],
        )
        last = range(n_kept + n_axes, n_kept + 2 * n_axes)
        of_others = ProdOfOthers(last)(ew.switch(same, ew.ones_like(columns), columns))
        nothing = ew.zeros_like(columns)
        g = Sum(range(n_kept, n_kept + n_axes))(ew.switch(same, nothing, rows * of_others))
        return DimShuffle(g.type.broadcastable, back)(g)


def conjugate(x: Any) -> Any:
    """Return the complex conjugate of a factor, by which a gradient is multiplied."""
    return ew.FUNCTIONS["conj"](x) if x.type.dtype in COMPLEX_DTYPES else x
