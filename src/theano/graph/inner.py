"""What is asked of graphs inside of ops."""

from __future__ import annotations

from collections.abc import Iterable

from theano.graph.function_graph import FunctionGraph
from theano.graph.variable import Variable


def operands_for_sizes(graphs: Iterable[FunctionGraph]) -> list[int]:
    """Return which inputs fix, by their values, the shape of something inside."""
    found: set[int] = set()
    for graph in graphs:
        place = {v: i for i, v in enumerate(graph.inputs)}
        nodes = graph.apply_nodes
        todo = [node.inputs[i] for node in nodes for i in node.op.static_inputs(node)]
        seen: set[Variable] = set()
        while todo:
            variable = todo.pop()
            if variable in seen:
                continue
            seen.add(variable)
            if variable in place:
                found.add(place[variable])
            elif variable.owner is not None and not variable.owner.op.from_shapes:
                todo.extend(variable.owner.inputs)
    return sorted(found)
