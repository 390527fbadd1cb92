"""``d3viz``: a graph as a page to look around in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from theano.compile.op_from_graph import OpFromGraph
from theano.d3viz.families import family_of
from theano.d3viz.formatting import PyDotFormatter, type_to_str, var_label
from theano.d3viz.reading import Box, Scheme, read
from theano.graph import Constant
from theano.loops.loop import Loop
from theano.printing.html import html_page, replace_patterns, safe_json, write_page
from theano.printing.naming import op_text
from theano.tensor.elemwise import Elemwise

__all__ = ["d3viz", "d3write", "replace_patterns", "safe_json"]

VIEWER = Path(__file__).with_name("viewer")
MOST_LETTERS = 300
"""Of the value of a constant."""


def d3viz(fct: Any, outfile: str | Path, copy_deps: bool = True, *args: Any, **kwargs: Any) -> None:
    """Write a page on which a graph can be looked through.

    Wheel and mouse zoom and move it; a click on an operation tells of its types, its line in the
    program, its inputs and users, and its time where the function has a profile; a double click
    opens what is inside of a loop or an ``OpFromGraph``. Boxes can be moved and renamed, which the
    browser remembers and *Save* writes into a copy of the page. The page is one file; it needs no
    network, and nothing is installed for it.

    Parameters
    ----------
    fct : Function, FunctionGraph, Apply, variable or list of variables
    outfile : path
        Where to write the page. Folders are made.
    copy_deps : bool
        Without effect: there are no other files.
    *args, **kwargs
        Those of :class:`theano.d3viz.formatting.PyDotFormatter`: ``compact=False`` shows variables
        in between that have no name, too.

    Raises
    ------
    TypeError
        ``fct`` is nothing that can be drawn.

    Examples
    --------
    >>> import theano.d3viz as d3v
    >>> d3v.d3viz(f, "f.html")
    """
    scheme = read(fct, PyDotFormatter(*args, **kwargs).compact)
    name = getattr(fct, "name", None)
    title = str(name) if isinstance(name, str) else "graph"
    graph = graph_data(scheme)
    data = {
        "title": title,
        "key": hashlib.sha256(safe_json([title, graph]).encode()).hexdigest()[:16],
        "profile": profile_data(getattr(fct, "profile", None), scheme),
        "graph": graph,
    }
    scripts = ("layout.js", "scene.js", "graph.js")
    text = html_page(
        title,
        part("graph.html"),
        part("graph.css"),
        "".join(map(part, scripts)),
        {"kept": None, "data": data},
    )
    write_page(outfile, text)


def d3write(fct: Any, path: str | Path, *args: Any, **kwargs: Any) -> None:
    """Write a graph in the language of Graphviz.

    Parameters
    ----------
    fct : Function, FunctionGraph, Apply, variable or list of variables
    path : path
    *args, **kwargs
        Those of :class:`theano.d3viz.formatting.PyDotFormatter`.

    Raises
    ------
    TypeError
        ``fct`` is nothing that can be drawn.
    """
    PyDotFormatter(*args, **kwargs)(fct).write_dot(path)


def part(name: str) -> str:
    """Return a part of the page."""
    return (VIEWER / name).read_text("utf-8")


def graph_data(scheme: Scheme) -> dict[str, Any]:
    """Return what the page knows of a graph, as objects of JSON."""
    boxes = {name: box_data(box) for name, box in scheme.boxes.items()}
    lines = []
    copies: dict[str, int] = {}
    for line in scheme.lines:
        start = line.start
        if scheme.boxes[start].kind == "constant_input":
            # Each user has its own, close by: lines to a common one would cross everything.
            copies[start] = copies.get(start, 0) + 1
            if copies[start] > 1:
                start = f"{line.start}x{copies[start]}"
                boxes[start] = {**boxes[line.start], "name": start}
        data: dict[str, Any] = {
            "from": start,
            "to": line.end,
            "which": line.which,
            "type": type_to_str(line.variable.type),
        }
        if line.place is not None:
            data["place"] = line.place
        if line.how:
            data["how"] = line.how
        lines.append(data)
    return {
        "boxes": list(boxes.values()),
        "lines": lines,
        "inputs": scheme.inputs,
        "outputs": scheme.outputs,
    }


def box_data(box: Box) -> dict[str, Any]:
    """Return what the page knows of a box."""
    data: dict[str, Any] = {"name": box.name, "kind": box.kind}
    if box.role:
        data["role"] = box.role
    source = box.thing.source
    if source is not None:
        data["source"] = str(source)
    if box.kind == "apply":
        node = box.thing
        data["label"], data["note"] = short_name(node.op)
        data["op"] = op_text(node.op)
        data["family"] = family_of(node, bool(box.inside))
        data["types"] = [str(v.type) for v in node.outputs]
        data["short"] = ", ".join(type_to_str(v.type) for v in node.outputs)
        if box.inside:
            data["inside"] = [graph_data(graph) for graph in box.inside]
        if box.seconds is not None:
            data["seconds"] = box.seconds
        return data
    variable = box.thing
    data["types"], data["short"] = [str(variable.type)], type_to_str(variable.type)
    data["label"] = variable.name or data["short"]
    if is_constant(box) and variable.name is None:
        data["label"] = constant_label(variable)
    if box.updates is not None:
        data["label"] = f"new {box.updates.name or type_to_str(box.updates.type)}"
    elif box.role and (box.kind == "output" or not variable.name):
        data["label"] = box.role
    elif box.kind in ("output", "unused") and not variable.name:
        data["label"] = "output" if box.kind == "output" else "not used"
    if is_constant(box):
        data["value"] = value_text(variable)
    return data


def is_constant(box: Box) -> bool:
    """Whether a box is of a constant."""
    return isinstance(box.thing, Constant)


def constant_label(constant: Constant) -> str:
    """Return a value, or for several ``"(2, 3) of 0.0"`` and the like."""
    if np.size(constant.data) == 1:
        return var_label(constant)
    text = str(constant)
    return text[text.index("{") + 1 : -1] if text.endswith("}") else text


def value_text(constant: Constant) -> str:
    """Return the value of a constant, cut where it is long."""
    text = np.array2string(np.asarray(constant.data), precision=6, threshold=40)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def short_name(op: Any) -> tuple[str, str]:
    """Return what stands in the box of an operation, and what follows in grey."""
    if isinstance(op, Loop):
        return "scan", op.name or ""
    if isinstance(op, OpFromGraph):
        return op.name or "OpFromGraph", ""
    text = str(op)
    if isinstance(op, Elemwise):
        text = str(getattr(op.scalar_op, "name", None) or op.scalar_op)
    name, _, rest = text.partition("{")
    return name, rest.removesuffix("}")


def profile_data(stats: Any, scheme: Scheme) -> dict[str, Any] | None:
    """Return what the page knows of the times of a function; None where nothing was measured."""
    if stats is None or not stats.fct_callcount:
        return None
    known = [box.seconds for box in scheme.boxes.values() if box.seconds is not None]
    return {"calls": stats.fct_callcount, "seconds": stats.fct_call_time, "known": sum(known)}
