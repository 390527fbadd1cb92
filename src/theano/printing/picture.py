"""``pydotprint``: a graph as a picture."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theano.compile.function_object import Function
from theano.errors import usage_error
from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.graph.ordering import toposort
from theano.graph.traversal import ancestors
from theano.options import config
from theano.printing.dot import Drawing, render
from theano.printing.naming import op_text
from theano.shared_variable import SharedVariable

__all__ = ["default_colorCodes", "pydot_imported", "pydot_imported_msg", "pydotprint"]

pydot_imported = shutil.which("dot") is not None
"""Whether Graphviz is there, without which there is only the text of a picture."""
pydot_imported_msg = (
    "" if pydot_imported else "Install Graphviz, so that the command `dot` is found."
)

default_colorCodes = {
    "GpuFromHost": "red",
    "HostFromGpu": "red",
    "Scan": "yellow",
    "Loop": "yellow",
    "Shape": "brown",
    "IfElse": "magenta",
    "Elemwise": "#FFAABB",
    "Subtensor": "#FFAAFF",
    "Alloc": "#FFAA22",
    "Output": "blue",
}
"""From a part of the name of an op's class to the colour of its nodes."""

logger = logging.getLogger("theano.printing")


def pydotprint(
    fct: Any,
    outfile: str | Path | None = None,
    compact: bool = True,
    format: str = "png",
    with_ids: bool = False,
    high_contrast: bool = True,
    cond_highlight: Any = None,
    colorCodes: Mapping[str, str] | None = None,
    max_label_size: int = 70,
    scan_graphs: bool = False,
    var_with_name_simple: bool = False,
    print_output_file: bool = True,
    return_image: bool = False,
) -> bytes | None:
    """Draw a graph: ellipses are operations, boxes are variables.

    Shared variables are cyan, other inputs green, outputs blue, outputs of operations that nothing
    uses grey. Elementwise operations are pink, loops yellow, shapes brown, ``ifelse`` magenta,
    parts of tensors purple, allocations orange. An edge is blue where the operation gives a view
    of that input, and red where it overwrites it; several inputs have their number on the edge. A
    dashed line of updates goes from a shared variable to its new value.

    Parameters
    ----------
    fct : Function, FunctionGraph, Apply, variable or list of variables
    outfile : path, optional
        Where to write; by default ``theano.pydotprint.<device>.<format>`` in
        ``config.compiledir``. The format is added where the name does not end with it.
    compact : bool
        Leave out variables in between that have no name: their type stands on the edge.
    format : str
        ``"png"``, ``"svg"``, ``"pdf"`` and others of Graphviz's, which must be installed then;
        ``"dot"`` needs nothing.
    with_ids : bool
        Show the number of each operation in the order of computation.
    high_contrast : bool
        Fill with the colour, in place of a coloured border.
    cond_highlight : str or Apply, optional
        The name of an ``ifelse``, or its node: borders surround what only its first side needs,
        what only its second side needs, and what both do.
    colorCodes : mapping, optional
        In place of ``default_colorCodes``.
    max_label_size : int
        Longer labels are cut.
    scan_graphs : bool
        Draw the inside of each loop into a file of its own, named after it.
    var_with_name_simple : bool
        Show variables that have a name without their type.
    print_output_file : bool
        Say where the picture is.
    return_image : bool
        Return the picture, and write nothing.

    Returns
    -------
    bytes or None

    Raises
    ------
    RuntimeError
        Graphviz is not installed.
    TypeError
        ``fct`` is nothing that can be drawn.
    """
    colors = default_colorCodes if colorCodes is None else colorCodes
    picture = Picture(
        *parts_of(fct),
        compact,
        with_ids,
        high_contrast,
        colors,
        max_label_size,
        var_with_name_simple,
    )
    picture.draw()
    if cond_highlight is not None:
        picture.highlight(cond_highlight)
    image = render(picture.drawing.source(), format)
    if return_image:
        return image
    if outfile is None:
        outfile = Path(config.compiledir) / f"theano.pydotprint.{config.device}.{format}"
    path = Path(outfile)
    if not path.name.endswith(f".{format}"):
        path = path.with_name(f"{path.name}.{format}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(image)
    if print_output_file:
        print("The output file is available at", path)
    for i, node in enumerate(picture.order):
        for graph in node.op.inner_graphs if scan_graphs else ():
            name = getattr(node.op, "name", None)
            inner = f"{path.stem}_{name}_{i}" if name else f"{path.stem}_{i}"
            pydotprint(
                graph,
                path.with_name(f"{inner}.{format}"),
                compact,
                format,
                with_ids,
                high_contrast,
                None,
                colors,
                max_label_size,
                scan_graphs,
                var_with_name_simple,
                print_output_file,
            )
    return None


def parts_of(fct: Any) -> tuple[list[Apply], list[Variable], dict[Variable, Variable]]:
    """Return the nodes, the outputs, and the new values of variables.

    Raises
    ------
    TypeError
        ``fct`` is nothing that can be drawn.
    """
    updates: dict[Variable, Variable] = {}
    if isinstance(fct, Function):
        fgraph, n = fct.maker.fgraph, len(fct.maker.outputs)
        # New values are outputs too, in the order of what they are of.
        updated = [
            v
            for one, v in zip(fct.maker.inputs, fgraph.inputs, strict=True)
            if one.update is not None
        ]
        updates = dict(zip(updated, fgraph.outputs[n:], strict=False))
        return fgraph.toposort(), list(fgraph.outputs[:n]), updates
    if isinstance(fct, FunctionGraph):
        return fct.toposort(), list(fct.outputs), updates
    outputs = list(fct.outputs) if isinstance(fct, Apply) else fct
    outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    for one in outputs:
        if not isinstance(one, Variable):
            raise usage_error(
                TypeError,
                "pydotprint was given something that it cannot draw",
                expected="a function, a graph, a node, a variable or a list of variables",
                got=one,
            )
    return toposort(outputs), outputs, updates


class Picture:
    """The drawing of a graph; parameters as those of ``pydotprint``."""

    def __init__(
        self,
        order: Sequence[Apply],
        outputs: Sequence[Variable],
        updates: Mapping[Variable, Variable],
        compact: bool,
        with_ids: bool,
        high_contrast: bool,
        colors: Mapping[str, str],
        max_label_size: int,
        simple_names: bool,
    ) -> None:
        self.order = list(order)
        self.outputs, self.updates = set(outputs), updates
        self.new_values = {new: old for old, new in updates.items()}
        self.compact, self.with_ids, self.simple_names = compact, with_ids, simple_names
        self.high_contrast, self.colors = high_contrast, colors
        self.max_label_size = max_label_size
        self.drawing = Drawing()
        self.names: dict[Variable | Apply, str] = {}
        self.labels: set[str] = set()
        self.used = {v for node in order for v in node.inputs}

    def name(self, thing: Variable | Apply) -> str:
        """Return the identifier of a node of the drawing."""
        letter = "n" if isinstance(thing, Apply) else "v"
        return self.names.setdefault(thing, f"{letter}{len(self.names)}")

    def draw(self) -> None:
        """Add all nodes and edges."""
        for i, node in enumerate(self.order):
            color = None
            for part, its_color in self.colors.items():
                if part in type(node.op).__name__:
                    color = its_color
            self.add(node, self.label_of_node(node, i), "ellipse", color)
            views = {k for places in node.op.view_map.values() for k in places}
            destroyed = {k for places in node.op.destroy_map.values() for k in places}
            for k, x in enumerate(node.inputs):
                color = None
                if k in views:
                    color = self.colors.get("Output", "blue")
                elif k in destroyed:
                    color = "red"
                self.draw_input(node, k, x, {} if color is None else {"color": color})
            for k, x in enumerate(node.outputs):
                self.draw_output(node, k, x)
        for variable in self.outputs:
            if variable.owner is None and variable not in self.names:
                self.add(variable, self.label_of(variable), "box", self.color_of_leaf(variable))
        for old, new in self.updates.items():
            if old not in self.names:
                self.add(old, self.label_of(old), "box", self.color_of_leaf(old))
            # The new value may be a variable that nothing computes.
            self.drawing.add_edge(
                self.name(old), self.name(new), label="UPDATE", color="blue", style="dashed"
            )

    def draw_input(self, node: Apply, k: int, x: Variable, look: dict[str, object]) -> None:
        """Add the edge from an input to its node, and the input if nothing computes it."""
        number = str(k) if len(node.inputs) > 1 else ""
        start = self.name(x)
        if x.owner is None:
            self.add(x, self.label_of(x), "box", self.color_of_leaf(x))
        elif not self.is_shown(x):
            number = self.cut(f"{number} {x.type}".strip())
            start = self.name(x.owner)
        if number:
            look = {"label": number, **look}
        self.drawing.add_edge(start, self.name(node), **look)

    def draw_output(self, node: Apply, k: int, x: Variable) -> None:
        """Add the box of an output, unless it is left out."""
        if not self.is_shown(x) and x in self.used:
            return
        is_result = x in self.outputs or x in self.new_values
        color = self.colors.get("Output", "blue") if is_result else None
        if not is_result and x not in self.used:
            color = "grey"
        label = str(k) if len(node.outputs) > 1 else ""
        self.drawing.add_edge(self.name(node), self.name(x), **({"label": label} if label else {}))
        self.add(x, self.label_of(x), "box", color)

    def is_shown(self, x: Variable) -> bool:
        """Whether a variable that is computed has a box."""
        return bool(x.name) or not self.compact or x in self.outputs or x in self.new_values

    def color_of_leaf(self, x: Variable) -> str:
        """Return the colour of a variable that nothing computes."""
        return "cyan" if isinstance(x, SharedVariable) or x in self.updates else "green"

    def add(self, thing: Variable | Apply, label: str, shape: str, color: str | None) -> None:
        """Add a node of the drawing."""
        look: dict[str, object] = {"label": label, "shape": shape}
        if color is not None and self.high_contrast:
            look |= {"style": "filled", "fillcolor": color}
        elif color is not None:
            look["color"] = color
        self.drawing.add_node(self.name(thing), **look)

    def cut(self, label: str) -> str:
        """Return a label, shortened where it is too long."""
        if len(label) <= self.max_label_size:
            return label
        return f"{label[: max(self.max_label_size - 3, 0)]}..."

    def label_of(self, x: Variable) -> str:
        """Return what stands in the box of a variable."""
        old = self.new_values.get(x)
        if x.name is not None:
            label = x.name if self.simple_names else f"name={x.name} {x.type}"
        elif isinstance(x, Constant):
            value = str(np.asarray(x.data)).split("\n")[0]
            label = f"val={value} {x.type}"
        elif old is not None and old.name is not None:
            label = old.name if self.simple_names else f"{old.name} {x.type}"
        else:
            label = str(x.type)
        label = self.cut(label)
        self.labels.add(label)
        return label

    def label_of_node(self, node: Apply, i: int) -> str:
        """Return what stands in the ellipse of an operation; its number where others are alike."""
        label = op_text(node.op)
        number = f" id={i}" if self.with_ids or self.cut(label) in self.labels else ""
        if len(label) + len(number) > self.max_label_size:
            label = f"{label[: max(self.max_label_size - 3 - len(number), 0)]}..."
        label += number
        self.labels.add(label)
        return label

    def highlight(self, condition: Any) -> None:
        """Put borders around what the sides of an ``ifelse`` need."""
        found = [
            node
            for node in self.order
            if node is condition
            or (type(node.op).__name__ == "IfElse" and getattr(node.op, "name", 0) == condition)
        ]
        if not found:
            logger.warning(
                "pydotprint: cond_highlight is set but there is no IfElse node in the graph"
            )
            return
        node = found[0]
        half = 1 + (len(node.inputs) - 1) // 2
        left, right = (
            {v.owner: None for v in ancestors(side) if v.owner is not None}
            for side in (node.inputs[1:half], node.inputs[half:])
        )
        for label, members in (
            ("Left", [n for n in left if n not in right]),
            ("Right", [n for n in right if n not in left]),
            ("Middle", [n for n in left if n in right]),
        ):
            self.drawing.add_cluster(label, map(self.name, members))
