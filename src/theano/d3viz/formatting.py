"""``PyDotFormatter``: a graph in the language of Graphviz, and the labels in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from theano.d3viz.dot_graph import DotGraph, Edge, Node
from theano.d3viz.reading import Box, Line, Scheme, read
from theano.graph import Apply, Constant, Variable

__all__ = [
    "PyDotFormatter",
    "apply_label",
    "apply_profile",
    "broadcastable_to_str",
    "dtype_to_char",
    "pydot_imported",
    "pydot_imported_msg",
    "type_to_str",
    "var_label",
    "var_tag",
]

pydot_imported = True
"""Nothing else is needed; kept for programs that ask."""
pydot_imported_msg = ""

DTYPE_LETTERS = {
    "complex64": "c",
    "complex128": "z",
    "float32": "f",
    "float64": "d",
    "int8": "b",
    "int16": "w",
    "int32": "i",
    "int64": "l",
}
PATTERN_NAMES = {
    (): "scalar",
    (False,): "vector",
    (False, True): "col",
    (True, False): "row",
    (False, False): "matrix",
}


class PyDotFormatter:
    """Makes graphs in the language of Graphviz: ``PyDotFormatter()(f)``.

    Parameters
    ----------
    compact : bool
        Leave out variables in between that have no name.

    Attributes
    ----------
    node_colors : dict
        Of variables, by kind.
    apply_colors : dict
        Of operations, by a part of the name of the op's class.
    shapes : dict
        Of boxes: inputs, outputs, operations.
    """

    def __init__(self, compact: bool = True) -> None:
        self.compact = compact
        self.node_colors = {
            "input": "limegreen",
            "constant_input": "SpringGreen",
            "shared_input": "YellowGreen",
            "output": "dodgerblue",
            "unused": "lightgrey",
        }
        self.apply_colors = {
            "GpuFromHost": "red",
            "HostFromGpu": "red",
            "Scan": "yellow",
            "Loop": "yellow",
            "Shape": "cyan",
            "IfElse": "magenta",
            "Elemwise": "#FFAABB",
            "Subtensor": "#FFAAFF",
            "Alloc": "#FFAA22",
        }
        self.shapes = {"input": "box", "output": "box", "apply": "ellipse"}

    def __call__(self, fct: Any, graph: DotGraph | None = None) -> DotGraph:
        """Return the graph of a function or of variables.

        Parameters
        ----------
        fct : Function, FunctionGraph, Apply, variable or list of variables
        graph : DotGraph, optional
            Takes up the nodes.

        Returns
        -------
        DotGraph
            Nodes have the attributes ``node_type`` (``apply``, ``input``, ``constant_input``,
            ``shared_input``, ``variable``, ``output``), ``label``, ``shape`` and, where they are
            coloured, ``fillcolor``; variables their type as ``dtype`` and the place in the program
            as ``tag``; operations ``apply_op`` and, where a profile tells, ``profile``: seconds in
            all calls, and of all calls. What is inside of an operation is a subgraph, which it
            names as ``subg``, with pairs of names outside and inside as ``subg_map_inputs``, and
            pairs of names inside and of what takes that as ``subg_map_outputs``.

        Raises
        ------
        TypeError
            ``fct`` is nothing that can be drawn.
        """
        found = DotGraph() if graph is None else graph
        self.add(read(fct, self.compact), found, getattr(fct, "profile", None))
        return found

    def add(self, scheme: Scheme, graph: DotGraph, profile: Any) -> None:
        """Add what a scheme has to a graph."""
        for box in scheme.boxes.values():
            if box.kind != "apply":
                graph.add_node(self.node_of_variable(box))
                continue
            node = self.node_of_apply(box, profile)
            graph.add_node(node)
            for i, inside in enumerate(box.inside):
                below = DotGraph(f"cluster_{box.name}{f'_{i}' if i else ''}", "subgraph")
                self.add(inside, below, None)
                graph.add_subgraph(below)
                if not i:
                    node.given.update(subgraph_attributes(box, scheme, inside, below.name))
        for line in scheme.lines:
            graph.add_edge(self.edge_of(line, scheme))

    def node_of_apply(self, box: Box, profile: Any) -> Node:
        """Return the node of an operation."""
        label = apply_label(box.thing)
        given = {
            "label": label,
            "node_type": "apply",
            "apply_op": label,
            "shape": self.shapes["apply"],
        }
        times = apply_profile(box, profile)
        if times is not None:
            given["profile"] = "\t".join(map(str, times))
        for part, color in self.apply_colors.items():
            if part in label:
                given |= {"style": "filled", "fillcolor": color, "type": "colored"}
        return Node(box.name, **given)

    def node_of_variable(self, box: Box) -> Node:
        """Return the node of a variable."""
        variable = box.thing
        is_input = box.kind.endswith("input")
        kind = box.kind if is_input or box.kind == "variable" else "output"
        given = {
            "label": var_label(variable),
            "node_type": kind,
            "dtype": type_to_str(variable.type),
            "shape": self.shapes["input" if is_input else "output"],
        }
        tag = var_tag(variable)
        if tag is not None:
            given["tag"] = "\t".join(map(str, tag))
        color = self.node_colors.get("unused" if box.kind == "unused" else kind)
        if color is not None:
            given |= {"style": "filled", "fillcolor": color}
        return Node(box.name, **given)

    def edge_of(self, line: Line, scheme: Scheme) -> Edge:
        """Return the edge of a line."""
        label = type_to_str(line.variable.type)
        end = scheme.boxes[line.end]
        if line.place is not None and len(end.thing.inputs) > 1:
            label = f"{line.place} {label}"
        color = {"view": self.node_colors["output"], "destroy": "red"}.get(line.how)
        return Edge(line.start, line.end, label=label, **({"color": color} if color else {}))


def subgraph_attributes(box: Box, scheme: Scheme, inside: Scheme, name: str) -> dict[str, str]:
    """Return what tells where the graph inside of an operation is connected."""
    lines = [line for line in scheme.lines if line.end == box.name]
    outer = [line.start for line in sorted(lines, key=lambda line: line.place or 0)]
    outer = outer[len(outer) - len(inside.inputs) :]
    after = {line.which: line.end for line in scheme.lines if line.start == box.name}
    leading = [[inner, after[i]] for i, inner in enumerate(inside.outputs) if i in after]
    return {
        "subg": name,
        "subg_map_inputs": str([list(pair) for pair in zip(outer, inside.inputs, strict=True)]),
        "subg_map_outputs": str(leading),
    }


def var_label(var: Variable, precision: int = 3) -> str:
    """Return the name of a variable, the value of a constant, or else the type.

    Parameters
    ----------
    var : Variable
    precision : int
        Digits of values.
    """
    if var.name is not None:
        return var.name
    if not isinstance(var, Constant):
        return type_to_str(var.type)
    value = np.asarray(var.data)
    return np.array2string(value, precision=precision, threshold=20).split("\n")[0]


def var_tag(var: Variable) -> list[Any] | None:
    """Return the file, the line and its text where a variable was made; None where unknown."""
    source = var.source
    if source is None:
        return None
    return [Path(source.filename).name, source.line, source.text]


def apply_label(node: Apply) -> str:
    """Return the name of the class of a node's op."""
    return type(node.op).__name__


def apply_profile(box: Box, profile: Any) -> list[float] | None:
    """Return the seconds of an operation in all calls, and of all calls; None without profile."""
    if not profile or not profile.fct_call_time:
        return None
    return [box.seconds or 0, profile.fct_call_time]


def broadcastable_to_str(b: tuple[bool, ...]) -> str:
    """Return the name of a pattern of broadcasting, such as ``"matrix"``; empty without one."""
    return PATTERN_NAMES.get(tuple(b), "")


def dtype_to_char(dtype: str) -> str:
    """Return the letter that names of types begin with, ``"f"`` of float32; ``"X"`` without one."""
    return DTYPE_LETTERS.get(dtype, "X")


def type_to_str(t: Any) -> str:
    """Return the short name of a type, such as ``"fmatrix"``."""
    if not hasattr(t, "broadcastable"):
        return str(t)
    name = broadcastable_to_str(t.broadcastable)
    return f"{dtype_to_char(t.dtype)}{name}" if name else str(t.dtype)
