"""The order in which the nodes of a graph can be computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theano.graph.apply import Apply
    from theano.graph.variable import Variable


def toposort(
    outputs: Iterable[Variable], blockers: Collection[Variable] | None = None
) -> list[Apply]:
    """Return the nodes that ``outputs`` need, each after all nodes that it depends on.

    The order is the same for every run: depth first, inputs from left to right.

    Raises
    ------
    ValueError
        The graph has a cycle.
    """
    # A set is used as it is: a FunctionGraph passes all its variables at every change.
    stop = blockers if isinstance(blockers, (set, frozenset)) else set(blockers or ())
    order: list[Apply] = []
    state: dict[Apply, bool] = {}  # False while a node's inputs are being visited, then True
    for output in outputs:
        if output.owner is None or output in stop:
            continue
        todo: list[tuple[Apply, bool]] = [(output.owner, False)]
        while todo:
            node, inputs_done = todo.pop()
            if inputs_done:
                state[node] = True
                order.append(node)
                continue
            if node in state:
                if not state[node]:
                    raise ValueError(f"the graph has a cycle through {node.op}")
                continue
            state[node] = False
            todo.append((node, True))
            for variable in reversed(node.inputs):
                parent = variable.owner
                if parent is None or variable in stop or state.get(parent):
                    continue
                if parent in state:
                    raise ValueError(f"the graph has a cycle through {parent.op}")
                todo.append((parent, False))
    return order
