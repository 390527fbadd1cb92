"""How graphs are pickled and deep-copied, however long their chains are.

A variable refers to its node, which refers to its inputs, and so on to the beginning of the graph.
Python would follow these references by recursion. Here a variable says first which nodes it needs,
each after those that it depends on itself; so whenever one node is written, all that it refers to
has been written before, and the depth of the recursion is that of a single node.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from theano.graph.ordering import toposort
from theano.graph.scratchpad import Scratchpad

if TYPE_CHECKING:
    from theano.graph.apply import Apply
    from theano.graph.variable import Variable

Reference = tuple["Apply | Variable", int | None]
"""A variable: its node and its number among the outputs, or itself and None if it has no node."""


class Underway(threading.local):
    """The nodes whose turn has come in this thread: all that they need has been written."""

    def __init__(self) -> None:
        self.nodes: set[Apply] = set()


underway = Underway()


class NodesOf:
    """Is pickled as the list of all nodes that some variables need, in the order of computation."""

    def __init__(self, variables: Iterable[Variable]) -> None:
        self.variables = list(variables)
        self.begun: list[Apply] = []
        self.underway = underway.nodes

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return list, (), None, self.in_order()

    def in_order(self) -> Iterator[Any]:
        """Yield the nodes, each when those before it have been written, and then an ``End``."""
        for node in toposort(self.variables):
            if node not in self.underway:
                self.underway.add(node)
                self.begun.append(node)
                yield node
        yield End(self)

    def end(self) -> None:
        """Forget the nodes: the last has been written."""
        self.underway.difference_update(self.begun)
        self.begun.clear()

    def __del__(self) -> None:
        self.end()  # a pickler that failed on the way has not come to the last


class End:
    """Stands behind the last of some nodes.

    A pickler may ask for items long before it writes them; that it writes this one is what tells
    that it has written the nodes.
    """

    def __init__(self, nodes: NodesOf) -> None:
        self.nodes = nodes

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        self.nodes.end()
        return bool, ()


def reference(variable: Variable) -> Reference:
    """Return what a variable is written as inside of other things."""
    return (variable, None) if variable.owner is None else (variable.owner, variable.index)


def dereference(target: Any, index: int | None) -> Any:
    """Return the variable that a reference means."""
    return target if index is None else target.outputs[index]


def reduce_variable(variable: Variable) -> tuple[Any, ...]:
    """Return how a variable that has a node is pickled, in the form of ``__reduce__``."""
    assert variable.owner is not None
    first = None if variable.owner in underway.nodes else NodesOf([variable])
    return restored, (first, variable.owner, variable.index)


def restored(first: Any, target: Any, index: int | None) -> Any:
    """Return the variable, or the node, that ``target`` and ``index`` mean.

    ``first`` is what had to be written before them.
    """
    return dereference(target, index)


def reduce_node(node: Apply) -> tuple[Any, ...]:
    """Return how a node is pickled, in the form of ``__reduce__``.

    Attributes that could refer back to the node, such as tags, belong to its state, which is
    written when the node itself has been.
    """
    if node not in underway.nodes:
        return restored, (NodesOf(node.outputs[:1]), node, None)
    of_outputs = [(v.name, v.tag, v.own_attributes()) for v in node.outputs]
    state = (vars(node), node.tag, node.source, of_outputs)
    return (
        restored_node,
        (
            type(node),
            node.op,
            [reference(variable) for variable in node.inputs],
            [(type(output), output.type) for output in node.outputs],
        ),
        state,
    )


def restored_node(
    kind: type[Apply], op: Any, inputs: Iterable[Reference], outputs: Iterable[tuple[Any, Any]]
) -> Apply:
    """Return a node, with new outputs, from what ``reduce_node`` gave before its state."""
    node = kind.__new__(kind)
    node.op, node.tag, node.source, node.thunks = op, Scratchpad(), None, []
    node.inputs = [dereference(*one) for one in inputs]
    node.outputs = []
    for index, (variable_kind, type_) in enumerate(outputs):
        output = variable_kind.__new__(variable_kind)
        output.type, output.owner, output.index = type_, node, index
        output.name, output.tag, output.source = None, Scratchpad(), None
        node.outputs.append(output)
    return node


def restore_state(node: Apply, state: tuple[Any, ...]) -> None:
    """Give a node, and its outputs, the attributes that ``reduce_node`` took."""
    attributes, node.tag, node.source, of_outputs = state
    vars(node).update(attributes)
    for output, (name, tag, of_output) in zip(node.outputs, of_outputs, strict=True):
        output.name, output.tag, output.source = name, tag, node.source
        vars(output).update(of_output)
