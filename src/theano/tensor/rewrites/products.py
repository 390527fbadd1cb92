"""Products and quotients as a whole: what cancels, and what is a probability in disguise.

Gradients of divisions, logarithms and exponentials multiply by what others divide by. Where that is
an underflown exponential, ``0 / 0`` or ``0 * inf`` would come out instead of a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from theano.graph import Apply, Constant, FunctionGraph, Op, Variable
from theano.rewriting import CANONICALIZE, STABILIZE, node_rewriter
from theano.scalar.type import FLOAT_DTYPES
from theano.tensor.conversion import constant
from theano.tensor.elemwise import Elemwise
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.advanced_index import AdvancedIncSubtensor, AdvancedSubtensor
from theano.tensor.ops.indexing import IncSubtensor, Subtensor
from theano.tensor.ops.logsumexp import LogSumExp
from theano.tensor.ops.reduction import Sum
from theano.tensor.rewrites.words import broadcastable, dtype_of, vocabulary

MAX_FACTORS = 16

add, sub, mul, neg = (ew.FUNCTIONS[name] for name in ("add", "sub", "mul", "neg"))
exp, sigmoid, true_div = (ew.FUNCTIONS[name] for name in ("exp", "sigmoid", "true_div"))
reciprocal, switch = ew.FUNCTIONS["reciprocal"], ew.FUNCTIONS["switch"]


@dataclass
class Factors:
    """A variable as ``±(product of over) / (product of under)``.

    Parameters
    ----------
    over, under : list of Variable
        Above and below the line.
    negative : bool
        The sign.
    """

    over: list[Variable] = field(default_factory=list)
    under: list[Variable] = field(default_factory=list)
    negative: bool = False

    def cancelled(self) -> Factors | None:
        """Return the factors without those above and below the line; None if there are none."""
        if not self.under:
            return None
        over, under, negative = list(self.over), list(self.under), self.negative
        for factor in self.under:
            inner = factors_of(unguarded(factor, self.over))
            # A guarded quotient stands below the line as a whole: what it has below is then above.
            if contains(over, inner.over) and contains(under, inner.under):
                negative ^= inner.negative
                for part in inner.over:
                    over.remove(part)
                for part in (factor, *inner.under):
                    under.remove(part)
        return Factors(over, under, negative) if len(under) < len(self.under) else None

    def cancelled_within(self) -> Factors | None:
        """Return ``0 + y / x[i] at i``, times ``x``, as ``0 + y at i``; None if there is none.

        It is the gradient of ``log(x[i])``, on its way through what made ``x``.
        """
        for part in self.over:
            written = written_on_zeros(part)
            if written is None:
                continue
            y, index = written
            found, others = factors_of(y), self.exchange([part], [])
            for divisor in found.under:
                source = read_with(divisor, part.owner.op, index)  # type: ignore[union-attr]
                if source is None or broadcastable(source) != broadcastable(part):
                    continue
                inner = factors_of(source)
                if contains(others.over, inner.over) and contains(others.under, inner.under):
                    rest = found.exchange([], [divisor]).build(dtype_of(y))
                    node: Any = part.owner
                    new = node.op(node.inputs[0], rest, *index)
                    left = others.exchange(inner.over, inner.under, new)
                    left.negative ^= inner.negative
                    return left
        return None

    def exchange(
        self, over: Sequence[Variable], under: Sequence[Variable], new: Variable | None = None
    ) -> Factors:
        """Return the factors with ``new`` in place of some above and below the line."""
        left = Factors(list(self.over), list(self.under), self.negative)
        for factor in over:
            left.over.remove(factor)
        for factor in under:
            left.under.remove(factor)
        if new is not None:
            left.over.append(new)
        return left

    def is_plain(self) -> bool:
        """Whether there is nothing that could cancel or make a probability."""
        if self.under or self.powers():
            return False
        return all(written_on_zeros(x) is None for x in self.over)

    def powers(self) -> dict[Variable, Variable]:
        """Return the exponentials above the line, by their exponents."""
        return {
            y.owner.inputs[0]: y for y in self.over if y.owner is not None and y.owner.op == exp
        }

    def times(self, other: Factors) -> Factors:
        """Return the product."""
        return Factors(
            [*self.over, *other.over],
            [*self.under, *other.under],
            self.negative != other.negative,
        )

    def build(self, dtype: str) -> Variable:
        """Return the variable, computed in ``dtype``."""
        over = _multiply(self.over, dtype)
        product: Variable = true_div(over, _multiply(self.under, dtype)) if self.under else over
        return neg(product) if self.negative else product  # type: ignore[no-any-return]


def _multiply(factors: list[Variable], dtype: str) -> Variable:
    if not factors:
        one: Variable = constant(1, dtype=dtype)
        return one
    if all(dtype_of(x) != dtype for x in factors):
        # Small integers would overflow among themselves before they meet a float.
        factors = [ew.cast(factors[0], dtype), *factors[1:]]
    product: Variable = mul(*factors) if len(factors) > 1 else factors[0]
    return product


def contains(factors: Sequence[Variable], some: Sequence[Variable]) -> bool:
    """Whether each of ``some`` is among ``factors``, as often as it is among ``some``."""
    return all(factors.count(x) >= some.count(x) for x in some)


def written_on_zeros(x: Variable) -> tuple[Variable, list[Variable]] | None:
    """Return what is added to zeros at an index, and the index; None where ``x`` is not that."""
    node = x.owner
    if node is None or not isinstance(node.op, (AdvancedIncSubtensor, IncSubtensor)):
        return None
    zeros, y, *index = node.inputs
    if zeros.owner is not None and zeros.owner.op == ew.fill:
        zeros = zeros.owner.inputs[1]
    if node.op.set_instead_of_inc or not vocabulary.is_number(zeros, 0):
        return None
    return y, index


def read_with(x: Variable, op: Op, index: list[Variable]) -> Variable | None:
    """Return what ``x`` is read of, if with the index with which ``op`` writes."""
    node = x.owner
    if node is None or not isinstance(node.op, (AdvancedSubtensor, Subtensor)):
        return None
    same = node.op.key == op.key and node.inputs[1:] == index  # type: ignore[attr-defined]
    return node.inputs[0] if same else None


def unguarded(divisor: Variable, over: Sequence[Variable]) -> Variable:
    """Return ``y`` of a divisor ``switch(c, y, 1)`` under a product that is 0 unless ``c``."""
    node = divisor.owner
    if node is None or node.op != switch:
        return divisor
    condition, y, otherwise = node.inputs
    if not vocabulary.is_number(otherwise, 1) or dtype_of(y) != dtype_of(divisor):
        return divisor
    casts = [x.owner.inputs[0] for x in over if x.owner is not None and is_cast(x.owner)]
    return y if condition in (*over, *casts) else divisor


def is_cast(node: Apply) -> bool:
    """Whether a node only changes the dtype."""
    return isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, ew.Cast)


def split_nan(node: Apply) -> list[Variable] | None:
    """Return the factors ``x`` and ``switch(c, 1, nan)`` of ``switch(c, x, nan)``."""
    if node.op != switch:
        return None
    condition, x, otherwise = node.inputs
    if not isinstance(otherwise, Constant) or dtype_of(x) != dtype_of(node.outputs[0]):
        return None
    if not np.isnan(otherwise.data).all() or vocabulary.is_number(x, 1):
        return None
    return [x, switch(condition, constant(1, dtype=dtype_of(x)), otherwise)]


def factors_of(x: Variable) -> Factors:
    """Return ``x`` taken apart into factors, as far as it is computed in one float dtype."""
    found = Factors()
    todo = [(x, False)]
    while todo:
        factor, inverted = todo.pop()
        node = factor.owner
        known = len(found.over) + len(found.under) + len(todo)
        if node is None or dtype_of(factor) != dtype_of(x) or known > MAX_FACTORS:
            (found.under if inverted else found.over).append(factor)
        elif node.op == neg:
            found.negative = not found.negative
            todo.append((node.inputs[0], inverted))
        elif node.op == mul:
            todo.extend((y, inverted) for y in reversed(node.inputs))
        elif node.op == true_div:
            todo.append((node.inputs[1], not inverted))
            todo.append((node.inputs[0], inverted))
        elif node.op == reciprocal:
            todo.append((node.inputs[0], not inverted))
        elif (parts := split_nan(node)) is not None:
            todo.extend((y, inverted) for y in parts)
        else:
            (found.under if inverted else found.over).append(factor)
    return found


def in_shape_of(new: Variable, node: Apply) -> Variable | None:
    """Return ``new`` in the shape of the output of ``node``, an elementwise one."""
    whole = broadcastable(node.outputs[0])
    if broadcastable(new) == whole:
        return new
    for x in node.inputs:
        if broadcastable(x) == whole:
            filled: Variable = ew.fill(x, new)
            return filled
    return None


def probability_in(factors: Factors, dtype: str, fgraph: FunctionGraph) -> Factors | None:
    """Return the factors with a softmax or a sigmoid in place of the exponentials that make it."""
    powers = factors.powers()
    for y in factors.under:
        found = vocabulary.match("1 + exp(x)", y, fgraph)
        if found is not None and dtype_of(y) == dtype_of(found["x"]) == dtype:
            x = found["x"]
            if x in powers:
                return factors.exchange([powers[x]], [y], sigmoid(x))
            return factors.exchange([], [y], sigmoid(neg(x)))
        found = vocabulary.match("sum_kept(exp(x), axis)", y, fgraph) if powers else None
        if found is not None:
            x, axis = found["x"], found["axis"]
            if x in powers and not is_shifted(x, axis, fgraph):
                return factors.exchange([powers[x]], [y], softmax(ew.cast(x, dtype), axis))
    for x, power in powers.items():
        for y in factors.over:
            found = vocabulary.match("sigmoid(x)", y, fgraph)
            if found is not None and is_negative(x, found["x"]):
                return factors.exchange([power, y], [], sigmoid(x))
    return None


def is_negative(x: Variable, y: Variable) -> bool:
    """Whether one of the two is ``-`` the other."""
    return any(
        a.owner is not None and a.owner.op == neg and a.owner.inputs[0] is b
        for a, b in ((x, y), (y, x))
    )


def is_shifted(x: Variable, axis: tuple[int, ...], fgraph: FunctionGraph) -> bool:
    """Whether the user has subtracted the maximum already."""
    found = vocabulary.match("y - max_kept(y, axis)", x, fgraph)
    return found is not None and found["axis"] == axis


def softmax(x: Any, axis: tuple[int, ...]) -> Any:
    """Return the softmax of ``x`` over ``axis``."""
    if axis == (1,) and x.type.ndim == 2:
        return vocabulary["softmax"].make(x)
    log_sum = LogSumExp(axis)
    return exp(x - log_sum.restore(log_sum(x), x))


@node_rewriter([mul, true_div], stage=(CANONICALIZE, STABILIZE))
def cancel_factors(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """``x / y * y -> x``, however deep the two stand in products and quotients."""
    (z,) = node.outputs
    if dtype_of(z) not in FLOAT_DTYPES:
        return None
    factors = factors_of(z)
    left = factors.cancelled() or factors.cancelled_within()
    return None if left is None else in_shape_of(left.build(dtype_of(z)), node)


@node_rewriter([mul, true_div, reciprocal], stage=STABILIZE, depth=6)
def find_probabilities(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """Quotients of exponentials, which overflow, become softmax and sigmoid, which do not.

    ``exp(x) / sum(exp(x)) -> softmax(x)``, ``exp(x) / (1 + exp(x)) -> sigmoid(x)``,
    ``1 / (1 + exp(x)) -> sigmoid(-x)`` and ``exp(x) * sigmoid(-x) -> sigmoid(x)``, wherever they
    stand in products and quotients.
    """
    (z,) = node.outputs
    if dtype_of(z) not in FLOAT_DTYPES:
        return None
    new = probability_in(factors_of(z), dtype_of(z), fgraph)
    return None if new is None else in_shape_of(new.build(dtype_of(z)), node)


@node_rewriter([mul], stage=STABILIZE, depth=6)
def distribute_to_cancel(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """``(x / y + z) * y -> x + z * y``: the product is finite where ``y`` underflows.

    This is the form of every gradient that passes through a softmax written out. The factor may
    also make a probability with one of a term, as in ``(x * sigmoid(-y) + z) * exp(y)``.
    """
    (z,) = node.outputs
    dtype = dtype_of(z)
    if dtype not in FLOAT_DTYPES:
        return None
    factors = factors_of(z)
    if any(isinstance(v, Constant) and not np.all(v.data) for v in factors.under):
        return None  # over zero, terms may be infinite of which the sum is not
    plain = factors.is_plain()
    for total in factors.over:
        if total.owner is None or total.owner.op not in (add, sub) or dtype_of(total) != dtype:
            continue
        if len(total.owner.inputs) > MAX_FACTORS:
            continue
        found = [factors_of(term) for term in total.owner.inputs]
        if plain and all(term.is_plain() for term in found):
            continue
        others = factors.exchange([total], [])
        products = [term.times(others) for term in found]
        simpler = [
            p.cancelled() or p.cancelled_within() or probability_in(p, dtype, fgraph)
            for p in products
        ]
        if any(simpler):
            terms = [(a or b).build(dtype) for a, b in zip(simpler, products, strict=True)]
            return in_shape_of(total.owner.op(*terms), node)
    return None


@node_rewriter([Sum], stage=STABILIZE, depth=5)
def divide_after_sum(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """``sum(x / y, axis) -> sum(x, axis) / y`` where ``y`` is itself a sum over ``axis``.

    In a gradient through a quotient by a sum, what stands above that sum comes into view.
    """
    (product,) = node.inputs
    found = vocabulary.match("sum(x, axis)", node.outputs[0], fgraph)
    if found is None or len(fgraph.clients[product]) > 1:
        return None
    if dtype_of(product) not in FLOAT_DTYPES:
        return None
    factors = factors_of(product)
    for y in factors.under:
        total = vocabulary.match("sum_kept(x, axis)", y, fgraph)
        if total is not None and total["axis"] == found["axis"]:
            rest = factors.exchange([], [y]).build(dtype_of(product))
            if rest.type != product.type:
                return None
            reduced = y.owner.inputs[0]  # type: ignore[union-attr]
            quotient: Variable = true_div(node.op(rest), reduced)
            return quotient
    return None
