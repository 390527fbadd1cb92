"""What stands in the picture of a graph: boxes, lines between them, and what is inside of boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from theano.compile.function_object import Function
from theano.compile.op_from_graph import OpFromGraph
from theano.compile.profiling import seconds_of_nodes
from theano.errors import usage_error
from theano.graph import Apply, Constant, FunctionGraph, Op, Variable
from theano.graph.ordering import toposort
from theano.loops.loop import Loop
from theano.shared_variable import SharedVariable

__all__ = ["Box", "Line", "Scheme", "read"]


@dataclass
class Box:
    """An operation or a variable.

    Attributes
    ----------
    name : str
        Its own, of letters and digits.
    kind : str
        ``"apply"``; or, of a variable, ``"input"``, ``"constant_input"``, ``"shared_input"``,
        ``"variable"`` (in between), ``"output"``, ``"update"`` (a new value) or ``"unused"``.
    thing : Apply or Variable
    inside : list of Scheme
        The graphs of an operation.
    role : str
        Of a variable of a loop's step: what the loop gives for it, or makes of it.
    updates : Variable, optional
        What this is the new value of.
    seconds : float, optional
        What the operation took, as far as a profile tells.
    """

    name: str
    kind: str
    thing: Any
    inside: list[Scheme] = field(default_factory=list)
    role: str = ""
    updates: Variable | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Line:
    """From what gives a variable to what takes it.

    Attributes
    ----------
    start, end : str
        Names of boxes.
    variable : Variable
    which : int
        Its place among the outputs of the operation that it comes from; 0 for others.
    place : int or None
        Its place among the inputs of the operation that it goes to.
    how : str
        ``"view"`` or ``"destroy"`` where the operation returns, or overwrites, its memory.
    """

    start: str
    end: str
    variable: Variable
    which: int = 0
    place: int | None = None
    how: str = ""


@dataclass
class Scheme:
    """The picture of one graph.

    Attributes
    ----------
    boxes : dict
        By name.
    lines : list of Line
    inputs, outputs : list of str
        For what is inside of an operation: the boxes that stand for the last of its inputs, and
        for all its outputs.
    """

    boxes: dict[str, Box] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def read(fct: Any, compact: bool = True) -> Scheme:
    """Return the picture of a graph.

    Parameters
    ----------
    fct : Function, FunctionGraph, Apply, variable or list of variables
    compact : bool
        Leave out variables in between that have no name.

    Raises
    ------
    TypeError
        ``fct`` is nothing that can be drawn.
    """
    reader = Reader(compact, isinstance(fct, Function))
    if isinstance(fct, Function):
        graph, n = fct.maker.fgraph, len(fct.maker.outputs)
        old = [
            v
            for one, v in zip(fct.maker.inputs, graph.inputs, strict=True)
            if one.update is not None
        ]
        reader.updates = dict(enumerate(old, n))
        for one, v in zip(fct.maker.inputs, graph.inputs, strict=True):
            if one.shared:
                reader.shared.add(v)
        if getattr(fct, "profile", None) is not None:
            reader.seconds = seconds_of_nodes(fct.profile, graph)
        nodes, inputs, outputs = graph.toposort(), graph.inputs, graph.outputs
    elif isinstance(fct, FunctionGraph):
        nodes, inputs, outputs = fct.toposort(), fct.inputs, fct.outputs
    else:
        inputs, outputs = [], variables_of(fct)
        nodes = toposort(outputs)
    return reader.read(nodes, inputs, outputs)


def variables_of(fct: Any) -> list[Variable]:
    """Return what is to be drawn, as variables.

    Raises
    ------
    TypeError
        It is nothing that can be drawn.
    """
    found = fct.outputs if isinstance(fct, Apply) else fct
    found = list(found) if isinstance(found, (list, tuple)) else [found]
    for one in found:
        if not isinstance(one, Variable):
            raise usage_error(
                TypeError,
                "d3viz was given something that it cannot draw",
                expected="a function, a graph, a node, a variable or a list of variables",
                got=one,
            )
    return found


class Reader:
    """Makes a scheme.

    Parameters
    ----------
    compact : bool
        As for ``read``.
    is_compiled : bool
        Whether the graph is that of a function, and so what is inside of it as it is to run.
    prefix : str
        What the names of boxes begin with.

    Attributes
    ----------
    updates : dict
        From places among the outputs to what these are new values of.
    seconds : dict
        What is known of the time of nodes.
    shared : set of Variable
        Inputs that stand for shared variables.
    """

    def __init__(self, compact: bool, is_compiled: bool, prefix: str = "n") -> None:
        self.compact, self.is_compiled, self.prefix = compact, is_compiled, prefix
        self.scheme = Scheme()
        self.names: dict[Any, str] = {}
        self.updates: dict[int, Variable] = {}
        self.seconds: dict[Apply, float] = {}
        self.shared: set[Variable] = set()

    def add(self, key: Any, kind: str, thing: Any) -> Box:
        """Return a new box."""
        name = f"{self.prefix}{len(self.names) + 1}"
        self.names[key] = name
        box = self.scheme.boxes[name] = Box(name, kind, thing)
        return box

    def read(
        self, nodes: Sequence[Apply], inputs: Sequence[Variable], outputs: Sequence[Variable]
    ) -> Scheme:
        """Read the nodes of a graph, in the order of computation."""
        ends = set(outputs)
        used = {v for node in nodes for v in node.inputs}
        for variable in inputs:
            if variable not in self.names:
                self.add_leaf(variable)
        for node in nodes:
            box = self.add(node, "apply", node)
            box.seconds = self.seconds.get(node)
            views = places(node.op.view_map)
            destroyed = places(node.op.destroy_map)
            for i, x in enumerate(node.inputs):
                how = "view" if i in views else "destroy" if i in destroyed else ""
                self.add_line(x, box.name, i, how)
            for x in node.outputs:
                is_between = x in used and (bool(x.name) or not self.compact)
                is_unused = x not in used and x not in ends
                if is_between or is_unused:
                    self.add_line_to(x, self.add(x, "variable" if is_between else "unused", x))
            for i, graph in enumerate(graphs_of(node.op, self.is_compiled)):
                inner = Reader(self.compact, self.is_compiled, f"{box.name}{'g' * (i + 1)}")
                box.inside.append(inner.read(graph.toposort(), graph.inputs, graph.outputs))
                if isinstance(node.op, Loop):
                    name_roles(node.op, box.inside[-1])
        for i, x in enumerate(outputs):
            box = self.add((x, i), "update" if i in self.updates else "output", x)
            box.updates = self.updates.get(i)
            self.add_line(x, box.name)
            self.scheme.outputs.append(box.name)
        self.scheme.inputs = [self.names[v] for v in inputs]
        return self.scheme

    def add_leaf(self, variable: Variable) -> None:
        """Add the box of a variable that nothing computes."""
        kind = "input"
        if isinstance(variable, Constant):
            kind = "constant_input"
        elif variable in self.shared or isinstance(variable, SharedVariable):
            kind = "shared_input"
        self.add(variable, kind, variable)

    def add_line(self, x: Variable, end: str, place: int | None = None, how: str = "") -> None:
        """Add the line from where a variable comes from, and that box if there is none yet."""
        if x.owner is None and x not in self.names:
            self.add_leaf(x)
        if x in self.names:
            self.scheme.lines.append(Line(self.names[x], end, x, 0, place, how))
        else:
            self.scheme.lines.append(Line(self.names[x.owner], end, x, x.index or 0, place, how))

    def add_line_to(self, x: Variable, box: Box) -> None:
        """Add the line from an operation to the box of what it computes."""
        self.scheme.lines.append(Line(self.names[x.owner], box.name, x, x.index or 0))


def graphs_of(op: Op, is_compiled: bool) -> Sequence[FunctionGraph]:
    """Return what is inside of an operation."""
    if isinstance(op, OpFromGraph):
        return [op.rewritten() if is_compiled else FunctionGraph(op.local_inputs, op.local_outputs)]
    return list(op.inner_graphs)


def name_roles(loop: Loop, step: Scheme) -> None:
    """Say what the variables of a loop's step are."""
    elements, states, others = loop.inner_parts(step.inputs)
    roles = [
        *((name, f"element of sequence {i}") for i, name in enumerate(elements)),
        *((name, f"state {i}") for i, name in enumerate(states)),
        *((name, f"constant {i}") for i, name in enumerate(others)),
    ]
    for i, name in enumerate(step.outputs):
        k = i - loop.n_states
        last = "stop" if k == loop.n_stacks else f"result {k}"
        roles.append((name, f"next state {i}" if k < 0 else last))
    for name, role in roles:
        step.boxes[name].role = role


def places(memory_map: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the inputs that a view map, or a destroy map, names."""
    return {i for found in memory_map.values() for i in found}
