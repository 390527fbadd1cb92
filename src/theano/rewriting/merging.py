"""Merging of equal computations and equal constants."""

from __future__ import annotations

from collections.abc import Hashable

from theano.graph.apply import Apply
from theano.graph.function_graph import FunctionGraph
from theano.graph.op import Op
from theano.graph.variable import Constant, Variable
from theano.rewriting.database import STAGES, graph_rewriter


@graph_rewriter(name="merge", stage=STAGES, tags=("fast_run", "fast_compile"))
def merge(fgraph: FunctionGraph) -> None:
    """Compute once what is computed twice: equal ops with identical inputs, equal constants.

    One pass in topological order: when a node is looked at, its inputs are already the
    representatives of their kind, so equal computations have the very same inputs. The first in
    that order stays. Two draws from the same random state are equal computations, as they should
    be: they give the same numbers.
    """
    constants = _Constants(fgraph)
    kinds = _Kinds()
    nodes: dict[Hashable, Apply] = {}
    for node in fgraph.toposort():
        for variable in node.inputs:
            constants.merge(variable)
        kind = kinds.of(node.op)
        if kind is None:
            continue
        twin = nodes.setdefault((kind, *node.inputs), node)
        if twin is not node and all(
            old.type == new.type for old, new in zip(node.outputs, twin.outputs, strict=True)
        ):
            fgraph.replace_all(zip(node.outputs, twin.outputs, strict=True), reason="merge")
    for variable in fgraph.outputs:
        constants.merge(variable)


class _Kinds:
    """Numbers for ops, the same for equal ones. Each op is hashed once, as that takes time."""

    def __init__(self) -> None:
        self.by_op: dict[Op, int] = {}
        self.by_identity: dict[int, int | None] = {}

    def of(self, op: Op) -> int | None:
        """Return the number of ``op``; None for one that has no hash."""
        identity = id(op)
        if identity not in self.by_identity:
            try:
                self.by_identity[identity] = self.by_op.setdefault(op, identity)
            except TypeError:  # an op of a user's that defines __eq__ alone
                self.by_identity[identity] = None
        return self.by_identity[identity]


class _Constants:
    """The first constant of each type and value, and the replacement of others by it."""

    def __init__(self, fgraph: FunctionGraph) -> None:
        self.fgraph = fgraph
        self.by_signature: dict[Hashable, Constant] = {}
        # The signature of a large constant takes time: it is asked for once.
        self.seen: set[Constant] = set()

    def merge(self, variable: Variable) -> None:
        if not isinstance(variable, Constant) or variable in self.seen:
            return
        self.seen.add(variable)
        try:
            first = self.by_signature.setdefault(variable.signature(), variable)
        except TypeError:  # data without a hash
            return
        if first is not variable:
            self.fgraph.replace(variable, first, reason="merge")
