"""``Interpreter``: a graph run node by node through ``perform``, on the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.graph import FunctionGraph, Variable
from theano.graph.op import perform_node
from theano.lowering.program import value_of


class Interpreter:
    """The reference way of running a graph, and the way out where XLA cannot go."""

    def __init__(self, fgraph: FunctionGraph) -> None:
        self.inputs = list(fgraph.inputs)
        self.outputs = list(fgraph.outputs)
        self.nodes = fgraph.toposort()

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``, as NumPy arrays."""
        values: dict[Variable, Any] = dict(zip(self.inputs, arrays, strict=True))
        for node in self.nodes:
            inputs: Sequence[Any] = [value_of(v, values) for v in node.inputs]
            try:
                results = perform_node(node, inputs)
            except Exception as error:
                where = f", created at {node.source}" if node.source else ""
                error.add_note(f"in {node.op}{where}")
                raise
            values.update(zip(node.outputs, results, strict=True))
        return tuple(value_of(v, values) for v in self.outputs)
