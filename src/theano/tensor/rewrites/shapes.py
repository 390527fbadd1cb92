"""Lengths of what is not computed: told by the ops that would have computed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.errors import MethodNotDefined
from theano.graph import Apply, FunctionGraph, Variable
from theano.graph.ordering import toposort
from theano.rewriting import CANONICALIZE, graph_rewriter
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.sizes import Shape, ShapeI, as_size_vector, lengths_of


@graph_rewriter(stage=CANONICALIZE)
def shapes_without_values(fgraph: FunctionGraph) -> None:
    """``shape(f(x))`` in terms of ``shape(x)``, where nothing needs ``f(x)`` for its values.

    So ``f`` does not run, which matters where it runs on the host.
    """
    nodes = toposort(fgraph.outputs, set(fgraph.inputs))
    asking = [node for node in nodes if isinstance(node.op, (Shape, ShapeI))]
    if not any(node.inputs[0].owner is not None for node in asking):
        return
    needed = nodes_for_values(fgraph.outputs)
    lengths: dict[Variable, Sequence[Any]] = {}
    for node in nodes:
        if node not in needed:
            lengths.update(inferred(node, lengths))
    for node in asking:
        (x,), (z,) = node.inputs, node.outputs
        if x in lengths:
            whole = isinstance(node.op, Shape)
            new = as_size_vector(lengths[x], "shape") if whole else lengths[x][node.op.i]  # type: ignore[attr-defined]
            fgraph.replace(z, new, reason="shapes_without_values")


def nodes_for_values(outputs: Sequence[Variable]) -> set[Apply]:
    """Return the nodes whose results are needed for more than their shapes."""
    found: set[Apply] = set()
    todo = [v.owner for v in outputs if v.owner is not None]
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            if not node.op.from_shapes:
                todo.extend(v.owner for v in node.inputs if v.owner is not None)
    return found


def inferred(node: Apply, known: dict[Variable, Sequence[Any]]) -> dict[Variable, Sequence[Any]]:
    """Return the lengths of the outputs of a node, as far as its op tells them."""
    shapes = [
        None if not hasattr(v.type, "broadcastable") else known.get(v) or lengths_of(v)
        for v in node.inputs
    ]
    try:
        results = node.op.infer_shape(node, shapes)
    except (MethodNotDefined, NotImplementedError):
        return {}
    return {
        output: [ew.cast(n, "int64") for n in found]
        for output, found in zip(node.outputs, results, strict=True)
        if found is not None
    }
