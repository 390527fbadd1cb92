"""Which values there are, and how many of each: ``Unique``, ``bincount``, ``to_one_hot``."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.op import DisconnectedOp, is_disconnected
from theano.options import config
from theano.scalar.passing import converted
from theano.scalar.type import DISCRETE_DTYPES, INTEGER_DTYPES, check_dtype
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.along_axis import AddAlong, OutOfRange, filled_places
from theano.tensor.ops.assertions import Assert
from theano.tensor.ops.shape import Reshape, alloc, flatten
from theano.tensor.ops.sizes import as_size, constant_size, shape
from theano.tensor.type import TensorType

__all__ = ["Unique", "bincount", "to_one_hot"]


class Unique(Op):
    """The values of a tensor, each once, in rising order; how many depends on the values.

    Parameters
    ----------
    return_index : bool
        Also the place of the first element of each value, int64.
    return_inverse : bool
        Also, for each element, the place of its value in the result, int64.
    return_counts : bool
        Also how often each value occurs, int64.
    axis : int, optional
        Compare the slices along this axis; by default the elements, in C order.

    Notes
    -----
    The gradient of a value goes to its first element. A program is split here.

    Raises: ValueError for an axis that does not exist.
    """

    __props__ = ("return_index", "return_inverse", "return_counts", "axis")

    def __init__(
        self,
        return_index: bool = False,
        return_inverse: bool = False,
        return_counts: bool = False,
        axis: int | None = None,
    ) -> None:
        self.return_index = return_index
        self.return_inverse = return_inverse
        self.return_counts = return_counts
        self.axis = axis

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        if self.axis is None:
            values = TensorType(x.type.dtype, [False])()
        else:
            axis = self._axis(x.type.ndim)
            pattern = [b and i != axis for i, b in enumerate(x.type.broadcastable)]
            values = TensorType(x.type.dtype, pattern)()
        more = self.return_index + self.return_inverse + self.return_counts
        places = TensorType("int64", [False])
        return Apply(self, [x], [values, *[places() for _ in range(more)]])

    def _axis(self, ndim: int) -> int:
        if self.axis is None or not -ndim <= self.axis < ndim:
            raise usage_error(
                ValueError,
                "unique slices were asked for along an axis that does not exist",
                expected=f"an axis from {-ndim} to {ndim - 1}" if ndim else "axis=None",
                got=f"axis={self.axis} on a tensor of {ndim} dimensions",
            )
        return self.axis % ndim

    def perform(self, node, inputs, output_storage):
        # As Theano did, NaN is different from NaN.
        results = np.unique(
            inputs[0],
            self.return_index,
            self.return_inverse,
            self.return_counts,
            axis=self.axis,
            equal_nan=False,
        )
        results = list(results) if isinstance(results, tuple) else [results]
        output_storage[0][0] = results[0]
        for storage, places in zip(output_storage[1:], results[1:], strict=True):
            storage[0] = np.asarray(places, dtype="int64").ravel()

    def connection_pattern(self, node):
        return [[j == 0 for j in range(len(node.outputs))]]

    def L_op(self, inputs, outputs, output_grads):
        (x,), g_values = inputs, output_grads[0]
        if x.type.dtype in DISCRETE_DTYPES or is_disconnected(g_values):
            return [ew.zeros_like(x, dtype="floatX")]
        _, firsts = self._with_index()(x)[:2]
        if self.axis is not None:
            axis = self._axis(x.type.ndim)
            places = filled_places(firsts, g_values, axis)
            return [AddAlong(axis, in_range=True)(ew.zeros_like(x), places, g_values)]
        g_flat = AddAlong(0, in_range=True)(ew.zeros_like(flatten(x)), firsts, g_values)
        return [Reshape(x.type.ndim)(g_flat, shape(x))]

    def _with_index(self) -> Unique:
        return Unique(True, self.return_inverse, self.return_counts, self.axis)


class OneHot(DisconnectedOp):
    """A row for each number, with a one in its column: ``(n,), length -> (n, length)``.

    Parameters
    ----------
    dtype : str

    Raises: IndexError at run time for a number that has no column.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def make_node(self, y: Any, n_columns: Any) -> Apply:
        y = as_tensor_variable(y)
        if y.type.ndim != 1 or y.type.dtype not in INTEGER_DTYPES:
            raise usage_error(
                TypeError, "to_one_hot takes class numbers", expected="an integer vector", got=y
            )
        n_columns = as_size(n_columns, "to_one_hot")
        pattern = [y.type.broadcastable[0], constant_size(n_columns) == 1]
        return Apply(self, [y, n_columns], [TensorType(self.dtype, pattern)()])

    def static_inputs(self, node):
        return (1,)

    def perform(self, node, inputs, output_storage):
        y, n = inputs[0].astype("int64"), int(inputs[1])
        wrong = (y < -n) | (y >= n)
        if wrong.any():
            raise OutOfRange(1, n)(y[wrong][0])
        z = np.zeros((y.size, n), dtype=self.dtype)
        z[np.arange(y.size), y] = 1
        output_storage[0][0] = z

    def lower(self, ctx, y, n_columns):
        n = int(ctx.static(1))
        if y.size == 0:
            return jnp.zeros((0, n), self.dtype)
        y = lax.convert_element_type(y, "int64")
        wrong = (y < -n) | (y >= n)
        ctx.check(~wrong.any(), y[jnp.argmax(wrong)], OutOfRange(1, n))
        y = jnp.where(y < 0, y + n, y)
        columns = lax.broadcasted_iota("int64", (y.size, n), 1)
        return converted(columns == y[:, None], self.dtype)

    def infer_shape(self, node, shapes):
        return [(shapes[0][0], node.inputs[1])]


def bincount(
    x: Any, weights: Any = None, minlength: Any = None, assert_nonneg: bool = False
) -> Any:
    """Return how often each integer from 0 occurs in ``x``, or the sum of its weights.

    Parameters
    ----------
    x : integer vector
        A negative number counts from the end, unless ``assert_nonneg``.
    weights : vector, optional
        What each element counts.
    minlength : int or integer scalar, optional
        The least length of the result, which is else that up to the largest element.
    assert_nonneg : bool
        Raise AssertionError at run time for a negative number.

    Returns
    -------
    TensorVariable
        A vector of the dtype of ``weights``, or as in Theano of that of ``x``.

    Raises
    ------
    TypeError
        ``x`` is no integer vector, or ``weights`` no vector.
    ValueError
        At run time, ``x`` is empty, or has another length than ``weights``.
    """
    x = as_tensor_variable(x)
    counted = ew.ones_like(x) if weights is None else as_tensor_variable(weights)
    if x.type.ndim != 1 or x.type.dtype not in INTEGER_DTYPES or counted.type.ndim != 1:
        raise usage_error(
            TypeError,
            "bincount counts the elements of an integer vector, with a vector of weights",
            got=x if weights is None else f"{x.type} with weights {counted.type}",
        )
    if assert_nonneg:
        not_negative = ew.FUNCTIONS["ge"](x, 0).all()
        x = Assert("a number that bincount was given is negative")(x, not_negative)
    length = ew.cast(x, "int64").max() + 1
    if minlength is not None:
        length = ew.FUNCTIONS["maximum"](length, as_size(minlength, "bincount"))
    return AddAlong(0)(alloc(np.zeros((), counted.type.dtype), length), x, counted)


def to_one_hot(y: Any, nb_class: Any, dtype: Any = None) -> Any:
    """Return a matrix with a row for each number of ``y``, with a one in its column.

    Parameters
    ----------
    y : integer vector
    nb_class : int or integer scalar
        The number of columns.
    dtype : str, optional
        By default ``floatX``.

    Raises
    ------
    TypeError
        ``y`` is no integer vector.
    IndexError
        At run time, a number has no column; a negative one counts from the end.
    """
    floating = dtype is None or dtype == "floatX"
    return OneHot(config.floatX if floating else check_dtype(dtype))(y, nb_class)
