"""A graph made ready to run, with the graphs inside of its ops."""

from __future__ import annotations

from theano.graph import FunctionGraph
from theano.lowering.gathering import gather
from theano.lowering.plan import expanded


def prepared(fgraph: FunctionGraph, for_device: bool = True) -> FunctionGraph:
    """Return the graph as it is to run; a copy where anything in it changes.

    What one side of an ``ifelse`` alone needs is put into it and, for the device, nodes are
    replaced by what they expand to; the same in the graphs inside of ops.
    """
    fgraph = with_inner_prepared(fgraph, for_device)
    return gather(expanded(fgraph) if for_device else fgraph)


def with_inner_prepared(fgraph: FunctionGraph, for_device: bool) -> FunctionGraph:
    """Return the graph with the graphs inside of its ops prepared."""
    if not any(node.op.inner_graphs for node in fgraph.apply_nodes):
        return fgraph
    fgraph = fgraph.clone()
    for node in fgraph.toposort():
        graphs = node.op.inner_graphs
        if graphs:
            op = node.op.with_inner_graphs([prepared(g, for_device) for g in graphs])
            new = op.make_node(*node.inputs)
            new.set_source(node.source)
            fgraph.replace_all(zip(node.outputs, new.outputs, strict=True), reason="prepared")
    return fgraph
