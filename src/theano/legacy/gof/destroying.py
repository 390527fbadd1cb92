"""``DestroyHandler``: refuses graphs in which a value is written over before its last use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from theano.errors import AlreadyThere, InconsistencyError
from theano.graph import Apply, Constant, FunctionGraph, Op, Variable
from theano.graph.function_graph import Feature
from theano.graph.queries import general_toposort

__all__ = ["DestroyHandler", "getroot", "inplace"]


class DestroyHandler(Feature):
    """Says, by the ops' ``destroy_map`` and ``view_map``, whether a graph can be computed in place.

    Each value is written over by one node at most, after all others that read it or a view of it.
    Functions do not depend on this: an op that writes to an input is given a copy.
    """

    def __init__(self, do_imports_on_attach: bool = True, algo: str | None = None) -> None:
        self.fgraph: FunctionGraph | None = None

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Give the graph ``destroyers(variable)`` and ``has_destroyers(variables)``."""
        if any(isinstance(feature, DestroyHandler) for feature in fgraph._features):
            raise AlreadyThere("DestroyHandler")
        self.fgraph = fgraph
        self.unpickle(fgraph)

    def unpickle(self, fgraph: FunctionGraph) -> None:
        """Give the graph its methods."""
        fgraph.destroy_handler = self  # type: ignore[attr-defined]
        fgraph.destroyers = self.destroyers  # type: ignore[attr-defined]
        fgraph.has_destroyers = self.has_destroyers  # type: ignore[attr-defined]

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Take them away."""
        for name in ("destroy_handler", "destroyers", "has_destroyers"):
            delattr(fgraph, name)
        self.fgraph = None

    def destroyers(self, variable: Variable) -> list[Apply]:
        """Return the nodes that write over ``variable``, or what it is a view of."""
        if self.fgraph is None:
            return []
        root = getroot(variable)
        return [node for node, i in _writes(self.fgraph) if getroot(node.inputs[i]) is root]

    def has_destroyers(self, variables: Iterable[Variable]) -> bool:
        """Whether any of ``variables`` is written over."""
        return any(self.destroyers(variable) for variable in variables)

    def orderings(self, fgraph: FunctionGraph) -> dict[Apply, list[Apply]]:
        """Return, for each node that writes over something, the nodes that read that.

        Raises
        ------
        InconsistencyError
            Something is written over twice, or must not be, or is another input of the same node.
        """
        views: dict[Variable, list[Variable]] = {}
        for variable in fgraph.variables:
            views.setdefault(getroot(variable), []).append(variable)
        by_root: dict[Variable, Apply] = {}
        before: dict[Apply, list[Apply]] = {}
        for node, i in _writes(fgraph):
            root = getroot(node.inputs[i])
            if by_root.setdefault(root, node) is not node:
                raise InconsistencyError(f"several nodes write over {root}")
            if isinstance(root, Constant) or getattr(root.tag, "indestructible", False):
                raise InconsistencyError(f"{node.op} writes over {root}, which must stay")
            same = set(views[root])
            _check_other_inputs(node, i, same)
            readers = (c for v in same for c, _ in fgraph.clients(v) if isinstance(c, Apply))
            found = before.setdefault(node, [])
            found += [reader for reader in dict.fromkeys(readers) if reader is not node]
        return before

    def validate(self, fgraph: FunctionGraph) -> None:
        """Raise InconsistencyError if the graph cannot be computed as its nodes say."""
        before = self.orderings(fgraph)
        if not before:
            return
        try:
            general_toposort(
                fgraph.apply_nodes,
                lambda node: [
                    *(v.owner for v in node.inputs if v.owner is not None),
                    *before.get(node, ()),
                ],
            )
        except ValueError as error:
            raise InconsistencyError("a value is needed after it was written over") from error


def getroot(variable: Variable, view_i: Any = None) -> Variable:
    """Return the variable whose memory ``variable`` is a view of; itself where it is none.

    ``view_i``, where it is given, is a dict from views to what they are views of.
    """
    while True:
        if view_i is not None:
            seen = view_i.get(variable)
        else:
            node, index = variable.owner, variable.index
            of = None if node is None or index is None else node.op.view_map.get(index)
            seen = node.inputs[of[0]] if node is not None and of else None
        if seen is None:
            return variable
        variable = seen


def _writes(fgraph: FunctionGraph) -> list[tuple[Apply, int]]:
    return [
        (node, i)
        for node in fgraph.apply_nodes
        for places in node.op.destroy_map.values()
        for i in places
    ]


def _check_other_inputs(node: Apply, i: int, same: set[Variable]) -> None:
    op: Op = node.op
    equal = {b for a, b in getattr(op, "destroyhandler_tolerate_same", ()) if a == i}
    aliased = {b for a, b in getattr(op, "destroyhandler_tolerate_aliased", ()) if a == i}
    for j, other in enumerate(node.inputs):
        if j == i or j in aliased or other not in same:
            continue
        if j not in equal or other is not node.inputs[i]:
            raise InconsistencyError(f"{op} writes over input {i}, which its input {j} is as well")


def inplace(opt: Any) -> Any:
    """Return ``opt``: whether nodes may be computed in place is asked when they are."""
    return opt
