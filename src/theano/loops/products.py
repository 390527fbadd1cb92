"""Sums over the steps of a loop, computed after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from theano.loops.draft import Draft, Stack, State
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops.careduce import Sum
from theano.tensor.ops.elementwise import FUNCTIONS, cast
from theano.tensor.ops.linear import Dot, dot
from theano.tensor.ops.reduction import sum as total


@dataclass(eq=False)
class Term:
    """What is added to a state at every step: a product of two matrices, or a vector.

    Attributes
    ----------
    factors : list of (Stack or Variable, bool)
        Of the product; whether each is transposed.
    axes : tuple of int
        Of a single factor, which are summed over.
    order : tuple, optional
        How the dimensions of the sum are shuffled then.
    """

    factors: list[tuple[Any, bool]]
    axes: tuple[int, ...] = ()
    order: tuple[Any, ...] | None = None


@dataclass(eq=False)
class Terms:
    """The terms of a state, what it starts with, and the variables that stand for its end."""

    start: Any
    terms: list[Term]
    lasts: list[Any]

    def sequences(self) -> list[Any]:
        """Return the sequences of the loop that are read."""
        factors = [v for term in self.terms for v, _ in term.factors]
        return [v.owner.inputs[0] for v in factors if not isinstance(v, Stack)]


def find_terms(draft: Draft, state: State) -> Terms | None:
    """Return what is added to a state at every step; None if it is more than added to.

    The stacks that are needed then are asked of the draft.
    """
    # What no step was made for would be added up too. And a loop that keeps nothing takes any
    # number of steps, without a program for each.
    if not draft.is_full or not (draft.sequences or draft.stacks):
        return None
    users: dict[Any, int] = {}
    for v in [*draft.outputs(), *(v for n in draft.nodes() for v in n.inputs)]:
        users[v] = users.get(v, 0) + 1
    parts = summands(state.new, users)
    if users.get(state.inner) != 1 or state.inner not in parts or len(parts) < 2:
        return None
    parts.remove(state.inner)
    terms = [read_term(v, state) for v in parts]
    if any(term is None for term in terms):
        return None
    found = [term for term in terms if term is not None]
    for term in found:
        term.factors = [(source(draft, v), t) for v, t in term.factors]
    return Terms(state.outer, found, state.lasts)


def summands(variable: Any, users: dict[Any, int]) -> list[Any]:
    """Return what a variable is the sum of, as far as nothing else uses the sums on the way."""
    node = variable.owner
    is_sum = node is not None and isinstance(node.op, Elemwise) and node.op.scalar_op.name == "add"
    if not is_sum or users[variable] != 1:
        return [variable]
    return [part for v in node.inputs for part in summands(v, users)]


def read_term(variable: Any, state: State) -> Term | None:
    """Return a term of variables of the step; None where it is better added up in the loop."""
    # A number is added in less time than it takes to keep it.
    if not state.inner.type.ndim:
        return None
    if variable.type.broadcastable != state.inner.type.broadcastable:
        return None
    node = variable.owner
    if node is not None and isinstance(node.op, Dot):
        if all(v.type.ndim == 2 for v in node.inputs):
            return Term([untransposed(v) for v in node.inputs])
        return None
    if node is not None and is_outer_product(node):
        column, row = node.inputs
        if column.type.broadcastable[0]:
            column, row = row, column
        return Term([(column, False), (row, False)])
    # A vector for each step takes little; a matrix is better added up in the loop.
    if sum(not b for b in state.inner.type.broadcastable) > 1:
        return None
    order = None
    if node is not None and isinstance(node.op, DimShuffle):
        order, variable = node.op.new_order, node.inputs[0]
        node = variable.owner
    if node is not None and isinstance(node.op, Sum) and node.inputs[0].type.ndim <= 2:
        (x,) = node.inputs
        if x.type.dtype == variable.type.dtype:
            return Term([(x, False)], node.op.axes(x.type.ndim), order)
    return Term([(variable, False)], (), order)


def untransposed(matrix: Any) -> tuple[Any, bool]:
    """Return a matrix, or what it is the transpose of."""
    node = matrix.owner
    if node is not None and isinstance(node.op, DimShuffle) and node.op.new_order == (1, 0):
        return node.inputs[0], True
    return matrix, False


def is_outer_product(node: Any) -> bool:
    """Whether a node multiplies a column with a row."""
    return (
        isinstance(node.op, Elemwise)
        and node.op.scalar_op.name == "mul"
        and len(node.inputs) == 2
        and {v.type.broadcastable for v in node.inputs} == {(True, False), (False, True)}
    )


def source(draft: Draft, variable: Any) -> Any:
    """Return where the values of all steps are: a sequence, or a stack of the loop."""
    for taken in draft.sequences:
        if taken.inner is variable:
            return taken.outer[: draft.n_steps]
    stack = draft.stack_of(variable)
    draft.wanted.add(stack)
    return stack


def total_of(terms: Terms, made: dict[Any, Any]) -> Any:
    """Return the sum of what a state starts with and all terms of all steps."""
    found = [terms.start]
    for term in terms.terms:
        values = [made[v] if isinstance(v, Stack) else v for v, _ in term.factors]
        if len(values) == 1:
            summed = total(values[0], axis=(0, *(a + 1 for a in term.axes)))
            if term.order is not None:
                summed = summed.dimshuffle(*term.order)
        else:
            summed = total_product(values, [t for _, t in term.factors])
        found.append(cast(summed, terms.start.type.dtype))
    return FUNCTIONS["add"](*found)


def total_product(values: list[Any], transposed: list[bool]) -> Any:
    """Return the sum over steps of products of matrices: one product over steps and rows.

    ``(n, m, k), (n, k, p) -> (m, p)``
    """
    left, right = values
    # Rows of both: those of the sum that a product is, (n k).
    left = left if transposed[0] else left.dimshuffle(0, 2, 1)
    right = right.dimshuffle(0, 2, 1) if transposed[1] else right
    left, right = (v.reshape((v.shape[0] * v.shape[1], v.shape[2])) for v in (left, right))
    return dot(left.T, right)
