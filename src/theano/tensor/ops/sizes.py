"""Lengths as numbers of a graph: reading them, gathering them, and what the graph knows of them.

An op whose result is a vector of known elements says so with a method ``vector_elements(node)``,
one that reads a single element of such a vector with ``vector_element(node)``. Both may return
None.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op
from theano.graph.op import DisconnectedOp
from theano.scalar.type import CONTINUOUS_DTYPES, INTEGER_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType


class Shape(DisconnectedOp):
    """The lengths of a tensor: ``(n_0, …) -> (ndim,)``, int64."""

    __props__ = ()
    from_shapes = True

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        return Apply(self, [x], [TensorType("int64", [False])()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(np.shape(inputs[0]), dtype="int64")

    def lower(self, ctx, x):
        return np.asarray(x.shape, dtype="int64")

    def infer_shape(self, node, shapes):
        return [(np.int64(node.inputs[0].type.ndim),)]

    def vector_elements(self, node: Apply) -> list[Any]:
        """Return the lengths one by one."""
        (x,) = node.inputs
        return lengths_of(x)


class ShapeI(DisconnectedOp):
    """One length of a tensor: ``(n_0, …) -> ()``, int64."""

    __props__ = ("i",)
    from_shapes = True

    def __init__(self, i: int) -> None:
        self.i = i

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        if not 0 <= self.i < x.type.ndim:
            raise usage_error(
                TypeError,
                f"length {self.i} of a tensor was asked for",
                expected=f"one of its {x.type.ndim} dimensions",
                got=x,
            )
        return Apply(self, [x], [TensorType("int64", [])()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(np.shape(inputs[0])[self.i], dtype="int64")

    def lower(self, ctx, x):
        return np.asarray(x.shape[self.i], dtype="int64")

    def infer_shape(self, node, shapes):
        return [()]


class MakeVector(Op):
    """Scalars as one vector of ``dtype``: ``n`` times ``() -> (n,)``."""

    __props__ = ("dtype",)

    def __init__(self, dtype: str = "int64") -> None:
        self.dtype = dtype

    def make_node(self, *numbers: Any) -> Apply:
        scalars = [as_tensor_variable(n) for n in numbers]
        for n in scalars:
            if n.type.ndim:
                raise usage_error(TypeError, "a vector is made of scalars", got=n)
        return Apply(self, scalars, [TensorType(self.dtype, [False])()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.array([np.asarray(n).astype(self.dtype) for n in inputs])

    def lower(self, ctx, *numbers):
        return jnp.stack([jnp.asarray(n).astype(self.dtype) for n in numbers])

    def infer_shape(self, node, shapes):
        return [(np.int64(len(node.inputs)),)]

    def vector_elements(self, node: Apply) -> list[Any]:
        """Return the scalars."""
        return [ew.cast(n, self.dtype) for n in node.inputs]

    def L_op(self, inputs, outputs, output_grads):
        (g_z,) = output_grads
        if self.dtype not in CONTINUOUS_DTYPES:
            return [ew.zeros_like(n, dtype="floatX") for n in inputs]
        return [g_z[i] for i in range(len(inputs))]

    def R_op(self, inputs, eval_points):
        if self.dtype not in CONTINUOUS_DTYPES or all(point is None for point in eval_points):
            return [None]
        return [
            self(
                *[
                    ew.zeros_like(n, dtype=self.dtype) if point is None else point
                    for n, point in zip(inputs, eval_points, strict=True)
                ]
            )
        ]


def make_vector(numbers: Any) -> Any:
    """Return scalars as one vector in their common dtype; a constant where all of them are.

    Of no scalars, int64: the shape of a number.
    """
    scalars = [as_tensor_variable(n) for n in numbers]
    dtype = upcast(*[n.type.dtype for n in scalars]) if scalars else "int64"
    if all(isinstance(n, Constant) for n in scalars):
        return as_tensor_variable(np.array([n.data for n in scalars], dtype=dtype))
    return MakeVector(dtype)(*scalars)


def shape(x: Any) -> Any:
    """Return the lengths of ``x`` as an int64 vector."""
    return Shape()(x)


def lengths_of(x: Any) -> list[Any]:
    """Return the lengths of ``x`` one by one, as int64 scalars."""
    return [ShapeI(i)(x) for i in range(x.type.ndim)]


def product(numbers: Any) -> Any:
    """Return the product of int64 scalars; one where there are none."""
    total: Any = as_tensor_variable(np.int64(1))
    for k, n in enumerate(numbers):
        total = n if k == 0 else total * n
    return total


def as_size(n: Any, what: str) -> Any:
    """Return a length as an int64 scalar.

    Raises
    ------
    TypeError
        It is no integer scalar.
    """
    n = as_tensor_variable(n)
    if n.type.ndim or n.type.dtype not in INTEGER_DTYPES:
        raise usage_error(
            TypeError, f"{what} takes integer lengths", expected="an integer scalar", got=n
        )
    return ew.cast(n, "int64")


def as_size_vector(lengths: Any, what: str) -> Any:
    """Return lengths, given as a sequence, a vector, or one number, as one int64 vector.

    Raises
    ------
    TypeError
        They are no integers.
    """
    if isinstance(lengths, (tuple, list)) and len(lengths) == 0:
        lengths = np.zeros(0, dtype="int64")
    lengths = as_tensor_variable(lengths)
    if lengths.type.ndim == 0:
        lengths = make_vector([lengths])
    if lengths.type.ndim != 1 or lengths.type.dtype not in INTEGER_DTYPES:
        raise usage_error(
            TypeError,
            f"{what} takes a shape",
            expected="integers, or an integer vector",
            got=lengths,
        )
    if isinstance(lengths, Constant):
        return as_tensor_variable(np.asarray(lengths.data, dtype="int64"))
    return ew.cast(lengths, "int64")


def size_elements(lengths: Any, ndim: int) -> list[Any]:
    """Return the elements of a vector of ``ndim`` lengths, themselves where they are known."""
    elements = vector_elements(lengths)
    if elements is not None and len(elements) == ndim:
        return elements
    return [lengths[i] for i in range(ndim)]


def vector_elements(vector: Any) -> list[Any] | None:
    """Return the scalars that a vector consists of, or None where the graph does not tell."""
    if isinstance(vector, Constant):
        return [as_tensor_variable(n) for n in vector.data]
    node = vector.owner
    if node is None:
        return None
    if is_cast(node):
        elements = vector_elements(node.inputs[0])
        return None if elements is None else [ew.cast(n, vector.type.dtype) for n in elements]
    if isinstance(node.op, DimShuffle) and node.inputs[0].type.ndim == 0:
        return [node.inputs[0]]
    ask = getattr(node.op, "vector_elements", None)
    return None if ask is None else ask(node)


def vector_length(vector: Any) -> int | None:
    """Return the length of a vector where the graph tells it, else None."""
    if vector.type.broadcastable == (True,):
        return 1
    elements = vector_elements(vector)
    if elements is not None:
        return len(elements)
    node = vector.owner
    if node is not None and isinstance(node.op, ew.Elemwise):
        for x in node.inputs:
            length = None if x.type.broadcastable[0] else vector_length(x)
            if length is not None:
                return length
    return None


def constant_size(n: Any) -> int | None:
    """Return a length where it is known in the graph, else None."""
    while not isinstance(n, Constant):
        node = getattr(n, "owner", None)
        if node is None:
            return None
        if is_cast(node) or isinstance(node.op, DimShuffle):
            n = node.inputs[0]
        elif isinstance(node.op, ShapeI):
            return 1 if node.inputs[0].type.broadcastable[node.op.i] else None
        else:
            ask = getattr(node.op, "vector_element", None)
            n = None if ask is None else ask(node)
    return int(np.asarray(n.data).reshape(()))


def is_cast(node: Any) -> bool:
    """Whether a node only changes the dtype."""
    return isinstance(node.op, ew.Elemwise) and isinstance(node.op.scalar_op, ew.Cast)
