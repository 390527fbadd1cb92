"""What a graph tells of a tensor before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import NotScalarConstantError, usage_error
from theano.graph import Constant
from theano.tensor.conversion import AsTensorError, as_tensor_variable
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops.assertions import Assert
from theano.tensor.ops.shape import Alloc
from theano.tensor.ops.single_numbers import ScalarFromTensor, TensorFromScalar
from theano.tensor.ops.sizes import ShapeI, is_cast, vector_length
from theano.tensor.rebroadcast import Rebroadcast

__all__ = [
    "EmptyConstantError",
    "NotScalarConstantError",
    "extract_constant",
    "get_scalar_constant_value",
    "get_vector_length",
    "is_flat",
    "shape_i",
]


PASSING = (Alloc, DimShuffle, Rebroadcast, ScalarFromTensor, TensorFromScalar)
"""Ops whose results hold the numbers of their first inputs, and no others."""


class EmptyConstantError(NotScalarConstantError):
    """A constant without elements was used where a constant scalar is needed."""


def get_vector_length(v: Any) -> int:
    """Return the length of a vector as a number.

    Parameters
    ----------
    v : vector, sequence, or array_like

    Raises
    ------
    TypeError
        ``v`` is no vector.
    ValueError
        The graph does not tell its length.
    """
    v = as_tensor_variable(v)
    if v.type.ndim != 1:
        raise usage_error(TypeError, "get_vector_length takes a vector", got=v)
    length = vector_length(v)
    if length is None:
        raise usage_error(
            ValueError,
            "the length of a vector is not known before the program runs",
            got=v,
            fix="use v.shape[0] for its symbolic length",
        )
    return length


def extract_constant(x: Any, elemwise: bool = True, only_process_constants: bool = False) -> Any:
    """Return the one number that all elements of ``x`` are, or ``x`` where it is not known."""
    try:
        return get_scalar_constant_value(x, elemwise, only_process_constants)
    except NotScalarConstantError:
        return x


def is_flat(var: Any, ndim: int = 1) -> bool:
    """Whether a tensor has ``ndim`` dimensions."""
    return as_tensor_variable(var).type.ndim == ndim


def shape_i(var: Any, i: int, fgraph: Any = None) -> Any:
    """Return the length of ``var`` along axis ``i``, an int64 scalar.

    ``fgraph`` is kept for programs that give it.
    """
    return ShapeI(i)(var)


def get_scalar_constant_value(
    orig_v: Any, elemwise: bool = True, only_process_constants: bool = False, max_recur: int = 10
) -> np.ndarray:
    """Return the one number that all elements of ``orig_v`` are, where the graph tells it.

    Parameters
    ----------
    orig_v : tensor, number, or array
    elemwise : bool
        Compute elementwise functions of constants, too, and not only casts.
    only_process_constants : bool
        Do not look at how a variable is computed.
    max_recur : int
        How many elementwise functions may lie above one another.

    Returns
    -------
    ndarray
        0-d, of the dtype of the variable, or of a Python number as NumPy takes it.

    Raises
    ------
    NotScalarConstantError
        It is not known, or there are several numbers.
    EmptyConstantError
        There is no number.
    """
    if isinstance(orig_v, (bool, int, float, complex)):
        return np.asarray(orig_v)
    try:
        v = as_tensor_variable(orig_v)
    except (AsTensorError, ValueError) as error:
        raise unknown(orig_v) from error
    while not isinstance(v, Constant):
        node = v.owner
        if node is None or only_process_constants:
            raise unknown(v)
        if isinstance(node.op, PASSING) or holds(node):
            v = node.inputs[0]
        elif isinstance(node.op, Elemwise) and node.op.scalar_op.name == "second":
            v = node.inputs[1]
        elif is_cast(node):
            number = get_scalar_constant_value(node.inputs[0], elemwise, max_recur=max_recur)
            return computed(v, [number])
        elif isinstance(node.op, Elemwise):
            if not elemwise or max_recur <= 0:
                raise unknown(v)
            deeper = max_recur - 1
            return computed(
                v, [get_scalar_constant_value(x, max_recur=deeper) for x in node.inputs]
            )
        elif isinstance(node.op, ShapeI) and node.inputs[0].type.broadcastable[node.op.i]:
            return np.asarray(1, dtype="int64")
        elif isinstance(node.op, ShapeI) and isinstance(node.inputs[0], Constant):
            return np.asarray(node.inputs[0].data.shape[node.op.i])
        else:
            v = element_read(v)
    return constant_number(v)


def holds(node: Any) -> bool:
    """Whether a node asserts what the graph knows to be true."""
    if not isinstance(node.op, Assert):
        return False
    try:
        return all(get_scalar_constant_value(condition) for condition in node.inputs[1:])
    except NotScalarConstantError:
        return False


def element_read(v: Any) -> Any:
    """Return the element that ``v`` reads of a vector or a constant, where the graph tells it."""
    ask = getattr(v.owner.op, "vector_element", None)
    if ask is not None and all(isinstance(x, Constant) for x in v.owner.inputs):
        return as_tensor_variable(computed(v, [x.data for x in v.owner.inputs]))
    element = None if ask is None else ask(v.owner)
    if element is None:
        raise unknown(v)
    return element


def computed(v: Any, numbers: list[Any]) -> np.ndarray:
    """Return what computes ``v``, of numbers."""
    node = v.owner
    output = node.op.make_node(*[as_tensor_variable(n) for n in numbers])
    storage: list[list[Any]] = [[None] for _ in output.outputs]
    node.op.perform(output, numbers, storage)
    return np.asarray(storage[node.outputs.index(v)][0])


def constant_number(v: Any) -> np.ndarray:
    """Return the number that all elements of a constant are."""
    data = np.asarray(v.data)
    if data.size == 0:
        raise usage_error(EmptyConstantError, "a constant without elements is no number", got=v)
    first = data.flat[0]
    if not ((data == first).all() or np.isnan(data).all()):
        raise unknown(v)
    return np.asarray(first)


def unknown(v: Any) -> NotScalarConstantError:
    """Return the error for what is not known to be one number."""
    return usage_error(
        NotScalarConstantError,
        "a variable is not known to be one number before the program runs",
        got=v,
    )
