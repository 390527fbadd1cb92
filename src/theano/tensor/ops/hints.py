"""Hints about matrices, which Theano's sandbox had; they change nothing here."""

from __future__ import annotations

import operator
from typing import Any

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.diagonals import trace
from theano.tensor.ops.linear import dot

__all__ = [
    "Hint",
    "hints",
    "is_hint_node",
    "is_positive",
    "is_psd",
    "is_symmetric",
    "psd",
    "spectral_radius_bound",
]


class Hint(Op):
    """Its input, with a note on it: ``Hint(symmetric=True)(x)``."""

    __props__ = ("hints",)

    def __init__(self, **hints: Any) -> None:
        self.hints = tuple(hints.items())

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0].copy()

    def expand(self, node):
        return node.inputs

    def lower(self, ctx, x):
        return x

    def infer_shape(self, node, shapes):
        return shapes

    def L_op(self, inputs, outputs, output_grads):
        return output_grads

    def R_op(self, inputs, eval_points):
        return eval_points


def is_hint_node(node: Any) -> bool:
    """Whether a node is a hint."""
    return isinstance(node.op, Hint)


def hints(variable: Any) -> dict[str, Any]:
    """Return the hints on a variable: those that it was made with."""
    found: dict[str, Any] = {}
    while variable.owner is not None and is_hint_node(variable.owner):
        found = {**dict(variable.owner.op.hints), **found}
        variable = variable.owner.inputs[0]
    return found


def psd(v: Any) -> Any:
    """Return ``v`` with the hint that it is symmetric and positive semi-definite."""
    return Hint(psd=True, symmetric=True)(v)


def is_psd(v: Any) -> bool:
    """Whether a hint says that ``v`` is positive semi-definite."""
    return hints(v).get("psd", False)


def is_symmetric(v: Any) -> bool:
    """Whether a hint says that ``v`` is symmetric."""
    return hints(v).get("symmetric", False)


def is_positive(v: Any) -> bool:
    """Whether a hint says that ``v`` is positive."""
    return hints(v).get("positive", False)


def spectral_radius_bound(X: Any, log2_exponent: int) -> Any:
    """Return an upper bound of the largest eigenvalue of a symmetric matrix.

    That is the trace of a power of ``X``, to the inverse of that power: Pan, Computers Math.
    Applic. 20(2), 1990.

    Parameters
    ----------
    X : matrix
        Symmetric, positive semi-definite.
    log2_exponent : int
        Of the power, whose exponent is 2 to this number; up to 5 suffices mostly.

    Raises
    ------
    TypeError
        ``X`` is no matrix, or the exponent no integer.
    ValueError
        The exponent is below 1.
    """
    X, n = as_tensor_variable(X), operator.index(log2_exponent)
    if X.type.ndim != 2:
        raise usage_error(TypeError, "spectral_radius_bound takes a matrix", got=X)
    if n < 1:
        raise usage_error(
            ValueError,
            "spectral_radius_bound takes the logarithm of a power",
            expected="1 or more",
            got=f"log2_exponent={log2_exponent}",
        )
    for _ in range(n):
        X = dot(X, X)
    return trace(X) ** (2.0**-n)
