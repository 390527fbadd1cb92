"""``ifelse``: one of two branches, chosen by a condition; the other one is not computed.

``theano.tensor.switch`` chooses element by element and computes both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import NeedsPerform, usage_error
from theano.graph import Apply, Op, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected
from theano.options import config
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.shape import alloc
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.type import TensorType

__all__ = ["IfElse", "ifelse"]


class IfElse(Op):
    """``condition, then_1 … then_n, else_1 … else_n -> n`` variables: those of one branch.

    Each ``then_i`` is of the type of ``else_i``; their lengths may differ. The condition is a
    scalar of any dtype, and true unless it is zero. Its gradient is zero: a small change of it is
    taken to choose the same branch.

    Parameters
    ----------
    n_outs : int
    as_view, gpu : bool
        Kept for programs that give them.
    name : str, optional
        For printing.

    Notes
    -----
    On its own the op chooses between values that are there. That the other branch is not computed
    is the doing of ``theano.lowering.branches``, which moves the nodes that one branch alone needs
    into it.
    """

    __props__ = ("n_outs", "as_view", "gpu")

    def __init__(
        self, n_outs: int, as_view: bool = False, gpu: bool = False, name: str | None = None
    ) -> None:
        self.n_outs = n_outs
        self.as_view = as_view
        self.gpu = gpu
        self.name = name

    def __str__(self) -> str:
        words = [self.name, "inplace" if self.as_view else None, "gpu" if self.gpu else None]
        return f"if{{{','.join(word for word in words if word is not None)}}}"

    def make_node(self, condition: Any, *branches: Any) -> Apply:
        if len(branches) != 2 * self.n_outs:
            raise usage_error(
                ValueError,
                f"{self} was given another number of variables than it chooses from",
                expected=f"a condition, and {self.n_outs} variables for each of two branches",
                got=f"{len(branches)} variables besides the condition",
            )
        condition = as_tensor_variable(condition)
        if condition.type.ndim:
            raise usage_error(
                TypeError,
                "The condition of an ifelse has to be a scalar, with 0 standing for false and "
                "anything else for true",
                got=condition,
                fix="reduce it, for example with theano.tensor.any, or use theano.tensor.switch "
                "to choose element by element",
            )
        values = [as_branch_value(v) for v in branches]
        pairs = list(zip(self.then_of(values), self.else_of(values), strict=True))
        for of_then, of_else in pairs:
            check_same_type(of_then, of_else)
        return Apply(self, [condition, *values], [of_then.type() for of_then, _ in pairs])

    def then_of(self, values: Sequence[Any]) -> list[Any]:
        """Return what belongs to the then-branch, of what is given for both."""
        return list(values[: self.n_outs])

    def else_of(self, values: Sequence[Any]) -> list[Any]:
        """Return what belongs to the else-branch."""
        return list(values[self.n_outs :])

    def chosen(self, condition: Any, values: Sequence[Any]) -> list[Any]:
        """Return the values of the branch that the value of a condition chooses."""
        return self.then_of(values) if is_true(condition) else self.else_of(values)

    def perform(self, node, inputs, output_storage):
        condition, *values = inputs
        for cell, value in zip(output_storage, self.chosen(condition, values), strict=True):
            cell[0] = value.copy() if isinstance(value, np.ndarray) else value

    def lowers(self, node):
        return all(isinstance(v.type, TensorType) for v in node.outputs)

    def lower(self, ctx, condition, *values):
        check_same_shapes(ctx.node, self.then_of(values), self.else_of(values))
        if ctx.is_static(0):
            return tuple(map(jnp.asarray, self.chosen(condition, values)))
        takes_then = is_true(condition)
        pairs = zip(self.then_of(values), self.else_of(values), strict=True)
        return tuple(lax.select(takes_then, jnp.asarray(a), jnp.asarray(b)) for a, b in pairs)

    def infer_shape(self, node, shapes):
        condition = node.inputs[0]
        found: list[Any] = []
        pairs = zip(self.then_of(shapes[1:]), self.else_of(shapes[1:]), strict=True)
        for output, (of_then, of_else) in zip(node.outputs, pairs, strict=True):
            if not isinstance(output.type, TensorType):
                found.append(None)
                continue
            found.append(
                tuple(
                    np.int64(1) if is_one else length_of_one(condition, a, b)
                    for is_one, a, b in zip(
                        output.type.broadcastable, of_then, of_else, strict=True
                    )
                )
            )
        return found

    def connection_pattern(self, node):
        n = self.n_outs
        own = [[i == j for j in range(n)] for i in range(n)]
        return [[True] * n, *own, *own]

    def L_op(self, inputs, outputs, output_grads):
        condition, *values = inputs
        live = [i for i, g in enumerate(output_grads) if not is_disconnected(g)]
        grads = [output_grads[i] for i in live]

        def zeros(branch: list[Any]) -> list[Any]:
            # Not zeros_like, which would need the value of what it is like.
            return [
                alloc(np.zeros((), g.type.dtype), *lengths_of(branch[i]))
                for i, g in zip(live, grads, strict=True)
            ]

        def spread(found: list[Any]) -> list[Any]:
            of_place = dict(zip(live, found, strict=True))
            return [of_place.get(i, disconnected_type()) for i in range(self.n_outs)]

        then_op, else_op = (
            IfElse(len(live), self.as_view, self.gpu, self.name and f"{self.name}_grad_{side}")
            for side in "tf"
        )
        of_then = then_op(condition, *grads, *zeros(self.then_of(values)), return_list=True)
        of_else = else_op(condition, *zeros(self.else_of(values)), *grads, return_list=True)
        of_condition = ew.zeros_like(condition, dtype=config.floatX)
        return [of_condition, *spread(of_then), *spread(of_else)]

    def R_op(self, inputs, eval_points):
        condition, *values = inputs
        points = list(
            zip(self.then_of(eval_points[1:]), self.else_of(eval_points[1:]), strict=True)
        )
        # Where only the condition moves, the results do not, but they depend on it.
        is_moved = eval_points[0] is not None
        live = [i for i, pair in enumerate(points) if is_moved or pair != (None, None)]

        def directions(branch: list[Any], side: int) -> list[Any]:
            return [
                ew.zeros_like(branch[i]) if points[i][side] is None else points[i][side]
                for i in live
            ]

        op = IfElse(len(live), self.as_view, self.gpu, self.name)
        of_then = directions(self.then_of(values), 0)
        of_else = directions(self.else_of(values), 1)
        found = dict(
            zip(live, op(condition, *of_then, *of_else, return_list=True), strict=True)
            if live
            else ()
        )
        return [found.get(i) for i in range(self.n_outs)]


def ifelse(condition: Any, then_branch: Any, else_branch: Any, name: str | None = None) -> Any:
    """Return the variables of one of two branches; the other one is not computed.

    Parameters
    ----------
    condition : scalar
        The then-branch is chosen unless it is zero.
    then_branch, else_branch : variable or value, or list or tuple of such
        As many in both, and of the same types. Their lengths may differ.
    name : str, optional
        For printing.

    Returns
    -------
    variable, list or tuple
        As ``then_branch``.

    Raises
    ------
    TypeError
        The types of the two branches differ, or the condition is no scalar.
    ValueError
        The branches have different numbers of variables.

    Notes
    -----
    A value that something else needs as well, be it the other branch, is computed in any case.
    """
    sides = [
        list(branch) if isinstance(branch, (list, tuple)) else [branch]
        for branch in (then_branch, else_branch)
    ]
    pairs = [as_same_type(a, b) for a, b in zip(*sides, strict=False)]
    if len(sides[0]) != len(sides[1]):
        raise usage_error(
            ValueError,
            "The two branches of an ifelse should have the same number of variables",
            got=f"{len(sides[0])} on the then-branch, {len(sides[1])} on the else-branch",
        )
    op = IfElse(n_outs=len(pairs), name=name)
    results = op(condition, *[a for a, _ in pairs], *[b for _, b in pairs], return_list=True)
    if isinstance(then_branch, tuple):
        return tuple(results)
    return list(results) if isinstance(then_branch, list) else results[0]


def is_true(condition: Any) -> Any:
    """Return whether the value of a condition, an array of any dtype, chooses the then-branch."""
    if isinstance(condition, (np.ndarray, np.generic)):
        return bool(condition != 0)
    return condition != jnp.zeros_like(condition)


def as_branch_value(x: Any) -> Any:
    """Return what a branch gives as a variable; one of another kind than a tensor stays it."""
    if isinstance(x, Variable) and not hasattr(x, "_as_TensorVariable"):
        return x
    return as_tensor_variable(x)


def as_same_type(of_then: Any, of_else: Any) -> tuple[Any, Any]:
    """Return what the branches give for one result as variables of one type.

    Raises
    ------
    TypeError
        Their types differ.
    """
    a, b = as_branch_value(of_then), as_branch_value(of_else)
    if isinstance(a.type, TensorType) and not isinstance(b.type, TensorType):
        b = a.type.filter_variable(b)
    elif isinstance(b.type, TensorType) and not isinstance(a.type, TensorType):
        a = b.type.filter_variable(a)
    check_same_type(a, b)
    return a, b


def check_same_type(of_then: Variable, of_else: Variable) -> None:
    """Raise TypeError unless both are of one type."""
    if of_then.type != of_else.type:
        raise usage_error(
            TypeError,
            "The two branches of an ifelse should have identical types",
            expected=of_then,
            got=of_else,
            fix="convert one of them, with theano.tensor.cast, or for its broadcastable pattern "
            "with theano.tensor.unbroadcast",
        )


def check_same_shapes(node: Apply, of_then: Sequence[Any], of_else: Sequence[Any]) -> None:
    """Raise NeedsPerform unless the branches, as arrays, are of the same shapes."""
    for a, b in zip(of_then, of_else, strict=True):
        if np.shape(a) != np.shape(b):
            where = f", at {node.source}" if node.source else ""
            raise NeedsPerform(
                f"the branches of {node.op} are of different shapes, {np.shape(a)} and "
                f"{np.shape(b)}, and which of them is taken is known on the device alone{where}"
            )


def length_of_one(condition: Any, of_then: Any, of_else: Any) -> Any:
    """Return the length of the branch that is taken. Lengths are cheap: this is not lazy."""
    if of_then is of_else:
        return of_then
    return ew.FUNCTIONS["switch"](ew.FUNCTIONS["neq"](condition, 0), of_then, of_else)
