"""``Interpreter``: a graph run node by node through ``perform``, on the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.graph import Apply, Variable
from theano.graph.op import perform_node
from theano.graph.ordering import toposort
from theano.lowering.program import note_node, value_of


class Interpreter:
    """The reference way of running a graph, and the way out where XLA cannot go.

    Parameters
    ----------
    inputs, outputs : sequences of Variable
        What is given and what is computed. Inputs may be computed by nodes, outside.
    """

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.nodes = toposort(self.outputs, set(self.inputs))

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``, as NumPy arrays."""
        values: dict[Variable, Any] = dict(zip(self.inputs, arrays, strict=True))
        for node in self.nodes:
            run_node(node, values)
        return tuple(value_of(v, values) for v in self.outputs)


def run_node(node: Apply, values: dict[Variable, Any]) -> None:
    """Run ``perform`` of a node on ``values``, and add its results to them.

    Raises
    ------
    Exception
        Whatever ``perform`` raises, with a note that names the node.
    """
    try:
        results = perform_node(node, [value_of(v, values) for v in node.inputs])
    except Exception as error:
        note_node(error, node)
        raise
    values.update(zip(node.outputs, results, strict=True))
