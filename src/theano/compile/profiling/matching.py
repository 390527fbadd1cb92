"""The times of a profile for the nodes of a function's own graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import Any

from theano.graph import Apply, FunctionGraph


def seconds_of_nodes(stats: Any, fgraph: FunctionGraph) -> dict[Apply, float]:
    """Return what is known of the time that each node took, in all calls.

    Parameters
    ----------
    stats : ProfileStats
    fgraph : FunctionGraph

    Notes
    -----
    What runs is a copy of the graph, in which some nodes are replaced by others. Nodes that are not
    there themselves are paired with the copies that have their op's name and their line in the
    program, in the order of computation, where there are as many of them.
    """
    found = {n: t for n, t in stats.apply_time.items() if n in fgraph.apply_nodes}
    copies: defaultdict[Hashable, list[float]] = defaultdict(list)
    for node, seconds in stats.apply_time.items():
        if node not in found:
            copies[kind_of(node)].append(seconds)
    originals: defaultdict[Hashable, list[Apply]] = defaultdict(list)
    for node in fgraph.toposort():
        if node not in found:
            originals[kind_of(node)].append(node)
    for kind, nodes in originals.items():
        if len(nodes) == len(copies[kind]):
            found.update(zip(nodes, copies[kind], strict=True))
    return found


def kind_of(node: Apply) -> Hashable:
    """Return what a node and its copy have in common."""
    return type(node.op), str(node.op), node.source, *(v.type for v in node.outputs)
