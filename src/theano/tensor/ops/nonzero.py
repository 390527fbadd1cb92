"""Where a tensor is not zero: the indices, as vectors, and the values there."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant
from theano.graph.op import DisconnectedOp
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.shape import flatten
from theano.tensor.type import TensorType

__all__ = ["flatnonzero", "nonzero", "nonzero_values"]


class Nonzero(DisconnectedOp):
    """The indices of what is not zero: ``(n_0, …, n_k) -> k + 1`` int64 vectors of one length.

    They are in the order of the elements. Their length depends on the values, so that a program
    is split here.
    """

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        check_not_scalar(x)
        kind = TensorType("int64", [False])
        return Apply(self, [x], [kind() for _ in range(x.type.ndim)])

    def perform(self, node, inputs, output_storage):
        for storage, places in zip(output_storage, np.nonzero(inputs[0]), strict=True):
            storage[0] = np.array(places, dtype="int64")

    def infer_shape(self, node, shapes):
        (x,) = node.inputs
        count = ew.cast(ew.neq(x, 0), "int64").sum()
        return [(count,) for _ in node.outputs]


def check_not_scalar(x: Any) -> None:
    """Raise ValueError where ``x`` has no dimension."""
    if x.type.ndim == 0:
        raise usage_error(
            ValueError,
            "a scalar has no indices of what is not zero",
            expected="a tensor of at least one dimension",
            got=x,
        )


class FittingIndex(DisconnectedOp):
    """One of the index vectors of a mask, if the mask fits: ``vector, mask, x -> vector``.

    The mask stands for the dimensions of ``x`` from ``axis`` on, whose lengths it must have.

    Raises: IndexError at run time where it does not.
    """

    __props__ = ("axis",)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def make_node(self, vector: Any, mask: Any, x: Any) -> Apply:
        return Apply(self, [vector, mask, x], [vector.type()])

    def _check(self, node: Apply, mask: tuple[int, ...], x: tuple[int, ...]) -> None:
        lengths = x[self.axis : self.axis + len(mask)]
        if mask != lengths:
            raise usage_error(
                IndexError,
                "a mask does not have the lengths of the tensor that it is an index of",
                expected=f"shape {lengths}, from axis {self.axis} on",
                got=f"shape {mask}" + (f" at {node.source}" if node.source else ""),
            )

    def perform(self, node, inputs, output_storage):
        vector, mask, x = inputs
        self._check(node, np.shape(mask), np.shape(x))
        output_storage[0][0] = np.array(vector)

    def lower(self, ctx, vector, mask, x):
        self._check(ctx.node, mask.shape, x.shape)
        return vector

    def infer_shape(self, node, shapes):
        return [shapes[0]]


def mask_indices(mask: Any, x: Any, axis: int) -> list[Any]:
    """Return the index vectors that a mask over the dimensions of ``x`` from ``axis`` on means."""
    if isinstance(mask, Constant):
        vectors = [as_tensor_variable(places) for places in np.nonzero(mask.data)]
    else:
        vectors = Nonzero()(mask, return_list=True)
    return [FittingIndex(axis)(vector, mask, x) for vector in vectors]


def mask_of(arrays: list[Any], x: Any) -> Any:
    """Return the mask over dimensions of ``x`` that ``arrays`` are the indices of, and its axis.

    None if they are not all indices of one mask, in their order.
    """
    fits = [v.owner for v in arrays]
    if not fits or not all(n is not None and isinstance(n.op, FittingIndex) for n in fits):
        return None
    _, mask, of = fits[0].inputs
    found = [n.inputs[0].owner for n in fits]
    if found[0] is None or not isinstance(found[0].op, Nonzero) or of is not x:
        return None
    if [n.inputs[0] for n in fits] != list(found[0].outputs) or found[0].inputs[0] is not mask:
        return None
    return mask, fits[0].op.axis


def nonzero(a: Any, return_matrix: bool = False) -> Any:
    """Return the indices of what is not zero in ``a``.

    Parameters
    ----------
    a : tensor of at least one dimension
    return_matrix : bool
        Give one int64 matrix ``(ndim, n)`` instead of a tuple of ``ndim`` int64 vectors ``(n,)``.

    Raises
    ------
    ValueError
        ``a`` is a scalar.
    """
    vectors = Nonzero()(a, return_list=True)
    if not return_matrix:
        return tuple(vectors)
    return as_tensor_variable(vectors)


def flatnonzero(a: Any) -> Any:
    """Return the positions of what is not zero among all elements of ``a``, an int64 vector."""
    return nonzero(_flat(a))[0]


def nonzero_values(a: Any) -> Any:
    """Return the elements of ``a`` that are not zero, as a vector."""
    flat = _flat(a)
    return flat[nonzero(flat)[0]]


def _flat(a: Any) -> Any:
    a = as_tensor_variable(a)
    check_not_scalar(a)
    return flatten(a)
