"""One form for what can be said in several ways: neutral elements, fills, orders of axes."""

from __future__ import annotations

from typing import Any

from theano.graph import Apply, FunctionGraph, Variable
from theano.rewriting import CANONICALIZE, STABILIZE, STAGES, node_rewriter
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.indexing import Subtensor
from theano.tensor.rewrites.words import (
    as_result,
    broadcastable,
    equations,
    rewrite,
)

# Later rules leave these behind too, hence all stages.
equations(
    "-(-x) -> x",
    "identity(x) -> x",
    "second(x, y) -> y",
    stage=STAGES,
)


@rewrite("x * 1 -> x", stage=STAGES)
def drop_factor_one(x: Any, node: Apply) -> Variable | None:
    """A factor of 1 changes at most the dtype."""
    return as_result(x, node)


@rewrite("x + 0 -> x", stage=STAGES)
def drop_term_zero(x: Any, node: Apply) -> Variable | None:
    """A term of 0 changes at most the dtype (and the sign of a negative zero)."""
    return as_result(x, node)


@rewrite("x - 0 -> x", stage=STAGES)
def drop_subtrahend_zero(x: Any, node: Apply) -> Variable | None:
    """So does a subtrahend of 0."""
    return as_result(x, node)


@rewrite("x / 1 -> x", stage=STAGES)
def drop_divisor_one(x: Any, node: Apply) -> Variable | None:
    """So does a divisor of 1."""
    return as_result(x, node)


@rewrite("x ** 1 -> x", stage=STAGES)
def drop_exponent_one(x: Any, node: Apply) -> Variable | None:
    """So does an exponent of 1."""
    return as_result(x, node)


@node_rewriter([Elemwise], stage=STAGES)
def drop_idle_fill(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """``f(fill(x, y), z) -> f(y, z)`` where ``z`` has the whole shape anyway."""
    fills = [i for i, x in enumerate(node.inputs) if x.owner is not None and x.owner.op == ew.fill]
    if not fills:
        return None
    inputs = [*node.inputs]
    # How many inputs are long in each dimension: the others can do without one of several.
    patterns = zip(*map(broadcastable, inputs), strict=True)
    n_long = [sum(not flag for flag in pattern) for pattern in patterns]
    for i in fills:
        shape, value = inputs[i].owner.inputs  # type: ignore[union-attr]
        # The shape of a fill may be all that a fill takes from another.
        for stand_in in (value, shape) if node.op == ew.fill and i == 0 else (value,):
            flags = zip(broadcastable(inputs[i]), broadcastable(stand_in), strict=True)
            shortened = [d for d, (old, new) in enumerate(flags) if new and not old]
            if all(n_long[d] > 1 for d in shortened):
                for d in shortened:
                    n_long[d] -= 1
                inputs[i] = stand_in
                break
    if inputs == node.inputs:
        return None
    return node.op.make_node(*inputs).outputs


@node_rewriter([DimShuffle], stage=STAGES)
def merge_dimshuffles(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """A dimshuffle of a dimshuffle is one; one that leaves all axes where they are is none."""
    (x,) = node.inputs
    order: tuple[Any, ...] = node.op.new_order  # type: ignore[attr-defined]
    if order == tuple(range(len(broadcastable(x)))):
        return x
    if x.owner is None or not isinstance(x.owner.op, DimShuffle):
        return None
    inner_order = x.owner.op.new_order
    (y,) = x.owner.inputs
    merged = ["x" if axis == "x" else inner_order[axis] for axis in order]
    if merged == list(range(len(broadcastable(y)))):
        return y
    new: Variable = DimShuffle(broadcastable(y), merged)(y)
    return new


@node_rewriter([DimShuffle], stage=(CANONICALIZE, STABILIZE))
def lift_dimshuffle(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """``dimshuffle(f(x, y)) -> f(dimshuffle(x), dimshuffle(y))``, so that rules see ``f``.

    Only where axes of length 1 come or go: a transposition is better done once.
    """
    (z,) = node.inputs
    op = node.op
    if z.owner is None or not isinstance(z.owner.op, Elemwise) or len(z.owner.outputs) > 1:
        return None
    if op.shuffle != sorted(op.shuffle) or len(fgraph.clients[z]) > 1:  # type: ignore[attr-defined]
        return None
    order = op.new_order  # type: ignore[attr-defined]
    new: Variable = z.owner.op(*[DimShuffle(broadcastable(x), order)(x) for x in z.owner.inputs])
    return new


@node_rewriter([Subtensor], stage=STAGES)
def drop_whole_subtensor(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """``x[...] -> x``."""
    return None if node.op.key.entries else node.inputs[0]  # type: ignore[attr-defined]
